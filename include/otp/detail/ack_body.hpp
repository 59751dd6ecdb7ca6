// How a process acknowledges its start: its starter waits for the answer of one call, which the new
// process owes from its first step on. So the starter hears of the process's end as any caller does.
#pragma once

#include <otp/detail/await_answer.hpp>
#include <otp/detail/call_envelope.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/function_behaviour.hpp>
#include <otp/detail/lifecycle.hpp>
#include <otp/detail/request.hpp>
#include <otp/detail/take_message.hpp>
#include <otp/from.hpp>
#include <otp/message.hpp>
#include <otp/result.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace otp::detail {

template <class V>
struct ack_ticket final : answerable<V> {
  ack_ticket(process& starter, std::uint64_t ref)
      : answerable<V>{ops_table, reply_table<ack_ticket>, std::uint64_t{0}, starter, ref} {}

  static void run(process&, envelope& e) { discard(e, reason::noproc); }
  static void discard(envelope& e, const exit_reason& why) noexcept {
    static_cast<ack_ticket&>(e).fail(why);
  }
  static const envelope_ops ops_table;
};
template <class V>
constexpr envelope_ops ack_ticket<V>::ops_table{
    &ack_ticket::run, &ack_ticket::discard, nullptr, envelope_kind::request,
    false, &signal_name<ack_ticket>};

template <class V, class Ack, class F>
class ack_body final : public function_behaviour {
 public:
  explicit ack_body(F function)
      : function_behaviour{"process", crash_rule::not_orderly}, function_(std::move(function)) {}

  std::size_t bytes() const noexcept override { return sizeof(*this); }

 private:
  void run(process& p) override {
    // Kept until the end of the process: unanswered, it tells the starter the reason of that.
    starter_.emplace(static_cast<ack_ticket<V>&>(*std::exchange(p.in_flight, nullptr)), p);
    auto function = std::move(function_);
    Ack ack{*starter_};
    std::move(function)(ack);
  }

  F function_;
  std::optional<from<V>> starter_;
};

/// Takes the `exited` of `who` out of the calling process's mailbox; it is there or on its way.
inline void consume_exit(process& self, const pid& who) {
  take_message(self, forever, [who](const envelope& e) {
    return e.ops->payload == type_tag<exited>() &&
           static_cast<const message_envelope<exited>&>(e).payload.from == who;
  });
}

template <class V, class Ack, class F>
result<V> start_acknowledged(std::string_view operation, bool linked,
                             std::chrono::nanoseconds timeout, F body) {
  auto& core = linked ? require_process(operation).core() : current_core(operation);
  auto* const starter = rested_waiter(core);
  auto& child = create_process(
      core, std::unique_ptr<behaviour>{new ack_body<V, Ack, F>(std::move(body))});
  const auto id = child.id();
  if (starter != nullptr) set_ancestors(*starter, child);
  if (linked) link_newborn(*starter, child);
  auto outcome = await_answer_rested(
      core, starter, id, timeout,
      [](process& caller, std::uint64_t ref) -> envelope& {
        return *make_envelope<ack_ticket<V>>(caller, ref);
      },
      [&](envelope& ticket) {
        child.in_flight = static_cast<call_envelope*>(&ticket);
        publish(child);
      });
  if (outcome.reply == nullptr && outcome.failure == reason::timeout) {
    if (linked) unlink_from(*starter, id);  // L-003
    send_signal<exit_signal>(id, pid{}, reason::kill, false);
    ask<stop_request>(id, forever, reason::killed);  // it is gone when we return
    return failure(exit_reason{reason::timeout});
  }
  auto answer = unpack_answer<V>(std::move(outcome));
  if (!answer && linked && starter->trap_exit) consume_exit(*starter, id);  // L-002
  return answer;
}

}  // namespace otp::detail
