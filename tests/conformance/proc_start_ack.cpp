// Our port of scripts/proc_start_ack.exs, whose first lines say what happens in it.
// Rows: L-001, L-002, L-003
#include "conformance/harness.hpp"

#include <otp/proc_lib.hpp>

namespace conformance::proc_start_ack {

using ack = otp::proc_lib::init_ack<std::string>;

template <class Body>
void start(const char* how, std::chrono::milliseconds timeout, Body body) {
  const auto started = otp::proc_lib::start_link<std::string>(std::move(body), timeout);
  say("main: {} {}", word(how),
      started ? "value " + *started : "error " + reason(started.error()));
  otp::receive([](otp::exited e) { say("main: exit message {}", reason(e.reason)); },
               otp::after(60ms, [] { say("main: no exit message"); }));
}

OTP_SCENARIO(proc_start_ack) {
  otp::this_process::trap_exit(true);
  const auto me = otp::this_process::self();
  start("good", 5s, [](ack& ready) {
    ready(word("ready") + " 1");
    sleep_for_ever();
  });
  start("early", 5s, [](ack&) { otp::exit(word("too_early")); });
  start("silent", 5s, [](ack&) {});
  start("slow", 50ms, [me](ack&) {
    otp::send(me, otp::this_process::self());
    sleep_for_ever();
  });
  say("main: {} alive {}", word("slow"), otp::is_alive(await<otp::pid>()));
  start("late", 5s, [](ack& ready) {
    ready(word("ready") + " 2");
    otp::exit(word("later"));
  });
}

}  // namespace conformance::proc_start_ack
