// Reports: the one-line summary and the details of crashes, supervisor decisions and progress.
#include "support/catch.hpp"
#include <otp/report.hpp>

#include <string>

namespace {

constexpr otp::pid counter{0, 7, 42};
constexpr otp::pid top{0, 1, 3};

}  // namespace

TEST_CASE("a crash report says who, why, and what it was doing") {
  const otp::crash_report crash{.process = counter,
                                .name = "counter",
                                .reason = otp::exit_reason{"boom"},
                                .last_message = "counter::add",
                                .place = "counter.cpp:12",
                                .state = "{count 3}",
                                .ancestors = {"top", "<0.1>"}};
  CHECK(summary(crash) == "process counter <0.42> crashed: boom");
  CHECK(details(crash) ==
        "last message: counter::add\nthrown at: counter.cpp:12\nstate: {count 3}\n"
        "ancestors: top, <0.1>");
}

TEST_CASE("what a crash report does not know it does not mention") {
  const otp::crash_report crash{.process = counter, .reason = otp::exit_reason{"boom"}};
  CHECK(summary(crash) == "process <0.42> crashed: boom");
  CHECK(details(crash).empty());
}

TEST_CASE("a supervisor report says what happened to which child") {
  otp::supervisor_report report{.supervisor = top,
                                .name = "top",
                                .context = otp::supervisor_context::child_terminated,
                                .reason = otp::exit_reason{"boom"},
                                .offender = {.process = counter,
                                             .id = "counter",
                                             .restart = "permanent",
                                             .shutdown = "5s",
                                             .type = "worker"}};
  CHECK(summary(report) == "supervisor top <0.3>: child \"counter\" <0.42> ended: boom");
  CHECK(details(report) == "child: restart permanent, shutdown 5s, type worker");
  report.context = otp::supervisor_context::start_error;
  report.offender.process = {};
  CHECK(summary(report) == "supervisor top <0.3>: child \"counter\" did not start: boom");
  report.context = otp::supervisor_context::shutdown;
  CHECK(summary(report) == "supervisor top <0.3> gives up because of child \"counter\": boom");
  report.context = otp::supervisor_context::shutdown_error;
  CHECK(summary(report) ==
        "supervisor top <0.3>: child \"counter\" did not shut down as asked: boom");
}

TEST_CASE("a progress report names the started child") {
  const otp::progress_report progress{
      .supervisor = top, .name = "top", .started = {.process = counter, .id = "counter"}};
  CHECK(summary(progress) == "supervisor top <0.3> started \"counter\" <0.42>");
}
