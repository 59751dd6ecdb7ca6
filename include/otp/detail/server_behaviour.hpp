// The process side of a gen_server: hands it its messages and carries out what its handlers ask for.
#pragma once

#include <otp/detail/context.hpp>
#include <otp/detail/handlers.hpp>
#include <otp/detail/request.hpp>
#include <otp/detail/server_process.hpp>
#include <otp/detail/timer_cell.hpp>
#include <otp/from.hpp>
#include <otp/message.hpp>
#include <otp/reply.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace otp::detail {

/// The timer message behind an inactivity timeout; one of an older timeout is ignored.
struct idle_tick {
  std::uint64_t number;
};

template <class S>
class server_behaviour : public server_process<S, server_behaviour<S>> {
  using shared = server_process<S, server_behaviour<S>>;
  friend shared;
  using shared::started;
  using shared::state;
  using shared::stop_with;
  using shared::stopping;

 public:
  using shared::shared;
  using timer_message = idle_tick;
  static constexpr bool tells_state_apart = false;

  next_step take(process& p, envelope& e) {
    const auto payload = e.ops->payload;
    if (payload == type_tag<idle_tick>()) {
      take_tick(p, e);
    } else if (payload == type_tag<system_request>()) {
      e.ops->run(p, e);
      if (later_ != nullptr && later_->idle.cell != nullptr) arm_idle(p, later_->idle_time);  // G-057
    } else {
      if (idling()) cancel_idle();
      handle_own(p, e);
    }
    if (p.dropped_from) fail_dropped(p);
    return this->step();
  }

  // ---- typed requests

  template <class M>
  void handle_call(process& p, call_request<S, M>& call) {
    using R = reply_of<M>;
    if constexpr (answers_later<S, M>) {
      // The envelope outlives the handler's view of the message: it may be answered meanwhile.
      M message = std::move(call.message);
      carry_out(p, [&] { return state().handle_call(std::move(message), from<R>{call, p}); });
    } else {
      using returned = decltype(state().handle_call(std::move(call.message)));
      static_assert(is_reply_type<returned, R>,
                    "handle_call must return exactly M::reply, or otp::reply<M::reply>");
      const auto handler = [&] { return state().handle_call(std::move(call.message)); };
      if constexpr (std::is_void_v<returned> || std::same_as<returned, R>) {
        this->answer_with(p, call, handler);
      } else {
        p.in_flight = &call;
        auto result = handler();
        answer_and_continue(p, call, result);
      }
    }
  }

  template <class M>
  void handle_cast(process& p, cast_envelope<S, M>& cast) {
    const freeing<cast_envelope<S, M>> guard{cast};
    carry_out(p, [&] { return state().handle_cast(std::move(cast.message)); });
  }

 private:
  void init(process& p) {
    if constexpr (has_init<S>) {
      carry_out(p, [this] { return state().init(); });
    }
  }
  void go_on(process& p) { continue_with(p); }

  /// Runs a handler that answers nobody, and what it asks for after.
  template <class F>
  void carry_out(process& p, F&& handler) {
    using returned = decltype(handler());
    if constexpr (std::is_void_v<returned>) {
      handler();
    } else {
      static_assert(std::same_as<returned, noreply>,
                    "this handler must return void or otp::noreply");
      auto result = handler();
      follow(p, result.directive());
    }
  }

  template <class M>
  void answer_and_continue(process& p, call_request<S, M>& call, reply<reply_of<M>>& result) {
    auto& directive = result.directive();
    const auto answer = [&] {
      if (!result.value()) return;
      this->note_call_answer(p, call);
      p.in_flight = nullptr;
      call.answer(*std::move(result.value()));
    };
    if (directive.stop && !p.exiting) {
      try {
        stop_with(p, *std::move(directive.stop));  // terminate runs before the reply (G-036)
      } catch (...) {
        if (!p.unwind.active()) answer();  // it failed, which is none of the caller's business
        throw;
      }
    }
    answer();
    if (!stopping()) follow(p, directive);
  }

  /// Carries out what a handler asked for.
  void follow(process& p, directive& asked) {
    if (p.exiting) return;  // an exit signal has decided already
    if (asked.stop) return stop_with(p, *std::move(asked.stop));
    if (asked.continuation) later().continuation = std::move(asked.continuation);
    if (asked.idle) later().idle_after = *asked.idle;
    if (started()) continue_with(p);
  }

  void continue_with(process& p) {
    if (later_ == nullptr || later_->continuing) return;  // the loop below is already running
    auto& next = *later_;
    next.continuing = true;
    while (next.continuation && !stopping()) {
      const auto message = std::exchange(next.continuation, nullptr);
      dispatch_continue(p, *message, typename continues_of<S>::type{});
    }
    next.continuing = false;
    if (next.idle_after && !stopping()) arm_idle(p, *std::exchange(next.idle_after, std::nullopt));
  }

  template <class... M>
  void dispatch_continue(process& p, envelope& e, messages<M...>) {
    const bool handled = ((e.ops->payload == type_tag<M>() && (continue_one<M>(p, e), true)) || ...);
    if (!handled) refuse_continuation(e, type_name<S>());
  }
  template <class M>
  void continue_one(process& p, envelope& e) {
    auto& message = static_cast<message_envelope<M>&>(e).payload;
    carry_out(p, [&] { return state().handle_continue(std::move(message)); });
  }

  // ---- messages

  void handle_own(process& p, envelope& e) {
    if (e.ops->kind == envelope_kind::request) return this->run_request(p, e);
    if (!this->follows_parent(p, e)) this->dispatch_info(p, e);
  }

  template <class M>
  void info(process& p, message_envelope<M>& message) {
    const freeing<message_envelope<M>> guard{message};
    carry_out(p, [&] { return state().handle_info(std::move(message.payload)); });
  }

  // ---- inactivity

  /// The timeout has passed, unless something was handled since it was asked for.
  void take_tick(process& p, envelope& e) {
    const auto number = static_cast<message_envelope<idle_tick>&>(e).payload.number;
    e.ops->discard(e, {});
    if (!idling() || number != later_->idle_number) return;
    later_->idling = false;
    later_->idle = {};
    if constexpr (has_handle_info<S, idle_timeout>) {
      this->watch_handling(p, type_name<idle_timeout>(), {}, [&] {
        carry_out(p, [this] { return state().handle_info(idle_timeout{}); });
      });
    }
  }

  bool idling() const noexcept { return later_ != nullptr && later_->idling; }

  void cancel_idle() {
    later_->idling = false;
    if (later_->idle.cell != nullptr) cancel_cell(std::exchange(later_->idle, {}), 0);
  }

  void arm_idle(process& p, std::chrono::nanoseconds timeout) {
    cancel_idle();
    auto& next = *later_;
    const auto number = ++next.idle_number;
    if (timeout == forever) return;
    if (timeout.count() <= 0) {
      this_worker()->receive_all(p);
      next.idling = p.first == nullptr;  // G-054, G-055
      if (next.idling) p.append(*make_envelope<message_envelope<idle_tick>>(std::uint64_t{0}, number));
      return;
    }
    next.idle = arm_message(p, *make_envelope<message_envelope<idle_tick>>(std::uint64_t{0}, number),
                            timeout.count());
    next.idle_time = timeout;
    next.idling = true;
  }

  // ---- the end

  void before_end() {
    if (idling()) cancel_idle();
  }
  void call_terminate(const exit_reason& why) {
    if constexpr (has_terminate<S, exit_reason>) state().terminate(why);
  }

  template <class M>
  static constexpr bool takes_info = has_handle_info<S, M>;

  /// What its handlers have asked for: to go on with a continuation, or to hear when nothing comes.
  struct pending {
    owned_envelope continuation;
    std::optional<std::chrono::nanoseconds> idle_after;
    armed_timer idle{nullptr, 0};
    std::chrono::nanoseconds idle_time{};
    std::uint64_t idle_number = 0;
    bool idling = false;  ///< An idle_tick with this number is on its way, and wanted.
    bool continuing = false;
  };

  /// Most servers never ask for any of it.
  pending& later() {
    if (later_ == nullptr) later_ = move_to_block(pending{});
    return *later_;
  }

  block_ptr<pending> later_;
};

}  // namespace otp::detail
