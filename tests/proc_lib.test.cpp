#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/logger.hpp>
#include <otp/proc_lib.hpp>

#include <stdexcept>
#include <variant>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace {

using ack = otp::proc_lib::init_ack<std::string>;

std::string shown(const otp::result<std::string>& started) {
  return started ? "value " + *started : "failed: " + started.error().to_string();
}

}  // namespace

TEST_CASE("a start returns when the process acknowledges, with what it acknowledges", "[L-001]") {
  CHECK(always([] {
          const auto me = self();
          auto all = shown(otp::proc_lib::start_link<std::string>([me](ack& ready) {
            tell(me, "before");
            ready("ready"s);
            tell(me, "after");
            obey();
          }));
          all += ", " + hear();
          return all + ", " + hear();
        }) == "value ready, before, after");
}

TEST_CASE("a process that ends before it acknowledges fails the start with its reason", "[L-002]") {
  CHECK(always([] {
          trap_exit(true);
          auto all = shown(otp::proc_lib::start_link<std::string>([](ack&) { otp::exit("early"s); }));
          all += ", " + shown(otp::proc_lib::start_link<std::string>([](ack&) {}));
          all += ", " + shown(otp::proc_lib::start<std::string>(
                            [](ack&) { throw std::runtime_error{"boom"}; }));
          return all + ", left: " + hear_all();
        }) == "failed: early, failed: normal, failed: std::runtime_error: boom, left: ");
}

TEST_CASE("a starter that does not trap exits ends with the process that fails", "[L-002]") {
  CHECK(always([] {
          return end_of_body([] {
            const auto never = otp::proc_lib::start_link<std::string>([](ack&) { otp::exit("early"s); });
            otp::sleep(1h);
            tell(self(), shown(never));
          });
        }) == "early");
}

TEST_CASE("a process that does not acknowledge in time is killed, and its starter is not hurt",
          "[L-003]") {
  CHECK(always([] {
          trap_exit(true);
          const auto me = self();
          auto all = shown(otp::proc_lib::start_link<std::string>(
              [me](ack&) {
                otp::send(me, self());
                obey();
              },
              5ms));
          const auto slow = otp::receive([](otp::pid p) { return p; });
          all += otp::is_alive(slow) ? ", alive" : ", dead";
          return all + ", left: " + hear_all();
        }) == "failed: timeout, dead, left: ");
}

TEST_CASE("the end of a process after its acknowledgement is told by the link", "[L-001]") {
  CHECK(always([] {
          trap_exit(true);
          auto all = shown(otp::proc_lib::start_link<std::string>([](ack& ready) {
            ready("ready"s);
            ready("again"s);
            otp::exit("later"s);
          }));
          return all + ", " + hear();
        }) == "value ready, exited later");
}

TEST_CASE("a plain thread may start a process that acknowledges", "[L-001]") {
  otp::runtime world{quiet};
  const auto scope = world.enter();
  CHECK(shown(otp::proc_lib::start<std::string>([](ack& ready) { ready("ready"s); })) ==
        "value ready");
}

namespace {

/// Whether the log tells of the end of a process that was started and ends itself with `why`.
bool is_reported(const otp::exit_reason& why) {
  bool reported = false;
  otp::testing::simulation world{1, {.console = {}}};
  world.runtime().log().add_handler("test", [&](const otp::log_event& event) {
    reported = std::holds_alternative<otp::crash_report>(event.report);
  });
  (void)otp::proc_lib::start<std::string>([why](ack& ready) {
    ready("ready"s);
    otp::exit(why);
  });
  world.run_until_idle();
  return reported;
}

}  // namespace

TEST_CASE("the end of a process is reported unless it is normal or a shutdown", "[L-004]") {
  CHECK_FALSE(is_reported(otp::reason::normal));
  CHECK_FALSE(is_reported(otp::reason::shutdown));
  CHECK_FALSE(is_reported(otp::reason::shutdown("upgrade")));
  CHECK(is_reported("boom"));
  CHECK(is_reported(otp::reason::kill));
}
