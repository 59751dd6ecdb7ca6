// A state machine whose handlers do what each event says, so that a test reads as one scenario.
#pragma once

#include "support/scripted.hpp"
#include <otp/gen_statem.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace otp_test {

class machine : public otp::gen_statem<machine> {
 public:
  enum class state { a, b, c };
  using enum state;
  enum class lamp { red, blue };
  using gen_statem<machine>::transition;
  using gen_statem<machine>::keep_state;
  using gen_statem<machine>::next_state;
  using gen_statem<machine>::postpone;
  using gen_statem<machine>::repeat_state;
  using gen_statem<machine>::stop;

  struct options {
    journal log = {};
    bool trap = false;
    bool notes_enter = false;
    std::function<transition()> init = {};
    std::function<void(const otp::exit_reason&)> terminate = {};
    std::function<entered(state, state)> enter = {};
  };
  struct order {  ///< A cast.
    std::function<transition(state)> what;
  };
  struct poke {  ///< A message to handle_info.
    std::function<transition(state)> what;
  };
  struct question {  ///< A call that gets the caller.
    using reply = std::string;
    std::function<transition(state, otp::from<std::string>&)> what;
  };
  struct where {  ///< A call that is answered with the state.
    using reply = std::string;
  };
  struct told {  ///< A call that is answered with the journal.
    using reply = std::string;
  };
  struct only_in_b {  ///< A call that waits for the state b.
    using reply = std::string;
  };
  struct job {  ///< A cast that only the state b handles.
    std::string name;
  };
  struct step {  ///< An inserted event.
    std::string name;
    std::function<transition(state)> what = {};
  };
  using info = otp::messages<poke>;

  machine() : machine{options{}} {}
  explicit machine(options o) : options_{std::move(o)} {
    if (options_.trap) otp::this_process::trap_exit(true);
  }
  transition init() { return options_.init ? options_.init() : keep_state(); }

  entered handle_enter(state now, state old) {
    if (options_.notes_enter) note("enter {} {}", name_of(old), name_of(now));
    return options_.enter ? options_.enter(now, old) : entered{};
  }
  transition handle_cast(state now, const order& o) { return o.what(now); }
  transition handle_info(state now, const poke& p) { return p.what(now); }
  void handle_info(state now, const otp::exited& e) {
    note("exited {} in {}", e.reason.to_string(), name_of(now));
  }
  transition handle_call(state now, const question& q, otp::from<std::string>& caller) {
    return q.what(now, caller);
  }
  std::string handle_call(state now, where) { return name_of(now); }
  std::string handle_call(state, told) { return options_.log.text(); }

  transition handle_call(state, only_in_b) { return postpone(); }
  std::string handle_call(in<b>, only_in_b) { return "in b"; }

  transition handle_cast(state, const job&) { return postpone(); }
  void handle_cast(in<b>, const job& j) { note("{}", j.name); }

  transition handle_internal(state now, const step& s) {
    note("{}", s.name);
    return s.what ? s.what(now) : keep_state();
  }
  void handle_state_timeout(state now, const std::string& content) {
    note("state timeout {} in {}", content, name_of(now));
  }
  void handle_event_timeout(state now) { note("event timeout in {}", name_of(now)); }
  void handle_timeout(state now, lamp which) {
    note("{} in {}", which == lamp::red ? "red" : "blue", name_of(now));
  }
  void handle_timeout(state, const std::string& name, int content) { note("{} {}", name, content); }

  void terminate(const otp::exit_reason& why, state now) {
    note("terminate {} in {}", why.to_string(), name_of(now));
    if (options_.terminate) options_.terminate(why);
  }
  std::string format_status() const { return options_.trap ? "traps" : "does not trap"; }

  static std::string name_of(state s) { return s == a ? "a" : s == b ? "b" : "c"; }

 private:
  template <class... A>
  void note(fmt::format_string<A...> text, A&&... arguments) {
    options_.log.note(fmt::format(text, std::forward<A>(arguments)...));
  }

  options options_;
};

using machine_ref = otp::server_ref<machine>;

/// A cast whose handler does `what`, a function with or without the state as its parameter, and
/// returns a transition or nothing.
template <class Message = machine::order, class F>
Message doing(F what) {
  return Message{[what = std::move(what)](machine::state now) -> machine::transition {
    const auto call = [&] {
      if constexpr (std::invocable<const F&, machine::state>) {
        return what(now);
      } else {
        return what();
      }
    };
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      return machine::keep_state();
    } else {
      return call();
    }
  }};
}

/// A cast that changes the state.
inline machine::order go_to(machine::state next) {
  return doing([next] { return machine::next_state(next); });
}

}  // namespace otp_test
