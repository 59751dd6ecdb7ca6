// What the handlers of a state machine return: the next state, and what is to be done on the way.
//
//     return next_state(open).and_reply(caller, "ok").and_state_timeout(10s);
//     return keep_state().and_next_event(check{});
//     return postpone();
//     return stop("finished").and_reply(caller, "bye");
#pragma once

#include <otp/detail/machine_event.hpp>
#include <otp/exit_reason.hpp>
#include <otp/from.hpp>
#include <otp/reply.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace otp {

/// The actions that both a transition and an enter call of the machine `D` may ask for. Each function
/// returns the result itself, so that they are written in one line with it.
///
/// A time that is over becomes an event: `handle_state_timeout(in<s>)`,
/// `handle_event_timeout(in<s>)` or `handle_timeout(in<s>, name)`, with the content as a further
/// parameter if there is one. Zero: at once, after inserted and postponed events but before any
/// message; otp::infinity: never. Setting a timeout that runs replaces it (S-030, S-036); of several
/// actions for one timeout in a result the last one counts.
template <class Self, class D>
class machine_actions {
 public:
  /// Answers a call when the handler has returned, before anything else (S-003); with `stop`, before
  /// terminate runs (S-007). `value` is what the reply is made of; none for `reply = void`.
  template <class R, class... V>
  Self and_reply(from<R>& caller, V&&... value) && {
    directive_.replies.emplace_back(detail::make_envelope<detail::pending_reply<R>>(
        std::move(caller), std::forward<V>(value)...));
    return std::move(self());
  }
  template <class R, class... V>
  Self and_reply(from<R>&& caller, V&&... value) && {
    return std::move(*this).and_reply(caller, std::forward<V>(value)...);
  }

  /// For the state that the machine is in then: any change of the state cancels it (S-026 to S-029).
  template <class... C>
  Self and_state_timeout(std::chrono::nanoseconds time, C... content) && {
    using hook = detail::handle_state_timeout_hook;
    return start(state_key, time, event<hook>(std::move(content)...));
  }
  /// Until the next event of any kind, which cancels it (S-031 to S-033).
  template <class... C>
  Self and_event_timeout(std::chrono::nanoseconds time, C... content) && {
    using hook = detail::handle_event_timeout_hook;
    return start(event_key, time, event<hook>(std::move(content)...));
  }
  /// Independent of events and states (S-034). `name` is a value of any type that can be compared; each
  /// name is one timeout (S-035).
  template <class N, class... C>
  Self and_timeout(N name, std::chrono::nanoseconds time, C... content) && {
    auto key = named(name);
    using hook = detail::handle_timeout_hook;
    return start(std::move(key), time, event<hook>(std::move(name), std::move(content)...));
  }

  /// The timeout does not come any more; nothing happens if it does not run.
  Self and_cancel_state_timeout() && { return cancel(state_key); }
  Self and_cancel_event_timeout() && { return cancel(event_key); }
  template <class N>
  Self and_cancel_timeout(const N& name) && {
    return cancel(named(name));
  }

  /// Gives a running timeout other content, and leaves its time (S-040). One that does not run comes at
  /// once.
  template <class... C>
  Self and_update_state_timeout(C... content) && {
    return update(state_key, event<detail::handle_state_timeout_hook>(std::move(content)...));
  }
  template <class... C>
  Self and_update_event_timeout(C... content) && {
    return update(event_key, event<detail::handle_event_timeout_hook>(std::move(content)...));
  }
  template <class N, class... C>
  Self and_update_timeout(N name, C... content) && {
    auto key = named(name);
    return update(std::move(key),
                  event<detail::handle_timeout_hook>(std::move(name), std::move(content)...));
  }

  /// Stops the machine with `why` when its replies are sent: terminate runs, then it ends (S-006).
  /// Nothing else that the result asks for happens then.
  Self and_stop(exit_reason why) && {
    directive_.stop = std::move(why);
    return std::move(self());
  }

  /// For the library.
  detail::machine_directive& directive() noexcept { return directive_; }

 protected:
  using fsm = detail::machine_fsm;
  Self& self() noexcept { return static_cast<Self&>(*this); }

  template <class Hook, class... A>
  static detail::owned_envelope event(A... content) {
    detail::require_everywhere<Hook, D, A...>();
    return detail::owned_envelope{
        detail::make_envelope<detail::machine_event<D, Hook, A...>>(std::move(content)...)};
  }

 private:
  static inline const fsm::timeout_key event_key{detail::timeout_kind::event, {}};
  static inline const fsm::timeout_key state_key{detail::timeout_kind::state, {}};

  template <class N>
  static fsm::timeout_key named(const N& name) {
    return {detail::timeout_kind::named, detail::timeout_name{name}};
  }

  Self ask(fsm::timeout_request request) {
    directive_.outcome.timeouts.push_back(std::move(request));
    return std::move(self());
  }
  Self start(fsm::timeout_key key, std::chrono::nanoseconds time, detail::owned_envelope event) {
    return ask({std::move(key), fsm::request::start, time, std::move(event)});
  }
  Self cancel(fsm::timeout_key key) { return ask({std::move(key), fsm::request::cancel, {}, {}}); }
  Self update(fsm::timeout_key key, detail::owned_envelope event) {
    return ask({std::move(key), fsm::request::update, {}, std::move(event)});
  }

  detail::machine_directive directive_;
};

/// The result of an event handler of the machine `D`: `transition` inside it. Made by `next_state`,
/// `keep_state`, `repeat_state`, `postpone` and `stop` of gen_statem.
template <class D>
class [[nodiscard]] transition : public machine_actions<transition<D>, D> {
 public:
  /// Keeps the state.
  transition() = default;
  /// `return otp::stop(why);`
  transition(stop_result stop) { this->directive().stop = std::move(stop.why); }

  /// The event comes again, with the others that were postponed, in their order, as soon as the state
  /// has changed (S-019 to S-022); also if this same transition changes it. The caller of a postponed
  /// call waits. Throws std::logic_error if the handler has answered or moved away its `from`.
  transition and_postpone() && {
    this->directive().outcome.postpones = true;
    return std::move(*this);
  }

  /// Handles `event` with handle_internal before anything that waits. Several are handled in the order
  /// in which they were asked for (S-023, S-024).
  template <class M>
  transition and_next_event(M event) && {
    this->directive().outcome.inserted.push_back(
        this->template event<detail::handle_internal_hook>(std::move(event)));
    return std::move(*this);
  }

  /// For the library: the state asked for, if one was.
  auto& next() noexcept { return next_; }
  static transition to(detail::state_of<D> next) {
    transition result;
    result.next_ = std::move(next);
    return result;
  }

 private:
  std::optional<detail::state_of<D>> next_;
};

/// The result of an enter call of the machine `D`: `entered` inside it. The state is decided, and
/// events are neither inserted nor postponed here (S-018).
template <class D>
class [[nodiscard]] enter_result : public machine_actions<enter_result<D>, D> {};

}  // namespace otp
