// Our port of scripts/sup_reports.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"
#include <otp/log.hpp>
#include <otp/report.hpp>

#include <variant>

namespace conformance::sup_reports {

void print(const otp::log_event& event) {
  const auto* level = event.level == otp::log_level::info ? "info" : "error";
  if (const auto* up = std::get_if<otp::progress_report>(&event.report)) {
    say("report {} progress {}", level, up->started.id);
  } else if (const auto* bad = std::get_if<otp::supervisor_report>(&event.report)) {
    constexpr const char* contexts[] = {"child_terminated", "start_error", "shutdown",
                                        "shutdown_error"};
    say("report {} {} {} {}", level, contexts[static_cast<int>(bad->context)], bad->offender.id,
        reason(bad->reason));
  }
}

OTP_SCENARIO(sup_reports) {
  kids born;
  auto& log = otp::log::current();
  log.set_level(otp::log_level::info);
  log.add_handler("reports", print);
  const auto sup = otp::start_link(otp::supervisor_spec{
      .intensity = {.max_restarts = 2, .within = 60s},
      .children = {born("child_a"), born("child_b", {.plan = {{}, fails("busy")}}),
                   born("child_c", {.spec = {.restart = otp::restart::transient}}),
                   born("child_d", {.spec = {.restart = otp::restart::temporary}})}});
  crash(born.up("child_c"), otp::reason::normal);
  until([&] { return state_of(sup, "child_c") == "stopped"; });
  crash(born.up("child_d"), word("boom"));
  until([&] { return state_of(sup, "child_d") == "removed"; });
  crash(born.up("child_b"), word("boom"));
  const auto again = born.up("child_b");
  otp::count_children(sup);  // it has reported the start by then
  crash(again, word("boom"));
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_reports
