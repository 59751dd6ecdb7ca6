// State machines: a server whose handlers depend on the state that it is in.
//
//     class door : public otp::gen_statem<door> {
//      public:
//       enum class state { locked, closed, open };
//       using enum state;
//       struct unlock { using reply = bool; std::string code; };    // a call
//       struct push {};                                             // a cast
//
//       explicit door(std::string code) : code_{std::move(code)} {}
//
//       transition handle_call(in<locked>, unlock try_it, otp::from<bool>& caller) {
//         if (try_it.code != code_) return keep_state().and_reply(caller, false);
//         return next_state(closed).and_reply(caller, true);
//       }
//       bool handle_call(state, unlock) { return true; }            // answers and keeps the state
//
//       transition handle_cast(in<locked>, push) { return postpone(); }
//       transition handle_cast(in<closed>, push) { return next_state(open).and_state_timeout(10s); }
//       transition handle_cast(in<open>, push) { return next_state(closed); }
//
//       transition handle_state_timeout(in<open>) { return next_state(closed); }
//       transition handle_state_timeout(state) { return keep_state(); }
//
//      private:
//       std::string code_;
//     };
//
// It is started, linked, named, called, cast to, stopped and supervised like a gen_server, and its
// object is OTP's Data. A handler's name says how the event came, its first parameter for which state
// it is: `in<locked>`, or `state` for all states that have none of their own. That each state handles
// each event is checked when the program is compiled.
//   transition | R handle_call(in<s>, M)      R = M::reply: answers, and keeps the state
//   transition handle_call(in<s>, M, otp::from<R>&)   answers with and_reply, or later
//   transition | void handle_cast(in<s>, M), handle_info(in<s>, M), handle_internal(in<s>, M)
//   transition | void handle_state_timeout(in<s>), handle_event_timeout(in<s>), handle_timeout(in<s>, N)
//   entered | void handle_enter(in<s>, state old)     after each change of the state, and at the start
//   transition | void init()                  after the constructor; without it: the first state
//   void terminate(const otp::exit_reason&, state)    when otp::gen_server's runs
// Events may be taken by value, by reference to const, or, when they cannot be copied, by reference.
// handle_info gets the messages listed in `using info = otp::messages<...>;`, and otp::down and
// otp::exited without being listed.
#pragma once

#include <otp/call.hpp>
#include <otp/detail/machine_behaviour.hpp>
#include <otp/from.hpp>
#include <otp/process.hpp>
#include <otp/server_ref.hpp>
#include <otp/start.hpp>
#include <otp/transition.hpp>

#include <concepts>
#include <utility>

namespace otp {

/// Base of state machines. `D` is the derived class; its type `state` is an `enum class` with up to 64
/// enumerators that are numbered from 0, or any regular type, whose handlers then are all for `state`.
///
/// The machine begins in the state that its `init` asks for, else in `state{}`. What init asks for is
/// done, and the first enter call made, when start has returned (S-011, S-013).
template <class D>
class gen_statem : public detail::machine_mark {
 public:
  using server_type = D;
  using transition = otp::transition<D>;
  using entered = enter_result<D>;
  template <auto V>
  using in = in_state<V>;

 protected:
  gen_statem() = default;
  gen_statem(const gen_statem&) = default;
  gen_statem& operator=(const gen_statem&) = default;
  ~gen_statem() = default;

  /// This machine. In its own process only.
  static server_ref<D> self() { return server_ref<D>{this_process::self()}; }

  /// Goes to `next`. If that is another state: enter is called, postponed events come again, and the
  /// state timeout is cancelled. If it is the same one, this is keep_state (S-002, S-014, S-015).
  template <class T>
  static transition next_state(T&& next) {
    static_assert(std::convertible_to<T&&, detail::state_of<D>>,
                  "next_state takes a state of this machine");
    return transition::to(std::forward<T>(next));
  }

  /// Stays in the state.
  static transition keep_state() { return {}; }

  /// As keep_state, and calls enter again (S-016).
  static transition repeat_state() {
    transition result;
    result.directive().outcome.step = detail::state_step::repeated;
    return result;
  }

  /// Keeps the state and postpones the event.
  static transition postpone() { return transition{}.and_postpone(); }

  /// Stops the machine with `why`. Calls that wait for an answer fail with it (S-025), except for those
  /// that `and_reply` answers here: OTP's stop_and_reply.
  static transition stop(exit_reason why) { return transition{}.and_stop(std::move(why)); }
};

}  // namespace otp
