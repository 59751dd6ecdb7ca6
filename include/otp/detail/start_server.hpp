// Starting a server: its process, its name, and the wait for its init.
#pragma once

#include <otp/detail/await_answer.hpp>
#include <otp/detail/bounded_mailbox.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/handlers.hpp>
#include <otp/detail/request.hpp>
#include <otp/detail/server_process.hpp>
#include <otp/message.hpp>
#include <otp/result.hpp>
#include <otp/server_name.hpp>
#include <otp/server_ref.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <utility>

namespace otp::detail {

/// Takes a name outside of the runtime's own table for the calling process, a server that starts. If
/// somebody has it, the start ends with already_started, and who is linked to it is not hurt.
inline void take_name(const name_binding& name) {
  auto& self = require_process("otp::start");
  const auto holder = name.take(self.id());
  if (holder == self.id()) return;
  self.related.links.each([&](const pid& peer, const link_state&) { unlink_from(self, peer); });
  throw exit_error{already_started{holder}};
}

/// Knows the constructor arguments until the server is constructed.
template <class S, class Arguments>
class server_starter final : public behaviour_of<S> {
 public:
  server_starter(const pid& parent, const server_name& name, Arguments arguments)
      : behaviour_of<S>{parent},
        with_{move_to_block(start_with{name.elsewhere(), std::move(arguments)})} {}

 private:
  // Apart, since it is not needed for longer than the start.
  struct start_with {
    std::shared_ptr<const name_binding> name;
    Arguments arguments;
  };

  void construct(void* place) override {
    const auto with = std::move(with_);
    if (const auto name = std::move(with->name)) take_name(*name);
    std::apply([place](auto&... a) { ::new (place) S(std::move(a)...); }, with->arguments);
  }

  decltype(move_to_block(std::declval<start_with>())) with_;
};

template <class S, class Arguments>
result<server_ref<S>, start_failure> start_server(runtime_core& core, const server_name& name,
                                                  std::chrono::nanoseconds timeout,
                                                  const mailbox_limit& mailbox, bool linked,
                                                  Arguments arguments) {
  require_server<S>();
  auto* const parent = rested_waiter(core);
  const auto parent_id = linked ? parent->id() : pid{};
  auto& child = create_process(core, std::unique_ptr<behaviour>{new server_starter<S, Arguments>(
                                         parent_id, name, std::move(arguments))});
  const auto id = child.id();
  if (mailbox.limit != 0) limit_mailbox(child, mailbox);
  if (!name.local().empty()) {
    // The name is taken before the process runs, and before anything of it is seen (G-014, G-015).
    if (const auto holder = core.names.insert(name.local(), id); holder != id) {
      delete std::exchange(child.behaviour, nullptr);
      finish_alone(child);
      return failure(start_failure{exit_reason{already_started{holder}}, false});
    }
    rarely_related(child).names.push_back(name.local());
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
  auto outcome = await_answer_rested(core, parent, id, timeout, make, push);
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
