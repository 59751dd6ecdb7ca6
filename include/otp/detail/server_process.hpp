// What every server process does, whatever its kind: it constructs its object, tells its starter,
// passes on infos, stops when it is asked to, and runs terminate once.
#pragma once

#include <otp/detail/call_envelope.hpp>
#include <otp/detail/controlled_behaviour.hpp>
#include <otp/detail/handlers.hpp>
#include <otp/detail/request.hpp>
#include <otp/detail/system_request.hpp>
#include <otp/message.hpp>

#include <fmt/core.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace otp::detail {

struct start_ignored {};

// Texts about a server whose class has the name `type`.

/// What describe() says of one that has nothing to say of its state.
std::string without_format_status(std::string_view type);
/// Drops `e`, which it does not handle, and warns of it (G-041).
void discard_unhandled(process& p, envelope& e, std::string_view type);
/// `e` is a continuation that it did not list.
[[noreturn]] void refuse_continuation(const envelope& e, std::string_view type);

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
    &start_ticket::run,        &start_ticket::discard, nullptr, envelope_kind::request, false,
    &signal_name<start_ticket>};

/// `Kind` is the class derived from this one. It has
///   next_step take(process&, envelope&)     handles a message or request
///   void init(process&)                     the user's init; may stop
///   void go_on(process&)                    after the starter was told
///   void info<M>(process&, message_envelope<M>&)
///   static constexpr bool takes_info<M>
///   void before_end()                       gives back what would disturb terminate
///   void call_terminate(const exit_reason&)
///   static constexpr bool tells_state_apart   an answer is not the last that is told of a message
///   using timer_message                     its own; it notes the timeout when there is one
template <class S, class Kind>
class server_process : public controlled_behaviour {
 public:
  explicit server_process(const pid& parent) noexcept
      : controlled_behaviour{type_tag<S>(), parent} {}
  ~server_process() override {
    if (alive_) state().~S();
  }

  next_step start(process& p) final {
    try {
      construct(place_);
      alive_ = true;
      kind_of().init(p);
    } catch (const start_ignored&) {
      static_cast<start_ticket&>(*p.in_flight).ignored = true;
      p.end = reason::normal;
      return next_step::end;
    }
    if (stopping_) return next_step::end;
    static_cast<start_ticket&>(*std::exchange(p.in_flight, nullptr)).answer(p.id());
    started_ = true;
    kind_of().go_on(p);
    return step();
  }

  next_step handle(process& p, envelope& e) final {
    if (controlled()) [[unlikely]] return handle_controlled(p, e);
    return take(p, e);
  }

  void failed(process& p, const exit_reason& why) final {
    if (p.exiting) return;  // an exit signal came first
    p.end = why;
    p.crashed = started_ ? !why.is_orderly() : why.type() == exit_reason::kind::exception;
    if (started_) terminate(p);
  }

  std::string describe() const override {
    if (!alive_) return {};
    const auto& s = *std::launder(reinterpret_cast<const S*>(place_));
    if constexpr (has_format_status<S>) {
      return s.format_status();
    } else if constexpr (fmt::is_formattable<S>::value) {
      return fmt::format("{}", s);
    } else {
      return without_format_status(short_type_name<S>());
    }
  }

  std::string_view kind() const noexcept final { return short_type_name<S>(); }
  std::size_t bytes() const noexcept final { return sizeof(Kind); }

  template <class F>
  void replace_state(F& change) {
    S next = change(std::as_const(state()));
    state() = std::move(next);
  }

 protected:
  virtual void construct(void* place) = 0;

  S& state() noexcept { return *std::launder(reinterpret_cast<S*>(place_)); }
  next_step step() const noexcept { return stopping_ ? next_step::end : next_step::await_message; }
  bool started() const noexcept { return started_; }
  bool stopping() const noexcept { return stopping_; }

  /// Answers `call` with what `handler` returns, or nothing for void; the call is in flight meanwhile.
  template <class Call, class F>
  void answer_with(process& p, Call& call, F&& handler) {
    p.in_flight = &call;
    if constexpr (std::is_void_v<decltype(handler())>) {
      handler();
      note_call_answer(p, call);
      p.in_flight = nullptr;
      call.answer();
    } else {
      auto value = handler();
      note_call_answer(p, call);
      p.in_flight = nullptr;
      call.answer(std::move(value));
    }
  }

  /// A handler answers `call` by what it returned.
  template <class R>
  void note_call_answer(process& p, const answerable<R>& call) {
    if (!controlled()) [[likely]] return;
    note_answer(p, type_name<R>(), call.caller_id(), !Kind::tells_state_apart);
  }

  /// Runs `handle`, which handles a message of the type `type`, and tells those who watch.
  template <class F>
  void watch_handling(process& p, std::string_view type, const pid& caller, F&& handle) {
    if (!controlled()) [[likely]] return handle();
    note_message(p, type, caller);
    handle();
    if (!stopping_) note_handled(p);
  }

  void run_request(process& p, envelope& e) {
    const bool stops = e.ops == &stop_request::ops_table;
    e.ops->run(p, e);
    if (!stops) return;
    stopping_ = true;
    terminate(p);
  }

  /// Whether `e` said that the parent has ended, so that this server ends (G-068, G-069).
  bool follows_parent(process& p, envelope& e) {
    if (e.ops->payload != type_tag<exited>()) return false;
    auto& message = static_cast<message_envelope<exited>&>(e);
    // Who is linked to nobody at the start is its own parent: exit(self, why) ends it.
    if (message.payload.from != (parent() ? parent() : p.id())) return false;
    auto why = std::move(message.payload.reason);
    free_envelope(message);
    stop_with(p, std::move(why));
    return true;
  }

  void dispatch_info(process& p, envelope& e) { dispatch_info(p, e, typename info_of<S>::type{}); }

  /// The server stops itself; before it has started it was never there, and has nothing to terminate.
  void stop_with(process& p, exit_reason why) {
    p.end = std::move(why);
    stopping_ = true;
    if (started_) terminate(p);
  }

 private:
  Kind& kind_of() noexcept { return static_cast<Kind&>(*this); }

  next_step take(process& p, envelope& e) {
    p.leaves_mailbox();
    return kind_of().take(p, e);
  }

  next_step handle_controlled(process& p, envelope& e) {
    if (e.ops->payload == type_tag<system_request>()) return take(p, e);
    if (suspended()) {
      if (e.ops == &stop_request::ops_table) {
        run_request(p, e);  // Y-007
      } else if (!follows_parent(p, e)) {  // Y-008
        hold(p, e);
      }
      return step();
    }
    if (e.ops == &stop_request::ops_table ||
        e.ops->payload == type_tag<typename Kind::timer_message>()) {
      return take(p, e);
    }
    const auto caller = e.ops->is_call ? static_cast<call_envelope&>(e).caller_id() : pid{};
    auto next = next_step::end;
    watch_handling(p, e.ops->name(), caller, [&] { next = take(p, e); });
    return next;
  }

  template <class... M>
  void dispatch_info(process& p, envelope& e, messages<M...>) {
    if (((e.ops->payload == type_tag<M>() && (info_one<M>(p, e), true)) || ...)) return;
    if constexpr (Kind::template takes_info<down>) {
      if (e.ops->payload == type_tag<down>()) return info_one<down>(p, e);
    }
    if constexpr (Kind::template takes_info<exited>) {
      if (e.ops->payload == type_tag<exited>()) return info_one<exited>(p, e);
    }
    discard_unhandled(p, e, short_type_name<S>());
  }
  template <class M>
  void info_one(process& p, envelope& e) {
    kind_of().info(p, static_cast<message_envelope<M>&>(e));
  }

  void terminate(process& p) {
    kind_of().before_end();
    if (std::exchange(terminated_, true)) return;
    p.crashed = p.crashed || !p.end.is_orderly();
    kind_of().call_terminate(p.end);
  }

  bool alive_ = false;
  bool started_ = false;
  bool stopping_ = false;
  bool terminated_ = false;
  alignas(S) std::byte place_[sizeof(S)];
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/server_process_impl.hpp>
#endif
