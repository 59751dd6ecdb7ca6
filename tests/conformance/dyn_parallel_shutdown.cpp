// Our port of scripts/dyn_parallel_shutdown.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"
#include <otp/task.hpp>

namespace conformance::dyn_parallel_shutdown {

struct ready {};
struct go {};
struct told {
  otp::pid child;
};

OTP_SCENARIO(dyn_parallel_shutdown) {
  otp::this_process::trap_exit(true);
  const auto main = otp::this_process::self();
  const auto sup = otp::start_link(otp::dynamic_supervisor_spec{});
  for (int i = 0; i < 3; ++i) {
    must(otp::start_child(sup, otp::task_child("k", [main] {
                            otp::this_process::trap_exit(true);
                            otp::send(main, ready{});
                            await<otp::exited>();
                            otp::send(main, told{otp::this_process::self()});
                            await<go>();
                            otp::exit(otp::reason::shutdown);
                          })));
  }
  for (int i = 0; i < 3; ++i) await<ready>();
  otp::exit(sup.pid(), otp::reason::shutdown);
  std::vector<otp::pid> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(await<told>().child);
  say("all {} told before any ended", waiting.size());
  for (const auto& each : waiting) otp::send(each, go{});
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::dyn_parallel_shutdown
