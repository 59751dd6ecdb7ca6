// The process of a pubsub service: owns the table of topics and watches the subscribers.
#pragma once

#include <otp/detail/published_tables.hpp>
#include <otp/detail/topic_table.hpp>
#include <otp/gen_server.hpp>
#include <otp/pubsub_adapter.hpp>
#include <otp/shared.hpp>

#include <fmt/format.h>

#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace otp {

namespace detail {

template <class T>
inline constexpr bool is_shared = false;
template <class T>
inline constexpr bool is_shared<shared<T>> = true;

// What broadcasters read; it lives as long as one of them does.
struct pubsub_state {
  topic_table topics;
  std::shared_ptr<pubsub_adapter> adapter;
};

struct watch_subscriber {
  pid process;
};

}  // namespace detail

/// The service of otp/pubsub.hpp. Start it with a name: `otp::child<otp::pubsub>({.name = "bus"})`;
/// with an adapter as the argument it also reaches other nodes.
class pubsub : public gen_server<pubsub> {
 public:
  using info = messages<>;

  explicit pubsub(std::shared_ptr<pubsub_adapter> adapter = nullptr);
  pubsub(const pubsub&) = delete;
  pubsub& operator=(const pubsub&) = delete;
  ~pubsub();

  void handle_cast(detail::watch_subscriber added);
  void handle_info(const down& gone);

 private:
  detail::published_tables& tables_;
  pid owner_;
  std::shared_ptr<detail::pubsub_state> state_;
  std::map<pid, monitor_ref> watched_;
};

namespace detail {

std::shared_ptr<pubsub_state> pubsub_of(const pid& server, std::string_view operation);

template <class M, class Dispatcher>
void deliver_locally(pubsub_state& state, std::string_view topic, const shared<M>& message,
                     const pid& from, Dispatcher& dispatcher) {
  const auto all = state.topics.subscribers(topic);
  if (all != nullptr) dispatcher(std::span<const subscriber>{*all}, from, message);
}

}  // namespace detail

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/pubsub_server_impl.hpp>
#endif
