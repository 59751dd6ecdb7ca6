// How a pubsub service reaches other nodes. Local delivery is built in; this is the seam for the
// rest.
#pragma once

#include <otp/detail/type_name.hpp>
#include <otp/result.hpp>

#include <string>
#include <string_view>

namespace otp {

/// A message of any type, for an adapter that knows how to write some of them; valid during one
/// call.
class pubsub_message {
 public:
  template <class M>
  explicit pubsub_message(const M& message) noexcept
      : message_{&message}, type_{detail::type_tag<M>()} {}

  /// Returns the message if it is an `M`, else nullptr.
  template <class M>
  const M* get() const noexcept {
    return type_ == detail::type_tag<M>() ? static_cast<const M*>(message_) : nullptr;
  }
  /// Returns the name of its type, for reports.
  std::string_view type_name() const noexcept { return detail::type_id_name(type_); }

 private:
  const void* message_;
  detail::type_id type_;
};

/// Carries broadcasts to other nodes (C-231). What arrives from them it delivers with
/// `local_broadcast`. One object serves all broadcasters at once, so it must be thread-safe.
class pubsub_adapter {
 public:
  pubsub_adapter() = default;
  pubsub_adapter(const pubsub_adapter&) = delete;
  pubsub_adapter& operator=(const pubsub_adapter&) = delete;
  virtual ~pubsub_adapter() = default;

  /// Returns what other nodes call this one.
  virtual std::string node_name() const = 0;
  /// Sends a message to all other nodes. Runs in the broadcaster, before local delivery; an error
  /// keeps the message from being delivered here (B-012).
  virtual result<void> broadcast(std::string_view topic, const pubsub_message& message) = 0;
  /// Sends a message to one node only (B-005).
  virtual result<void> direct_broadcast(std::string_view node, std::string_view topic,
                                        const pubsub_message& message) = 0;
};

}  // namespace otp
