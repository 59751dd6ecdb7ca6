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
void take_name(const name_binding& name);

/// What became of a start.
struct start_outcome {
  pid process;            ///< Nobody: it did not start.
  start_failure failure;  ///< Without a process: why.
};

/// Starts a server that behaves as `made`, and returns when its init has finished or failed. `parent` is
/// the rested waiter.
start_outcome start_process(runtime_core& core, process* parent, std::unique_ptr<behaviour> made,
                            const server_name& name, std::chrono::nanoseconds timeout,
                            const mailbox_limit& mailbox, bool linked);

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
  auto started = start_process(core, parent,
                               std::unique_ptr<behaviour>{new server_starter<S, Arguments>(
                                   parent_id, name, std::move(arguments))},
                               name, timeout, mailbox, linked);
  if (!started.process) return failure(std::move(started.failure));
  return server_ref<S>{started.process};
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

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/start_server_impl.hpp>
#endif
