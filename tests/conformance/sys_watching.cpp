// Our port of scripts/sys_watching.exs, whose first lines say what happens in it.
// Rows: Y-009, Y-010, Y-011, Y-012, Y-013
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>
#include <otp/sys.hpp>

namespace conformance::sys_watching {

using otp::sys::off;
using otp::sys::on;

class sum : public otp::gen_server<sum> {
 public:
  struct add {
    int n;
  };
  struct get {
    using reply = int;
  };
  struct later {
    using reply = int;
  };
  struct again {};
  using info = otp::messages<again>;

  void handle_cast(add m) { n_ += m.n; }
  int handle_call(get) const { return n_; }
  void handle_call(later, otp::from<int> from) { from.reply(n_); }
  otp::noreply handle_info(again) { return otp::noreply{}.and_timeout(10ms); }
  void handle_info(otp::idle_timeout) {}
  std::string format_status() const { return fmt::to_string(n_); }

 private:
  int n_ = 0;
};

std::string text(const otp::system_event& e) {
  switch (e.what) {
    case otp::system_event::kind::in: return "in " + e.type.substr(e.type.rfind(':') + 1);
    case otp::system_event::kind::out: return "out " + e.state;
    case otp::system_event::kind::noreply: break;
  }
  return "noreply " + e.state;
}

std::string counts(const otp::server_ref<sum>& p) {
  const auto made = otp::sys::get_statistics(p);
  return made ? fmt::format("{} in, {} out", made->messages_in, made->messages_out) : "none";
}

std::string status(const otp::server_ref<sum>& p) {
  const auto s = otp::sys::get_status(p);
  const auto options = s.functions.size() + (s.statistics ? 1 : 0);
  return fmt::format("{}, {} debugging", s.suspended ? "suspended" : "running", options);
}

void work(const otp::server_ref<sum>& p) {
  otp::cast(p, sum::add{1});
  otp::call(p, sum::get{});
  otp::call(p, sum::later{});
}

OTP_SCENARIO(sys_watching) {
  const auto p = otp::start<sum>();

  say("main: statistics {}", counts(p));
  work(p);
  otp::sys::statistics(p, on);
  work(p);
  say("main: statistics {}", counts(p));
  otp::send(p.pid(), sum::again{});
  otp::sleep(60ms);
  say("main: statistics {}", counts(p));
  otp::sys::statistics(p, off);
  say("main: statistics {}", counts(p));

  otp::sys::log(p, 3);
  work(p);
  std::string events;
  for (const auto& e : otp::sys::get_log(p)) events += (events.empty() ? "" : ", ") + text(e);
  say("main: log {}", events);
  otp::sys::log(p, off);

  const auto telling = [](std::string id) {
    return [id, n = 0](const otp::system_event& e) mutable { say("{}: {} {}", id, n++, text(e)); };
  };
  otp::sys::install(p, "first", telling("first"));
  otp::sys::install(p, "first", telling("again"));
  work(p);
  otp::sys::remove(p, "first");
  otp::sys::install(p, "fails", [](const otp::system_event& e) {
    say("fails: {}", text(e));
    throw std::runtime_error{"oops"};
  });
  work(p);
  otp::sys::install(p, "done", [](const otp::system_event& e) {
    say("done: {}", text(e));
    return otp::sys::debug_result::done;
  });
  work(p);
  say("main: get {}", otp::call(p, sum::get{}));

  say("main: status {}", status(p));
  otp::sys::statistics(p, on);
  otp::sys::install(p, "idle", [](const otp::system_event&) {});
  otp::sys::suspend(p);
  say("main: status {}", status(p));
  otp::sys::no_debug(p);
  say("main: status {}", status(p));
  otp::sys::resume(p);
  say("main: status {}", status(p));
}

}  // namespace conformance::sys_watching
