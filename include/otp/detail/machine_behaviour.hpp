// The process side of a gen_statem: hands the events to the handlers of the state, and carries out
// what they ask for in the order that statem_fsm decides.
#pragma once

#include <otp/detail/context.hpp>
#include <otp/detail/machine_event.hpp>
#include <otp/detail/receive_impl.hpp>
#include <otp/detail/server_process.hpp>
#include <otp/detail/state_handlers.hpp>
#include <otp/detail/timer_cell.hpp>
#include <otp/transition.hpp>

#include <fmt/format.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace otp::detail {

/// The message of a timer that is over.
struct machine_tick {
  std::uint64_t number;
};

template <class S>
class machine_behaviour : public server_process<S, machine_behaviour<S>> {
  using shared = server_process<S, machine_behaviour<S>>;
  friend shared;
  using shared::state;
  using shared::stop_with;
  using shared::stopping;
  using state_type = state_of<S>;

 public:
  using shared::shared;
  using timer_message = machine_tick;
  static constexpr bool tells_state_apart = true;

  next_step take(process& p, envelope& e) {
    if (e.ops->payload == type_tag<machine_tick>()) {
      take_tick(p, e);
    } else if (e.ops->payload == type_tag<system_request>()) {
      e.ops->run(p, e);
    } else if (e.ops == &stop_request::ops_table) {
      this->run_request(p, e);
    } else if (!this->follows_parent(p, e)) {
      fsm_.received();
      perform(p, e);
    }
    take_waiting(p);
    if (p.dropped_from) fail_dropped(p);
    return this->step();
  }

  /// The state and the data (S-044).
  std::string describe() const final {
    const auto data = shared::describe();
    if constexpr (std::is_enum_v<state_type>) {
      return fmt::format("{{{}, {}}}", name_of_enumerator(current_), data);
    } else if constexpr (fmt::is_formattable<state_type>::value) {
      return fmt::format("{{{}, {}}}", current_, data);
    } else {
      return fmt::format("{{{}, {}}}", short_type_name<state_type>(), data);
    }
  }

  template <class F>
  void replace_state(F& change) {
    if constexpr (std::invocable<F&, const state_type&, const S&>) {
      auto [next, data] = change(std::as_const(current_), std::as_const(state()));
      state() = std::move(data);
      current_ = std::move(next);
    } else {
      shared::replace_state(change);
    }
  }

  // ---- events

  template <class M>
  void handle_call(process& p, call_request<S, M>& call) {
    at_state([&]<class W>(S& s, const W& where) {
      using form = call_form<S, W, M>;
      if constexpr (form::answers) {
        this->answer_with(
            p, call, [&] { return handle_call_hook::call(s, form::place(where), call.message); });
      } else {
        handle_event(p, *make_envelope<machine_call<S, M>>(call, p));
      }
    });
  }

  template <class M>
  void handle_event(process& p, machine_call<S, M>& call) {
    owned_envelope event{&call};
    at_state([&]<class W>(S& s, const W& where) {
      using form = call_form<S, W, M>;
      const auto& place = form::place(where);
      if constexpr (form::with_caller) {
        auto asked = handle_call_hook::call(s, place, call.message, call.caller);
        if (asked.directive().outcome.postpones) require_unanswered(call);
        act(p, std::move(event), asked);
      } else if constexpr (!form::answers) {
        auto asked = handle_call_hook::call(s, place, call.message);
        act(p, std::move(event), asked);
      } else if constexpr (std::is_void_v<reply_of<M>>) {
        handle_call_hook::call(s, place, call.message);
        this->note_reply(p, type_name<void>(), call.caller.caller());
        call.caller.reply();
      } else {
        auto value = handle_call_hook::call(s, place, call.message);
        this->note_reply(p, type_name<reply_of<M>>(), call.caller.caller());
        call.caller.reply(std::move(value));
      }
    });
  }

  template <class M>
  void handle_cast(process& p, cast_envelope<S, M>& cast) {
    handle_with<handle_cast_hook>(p, cast, cast.message);
  }

  template <class Hook, class... A>
  void handle_event(process& p, machine_event<S, Hook, A...>& event) {
    std::apply([&](A&... a) { handle_with<Hook>(p, event, a...); }, event.content);
  }

 private:
  // ---- what server_process asks for

  void init(process& p) {
    if constexpr (has_init<S>) {
      using returned = decltype(state().init());
      if constexpr (std::is_void_v<returned>) {
        state().init();
      } else {
        static_assert(std::same_as<returned, transition<S>>,
                      "init of a gen_statem must return void or transition");
        first_.emplace(state().init());
        auto& asked = first_->directive();
        if (asked.stop) return stop_with(p, *std::move(asked.stop));
        if (first_->next()) current_ = *std::move(first_->next());
      }
    }
  }

  void go_on(process& p) {
    if (first_) {
      auto asked = *std::exchange(first_, std::nullopt);
      asked.next().reset();
      act(p, nullptr, asked, true);
    } else {
      transition<S> nothing;
      act(p, nullptr, nothing, true);
    }
    take_waiting(p);
  }

  template <class M>
  void info(process& p, message_envelope<M>& message) {
    handle_with<handle_info_hook>(p, message, message.payload);
  }
  template <class M>
  static constexpr bool takes_info = handled_somewhere<handle_info_hook, S, M>();

  void before_end() {
    for (const auto& each : std::exchange(timers_, {})) cancel_cell(each.armed, 0);
  }

  void call_terminate(const exit_reason& why) {
    if constexpr (has_terminate<S, exit_reason, state_type>) {
      state().terminate(why, current_);
    } else if constexpr (has_terminate<S, exit_reason>) {
      state().terminate(why);
    }
  }

  // ---- handlers

  template <class F>
  void at_state(F&& f) {
    const auto at = [&](const auto& where) { f(state(), where); };
    if (with_state<S>(current_, at)) return;
    throw std::logic_error{
        fmt::format("{} is in a state that its `enum class state` does not name: its enumerators "
                    "are looked for "
                    "from 0 to {}",
                    type_name<S>(), enumerator_limit - 1)};
  }

  template <class M>
  static void require_unanswered(const machine_call<S, M>& call) {
    if (call.caller) return;
    throw std::logic_error{fmt::format(
        "{} postponed a call ({}) that it has answered, or whose otp::from it has moved "
        "away: postpone it, or answer it",
        type_name<S>(), type_name<M>())};
  }

  template <class Hook, class E, class... A>
  void handle_with(process& p, E& e, A&... a) {
    owned_envelope event{&e};
    at_state([&](S& s, const auto& where) {
      using returned = decltype(call_at<Hook>(s, where, a...));
      if constexpr (std::is_void_v<returned>) {
        call_at<Hook>(s, where, a...);
      } else {
        static_assert(std::same_as<returned, transition<S>>,
                      "this handler of a gen_statem must return void or transition");
        auto asked = call_at<Hook>(s, where, a...);
        act(p, std::move(event), asked);
      }
    });
  }

  // ---- what they ask for

  void perform(process& p, envelope& e) {
    if (e.ops->kind == envelope_kind::request) {
      e.ops->run(p, e);
    } else {
      this->dispatch_info(p, e);
    }
  }

  void act(process& p, owned_envelope event, transition<S>& asked, bool starting = false) {
    auto& directive = asked.directive();
    if (ends(p, directive)) return;
    auto old = current_;
    if (asked.next() && !(*asked.next() == current_)) {
      directive.outcome.step = state_step::changed;
      current_ = *std::move(asked.next());
    }
    if (fsm_.handled(std::move(event), std::move(directive.outcome), starting)) enter(p, old);
  }

  void enter(process& p, state_type& old) {
    machine_directive asked;
    at_state([&]<class W>(S& s, const W& where) {
      if constexpr (handle_enter_hook::has<S, W, state_type>()) {
        run_enter(asked, s, where, old);
      } else if constexpr (handle_enter_hook::has<S, W>()) {
        run_enter(asked, s, where);
      } else if constexpr (handle_enter_hook::has<S, state_type, state_type>()) {
        run_enter(asked, s, W::value, old);
      } else if constexpr (handle_enter_hook::has<S, state_type>()) {
        run_enter(asked, s, W::value);
      }
    });
    if (!ends(p, asked)) fsm_.entered(std::move(asked.outcome.timeouts));
  }
  template <class P, class... Old>
  void run_enter(machine_directive& asked, S& s, const P& place, Old&... old) {
    using returned = decltype(handle_enter_hook::call(s, place, old...));
    if constexpr (std::is_void_v<returned>) {
      handle_enter_hook::call(s, place, old...);
    } else {
      static_assert(std::same_as<returned, enter_result<S>>,
                    "handle_enter must return void or entered");
      asked = std::move(handle_enter_hook::call(s, place, old...).directive());
    }
  }

  /// Sends the replies; then whether this is the end.
  bool ends(process& p, machine_directive& asked) {
    if (p.exiting) return true;  // an exit signal has decided already
    for (auto& reply : asked.replies) {
      auto& e = *reply.release();
      e.ops->run(p, e);
    }
    if (asked.stop) stop_with(p, *std::move(asked.stop));
    return stopping();
  }

  /// Everything that comes before the mailbox.
  void take_waiting(process& p) {
    for (;;) {
      if (stopping() || p.exiting) return;
      auto event = fsm_.next();
      set_timers(p);
      if (!event) return;
      attend(p);
      p.last_message = (*event)->ops;
      perform(p, *event->release());
    }
  }

  // ---- timers

  void take_tick(process& p, envelope& e) {
    const auto number = static_cast<message_envelope<machine_tick>&>(e).payload.number;
    e.ops->discard(e, {});
    std::erase_if(timers_, [&](const timer& t) { return t.number == number; });
    auto event = fsm_.fired(number);
    if (!event) return;
    p.last_message = (*event)->ops;
    auto& due = *event->release();
    this->watch_handling(p, due.ops->name(), {}, [&] { perform(p, due); });
  }

  void set_timers(process& p) {
    for (const auto& action : fsm_.timer_actions()) {
      if (action.time) {
        auto& tick = *make_envelope<message_envelope<machine_tick>>(p.id().serial, action.number);
        timers_.push_back({action.number, arm_message(p, tick, action.time->count())});
        continue;
      }
      std::erase_if(timers_, [&](const timer& t) {
        if (t.number != action.number) return false;
        cancel_cell(t.armed, 0);
        return true;
      });
    }
  }

  struct timer {
    std::uint64_t number;
    armed_timer armed;
  };

  machine_fsm fsm_{has_enter_calls<S>};
  std::vector<timer> timers_;
  std::optional<transition<S>> first_;
  state_type current_{};
};

}  // namespace otp::detail
