// How a process answers questions about itself.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/await_answer.hpp>
#include <otp/detail/behaviour.hpp>
#include <otp/detail/call_envelope.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/relations.hpp>
#include <otp/detail/request.hpp>
#include <otp/process_info.hpp>

#include <utility>

namespace otp::detail {

/// The question. A signal, so that it is answered between messages.
struct info_request final : answerable<process_information> {
  template <class Caller>
  info_request(std::uint64_t to, Caller& caller, std::uint64_t ref)
      : answerable<process_information>{ops_table, reply_table<info_request>, to, caller, ref} {}

  static void run(process& p, envelope& e);
  static void discard(envelope& e, const exit_reason& why) noexcept {
    static_cast<info_request&>(e).fail(why);
  }
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops info_request::ops_table =
    signal_ops(&info_request::run, &info_request::discard, &signal_name<info_request>);

/// What waits in the chain that begins with `e`.
inline void add_messages(process_information& info, const envelope* e) {
  for (; e != nullptr; e = e->next) {
    ++info.message_queue_len;
    info.memory.messages += e->ops->bytes;
  }
}

/// `handling`: whether it is in the middle of a message.
OTP_DECL process_information describe_process(const process& p, bool handling) {
  process_information info;
  info.memory.slot = sizeof(process);
  if (p.suspended) info.memory.stack = p.core().stacks.stack_size();
  if (p.behaviour != nullptr) {
    info.kind = p.behaviour->kind();
    info.memory.object = p.behaviour->bytes();
    add_messages(info, p.behaviour->put_aside());
  }
  add_messages(info, p.first);
  info.reductions = p.total_reductions();
  info.message_queue_limit = p.mailbox_limit.load(std::memory_order_relaxed);
  if (p.has_limit()) info.messages_refused = p.refused.load(std::memory_order_relaxed);
  info.trap_exit = p.trap_exit;
  info.waiting = p.wait != nullptr;
  if (p.last_message != nullptr) info.last_message = p.last_message->name();
  if (handling) info.current_message = info.last_message;
  const auto& related = p.related;
  info.ancestors.assign(related.ancestors().begin(), related.ancestors().end());
  related.links.each([&](const pid& peer, const link_state& link) {
    if (link.unlink_id == 0) info.links.push_back(peer);
  });
  related.watchers.each(
      [&](monitor_ref, const pid& watcher) { info.monitored_by.push_back(watcher); });
  if (related.rare == nullptr) return info;
  info.registered_names = related.rare->names;
  related.rare->monitors.each(
      [&](monitor_ref, const held_monitor& held) { info.monitors.push_back(held.target); });
  return info;
}

OTP_DECL void info_request::run(process& p, envelope& e) {
  static_cast<info_request&>(e).answer(describe_process(p, p.wait != nullptr));
}

}  // namespace otp::detail

namespace otp {

OTP_DECL std::optional<process_information> process_info(const pid& who,
                                                         std::chrono::nanoseconds timeout) {
  if (auto* const self = detail::current_process(); self != nullptr && self->id() == who) {
    detail::this_worker()->receive_all(*self);
    return detail::describe_process(*self, true);
  }
  auto* const p = detail::process_arena::find(who);
  if (p == nullptr) return std::nullopt;
  // The process answers even while it waits for the caller: nobody is named as waited for, so that
  // this is no circle.
  auto answer = detail::unpack_answer<process_information>(detail::await_answer(
      *p, who.serial, pid{}, timeout,
      [&](detail::process& caller, std::uint64_t ref) -> detail::envelope& {
        return *detail::make_envelope<detail::info_request>(who.serial, caller, ref);
      },
      [&](detail::envelope& e) { detail::deliver_signal(*p, e); }));
  if (!answer) return std::nullopt;
  return *std::move(answer);
}

}  // namespace otp
