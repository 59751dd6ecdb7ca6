// The process side of a server: constructs it, hands it its messages, and carries out what its
// handlers ask for.
#pragma once

#include <otp/detail/context.hpp>
#include <otp/detail/handlers.hpp>
#include <otp/detail/request.hpp>
#include <otp/detail/timer_cell.hpp>
#include <otp/reply.hpp>
#include <otp/result.hpp>
#include <otp/server_name.hpp>
#include <otp/server_ref.hpp>

#include <fmt/format.h>

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

namespace otp::detail {

struct start_ignored {};

/// The starter's wait for init. Held as the new process's call in flight: if the process ends
/// first, the starter hears its reason after the name is free again (G-010).
struct start_ticket final : answerable<pid> {
  bool ignored = false;

  start_ticket(process& starter, std::uint64_t ref)
      : answerable<pid>{ops_table, reply_table<start_ticket>, std::uint64_t{0}, starter, ref} {}

  static void run(process&, envelope& e) { discard(e, reason::noproc); }
  static void discard(envelope& e, const exit_reason& why) noexcept {
    static_cast<start_ticket&>(e).fail(why);
  }
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops start_ticket::ops_table{
    &start_ticket::run, &start_ticket::discard, nullptr, envelope_kind::request,
    false, &signal_name<start_ticket>};

/// The timer message behind an inactivity timeout; one of an older timeout is ignored.
struct idle_tick {
  std::uint64_t number;
};

template <class S>
class server_behaviour : public behaviour {
 public:
  explicit server_behaviour(const pid& parent) noexcept
      : behaviour{type_tag<S>()}, parent_{parent} {}
  ~server_behaviour() override {
    if (alive_) state().~S();
  }

  // ---- the process's side

  next_step start(process& p) final {
    try {
      construct(place_);
      alive_ = true;
      if constexpr (has_init<S>) {
        carry_out(p, [this] { return state().init(); });
      }
    } catch (const start_ignored&) {
      static_cast<start_ticket&>(*p.in_flight).ignored = true;
      p.end = reason::normal;
      return next_step::end;
    }
    if (stopping_) return next_step::end;
    static_cast<start_ticket&>(*std::exchange(p.in_flight, nullptr)).answer(p.id());
    started_ = true;
    continue_with(p);
    return step();
  }

  next_step handle(process& p, envelope& e) final {
    const auto payload = e.ops->payload;
    if (payload == type_tag<idle_tick>()) {
      take_tick(p, e);
    } else if (payload == type_tag<system_request>()) {
      e.ops->run(p, e);
      if (idle_.cell != nullptr) arm_idle(p, idle_time_);  // G-057
    } else {
      if (idling_) cancel_idle();
      handle_own(p, e);
    }
    if (p.dropped_from) fail_dropped(p);
    return step();
  }

  void failed(process& p, const exit_reason& why) final {
    if (p.exiting) return;  // an exit signal came first
    p.end = why;
    p.crashed = started_ ? !why.is_orderly() : why.type() == exit_reason::kind::exception;
    if (started_) terminate(p);
  }

  std::string describe() const final {
    if (!alive_) return {};
    const auto& s = *std::launder(reinterpret_cast<const S*>(place_));
    if constexpr (has_format_status<S>) {
      return s.format_status();
    } else if constexpr (fmt::is_formattable<S>::value) {
      return fmt::to_string(s);
    } else {
      return fmt::format("{} (no format_status)", short_type_name<S>());
    }
  }

  std::string_view kind() const noexcept final { return short_type_name<S>(); }

  // ---- typed requests

  template <class M>
  void handle_call(process& p, call_request<S, M>& call) {
    using R = reply_of<M>;
    if constexpr (answers_later<S, M>) {
      // The envelope outlives the handler's view of the message: it may be answered meanwhile.
      M message = std::move(call.message);
      carry_out(p, [&] { return state().handle_call(std::move(message), from<R>{call, p}); });
    } else {
      p.in_flight = &call;
      using returned = decltype(state().handle_call(std::move(call.message)));
      static_assert(is_reply_type<returned, R>,
                    "handle_call must return exactly M::reply, or otp::reply<M::reply>");
      if constexpr (std::is_void_v<returned>) {
        state().handle_call(std::move(call.message));
        p.in_flight = nullptr;
        call.answer();
      } else if constexpr (std::same_as<returned, R>) {
        auto value = state().handle_call(std::move(call.message));
        p.in_flight = nullptr;
        call.answer(std::move(value));
      } else {
        auto result = state().handle_call(std::move(call.message));
        answer_and_continue(p, call, result);
      }
    }
  }

  template <class F>
  void replace_state(F& change) {
    S next = change(std::as_const(state()));
    state() = std::move(next);
  }

  template <class M>
  void handle_cast(process& p, cast_envelope<S, M>& cast) {
    const freeing<cast_envelope<S, M>> guard{cast};
    carry_out(p, [&] { return state().handle_cast(std::move(cast.message)); });
  }

 protected:
  virtual void construct(void* place) = 0;

 private:
  template <class E>
  struct freeing {
    E& e;
    ~freeing() { free_envelope(e); }
  };

  S& state() noexcept { return *std::launder(reinterpret_cast<S*>(place_)); }
  next_step step() const noexcept { return stopping_ ? next_step::end : next_step::await_message; }

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
      p.in_flight = nullptr;
      call.answer(*std::move(result.value()));
    };
    if (directive.stop && !p.exiting) {
      p.end = *std::move(directive.stop);
      stopping_ = true;
      try {
        terminate(p);  // before the reply (G-036)
      } catch (...) {
        if (!p.unwind.active()) answer();  // it failed, which is none of the caller's business
        throw;
      }
    }
    answer();
    if (!stopping_) follow(p, directive);
  }

  /// Carries out what a handler asked for.
  void follow(process& p, directive& asked) {
    if (p.exiting) return;  // an exit signal has decided already
    if (asked.stop) {
      p.end = *std::move(asked.stop);
      stopping_ = true;
      if (started_) terminate(p);
      return;
    }
    if (asked.continuation) continuation_ = std::move(asked.continuation);
    if (asked.idle) idle_after_ = *asked.idle;
    if (started_) continue_with(p);
  }

  void continue_with(process& p) {
    if (continuing_) return;  // the loop below is already running
    continuing_ = true;
    while (continuation_ && !stopping_) {
      const auto next = std::exchange(continuation_, nullptr);
      dispatch_continue(p, *next, typename continues_of<S>::type{});
    }
    continuing_ = false;
    if (idle_after_ && !stopping_) arm_idle(p, *std::exchange(idle_after_, std::nullopt));
  }

  template <class... M>
  void dispatch_continue(process& p, envelope& e, messages<M...>) {
    const bool handled = ((e.ops->payload == type_tag<M>() && (continue_one<M>(p, e), true)) || ...);
    if (!handled) {
      throw std::logic_error{fmt::format(
          "{} has no handle_continue for {}: list it in `using continues = otp::messages<...>;`",
          type_name<S>(), e.ops->name())};
    }
  }
  template <class M>
  void continue_one(process& p, envelope& e) {
    auto& message = static_cast<message_envelope<M>&>(e).payload;
    carry_out(p, [&] { return state().handle_continue(std::move(message)); });
  }

  // ---- messages

  void handle_own(process& p, envelope& e) {
    if (e.ops->kind != envelope_kind::request) {
      handle_message(p, e);
      return;
    }
    const bool stops = e.ops == &stop_request::ops_table;
    e.ops->run(p, e);
    if (stops) {
      stopping_ = true;
      terminate(p);
    }
  }

  void handle_message(process& p, envelope& e) {
    if (e.ops->payload == type_tag<exited>()) {
      auto& message = static_cast<message_envelope<exited>&>(e);
      if (parent_ && message.payload.from == parent_) {  // G-068, G-069
        p.end = std::move(message.payload.reason);
        free_envelope(message);
        stopping_ = true;
        terminate(p);
        return;
      }
    }
    dispatch_info(p, e, typename info_of<S>::type{});
  }

  template <class... M>
  void dispatch_info(process& p, envelope& e, messages<M...>) {
    if (((e.ops->payload == type_tag<M>() && (info_one<M>(p, e), true)) || ...)) return;
    if constexpr (has_handle_info<S, down>) {
      if (e.ops->payload == type_tag<down>()) return info_one<down>(p, e);
    }
    if constexpr (has_handle_info<S, exited>) {
      if (e.ops->payload == type_tag<exited>()) return info_one<exited>(p, e);
    }
    p.core().warn(fmt::format("{} {} got a message that it does not handle: {}",
                                    short_type_name<S>(), p.id(), e.ops->name()));  // G-041
    e.ops->discard(e, {});
  }
  template <class M>
  void info_one(process& p, envelope& e) {
    auto& message = static_cast<message_envelope<M>&>(e);
    const freeing<message_envelope<M>> guard{message};
    carry_out(p, [&] { return state().handle_info(std::move(message.payload)); });
  }

  // ---- inactivity

  /// The timeout has passed, unless something was handled since it was asked for.
  void take_tick(process& p, envelope& e) {
    const auto number = static_cast<message_envelope<idle_tick>&>(e).payload.number;
    e.ops->discard(e, {});
    if (!idling_ || number != idle_number_) return;
    idling_ = false;
    idle_ = {};
    if constexpr (has_handle_info<S, idle_timeout>) {
      carry_out(p, [this] { return state().handle_info(idle_timeout{}); });
    }
  }

  void cancel_idle() {
    idling_ = false;
    if (idle_.cell != nullptr) cancel_cell(std::exchange(idle_, {}), 0);
  }

  void arm_idle(process& p, std::chrono::nanoseconds timeout) {
    cancel_idle();
    const auto number = ++idle_number_;
    if (timeout == forever) return;
    if (timeout.count() <= 0) {
      this_worker()->receive_all(p);
      idling_ = p.first == nullptr;  // G-054, G-055
      if (idling_) p.append(*make_envelope<message_envelope<idle_tick>>(std::uint64_t{0}, number));
      return;
    }
    auto& cell = timer_cells::instance().take();
    cell.message = make_envelope<message_envelope<idle_tick>>(std::uint64_t{0}, number);
    cell.target_slot.store(p.slot, std::memory_order_relaxed);
    cell.target_serial.store(p.id().serial, std::memory_order_relaxed);
    idle_ = arm_cell(p.core(), cell, timeout.count());
    idle_time_ = timeout;
    idling_ = true;
  }

  // ---- the end

  void terminate(process& p) {
    if (idling_) cancel_idle();
    if (std::exchange(terminated_, true)) return;
    p.crashed = p.crashed || !p.end.is_orderly();
    if constexpr (has_terminate<S, exit_reason>) {
      state().terminate(p.end);
    }
  }

  pid parent_;
  bool alive_ = false;
  bool started_ = false;
  bool stopping_ = false;
  bool continuing_ = false;
  bool terminated_ = false;
  owned_envelope continuation_;
  std::optional<std::chrono::nanoseconds> idle_after_;
  bool idling_ = false;  // an idle_tick with this number is on its way, and wanted
  std::uint64_t idle_number_ = 0;
  std::chrono::nanoseconds idle_time_{};
  armed_timer idle_{nullptr, 0};
  alignas(S) std::byte place_[sizeof(S)];
};

/// Takes a name outside of the runtime's own table for the calling process, a server that starts. If
/// somebody has it, the start ends with already_started, and who is linked to it is not hurt.
inline void take_name(const name_binding& name) {
  auto& self = require_process("otp::start");
  const auto holder = name.take(self.id());
  if (holder == self.id()) return;
  if (self.related != nullptr) {
    for (const auto& [peer, link] : self.related->links) unlink_from(self, peer);
  }
  throw exit_error{already_started{holder}};
}

/// Knows the constructor arguments until the server is constructed.
template <class S, class Arguments>
class server_starter final : public server_behaviour<S> {
 public:
  server_starter(const pid& parent, const server_name& name, Arguments arguments)
      : server_behaviour<S>{parent},
        name_{name.elsewhere()},
        arguments_{std::make_unique<Arguments>(std::move(arguments))} {}

 private:
  void construct(void* place) override {
    if (const auto name = std::move(name_)) take_name(*name);
    const auto arguments = std::move(arguments_);
    std::apply([place](auto&... a) { ::new (place) S(std::move(a)...); }, *arguments);
  }

  std::shared_ptr<const name_binding> name_;
  std::unique_ptr<Arguments> arguments_;
};

template <class S, class Arguments>
result<server_ref<S>, start_failure> start_server(runtime_core& core, const server_name& name,
                                                  std::chrono::nanoseconds timeout, bool linked,
                                                  Arguments arguments) {
  require_server<S>();
  auto* const parent = require_waiter(core);
  const auto parent_id = linked ? parent->id() : pid{};
  auto& child = create_process(core, std::unique_ptr<behaviour>{new server_starter<S, Arguments>(
                                         parent_id, name, std::move(arguments))});
  const auto id = child.id();
  if (!name.local().empty()) {
    // The name is taken before the process runs, and before anything of it is seen (G-014, G-015).
    if (const auto holder = core.names.insert(name.local(), id); holder != id) {
      delete std::exchange(child.behaviour, nullptr);
      finish_alone(child);
      return failure(start_failure{exit_reason{already_started{holder}}, false});
    }
    related(child).names.push_back(name.local());
  }
  if (parent != nullptr) set_ancestors(*parent, child);
  if (linked) link_newborn(*parent, child);

  const auto make = [&](process& starter, std::uint64_t ref) -> envelope& {
    return *make_envelope<start_ticket>(starter, ref);
  };
  const auto push = [&](envelope& ticket) {
    child.in_flight = static_cast<call_envelope*>(&ticket);
    publish(child);
  };
  auto outcome = await_answer(core, id, timeout, make, push);
  if (outcome.reply == nullptr && outcome.failure == reason::timeout) {
    send_signal<exit_signal>(id, pid{}, reason::kill, false);
    if (linked) unlink_from(*parent, id);  // L-003: its end does not hurt the starter
    ask<stop_request>(id, forever, reason::killed);  // the name is free when we return (G-012)
  }
  if (outcome.reply == nullptr) {
    return failure(start_failure{std::move(outcome.failure), false});
  }
  auto& ticket = static_cast<start_ticket&>(*outcome.reply);
  const bool ignored = ticket.ignored;
  auto answer = unpack_answer<pid>(std::move(outcome));
  if (!answer) return failure(start_failure{std::move(answer).error(), ignored});
  return server_ref<S>{*answer};
}

template <class S>
server_ref<S> started_or_throw(result<server_ref<S>, start_failure> outcome) {
  if (!outcome) outcome.error().raise();
  return *outcome;
}

template <class Options, class... A>
inline constexpr bool not_options = true;
template <class Options, class First, class... A>
inline constexpr bool not_options<Options, First, A...> = !std::same_as<First, Options>;

}  // namespace otp::detail
