// Publish and subscribe: messages to everybody who is interested in a topic.
//
//     // in a supervisor's children:  otp::child<otp::pubsub>({.name = "chatroom.pubsub"})
//     const otp::name<otp::pubsub> bus{"chatroom.pubsub"};
//     otp::subscribe(bus, "room:lobby");                     // in a process
//     otp::broadcast(bus, "room:lobby", new_message{...});   // from anywhere
//     void handle_info(otp::shared<new_message> message);    // using info =
//     messages<shared<new_message>>
//
// Delivery is a plain send (at most once, no history), done by the broadcaster itself: the
// service's process only watches the subscribers and is no bottleneck. All subscribers get the same
// immutable payload, which is never copied.
#pragma once

#include <otp/detail/pubsub_server.hpp>
#include <otp/gen_server.hpp>
#include <otp/pubsub_adapter.hpp>
#include <otp/shared.hpp>

#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace otp {

/// A server_ref or name of a pubsub service.
template <class A>
concept pubsub_address = server_address<A> && std::same_as<typename A::server_type, pubsub>;

/// How a message is delivered: gets the subscriptions in their order, who is to be left out (nobody
/// for a plain broadcast), and the message. Runs in the broadcaster, and not at all when there are
/// no subscriptions; an exception passes to the broadcaster (B-011).
template <class Dispatcher, class M>
concept pubsub_dispatcher =
    std::invocable<Dispatcher&, std::span<const subscriber>, const pid&, const shared<M>&>;

/// Sends the message to each subscription, except those of `from`.
struct send_to_subscribers {
  template <class M>
  void operator()(std::span<const subscriber> all, const pid& from, const shared<M>& m) const {
    for (const subscriber& each : all) {
      if (each.process != from) detail::offer(each.process, m);
    }
  }
};

/// Subscribes the calling process to a topic; it gets every message that is broadcast from now on.
/// A process that subscribes twice gets every message twice (B-006). Subscriptions end with their
/// process (B-008), and with the service: then nobody is told, so monitor it and subscribe again
/// (unlike in OTP, the end of the service does not kill subscribers: B-014).
/// `metadata` is for dispatchers (B-010).
/// Throws std::invalid_argument when there is no such service (B-013), not_a_process on a thread.
template <pubsub_address A>
void subscribe(const A& service, std::string_view topic, field_value metadata = {}) {
  const pid self = this_process::self();
  const pid server = detail::address_of(service, "otp::subscribe");
  if (detail::pubsub_of(server, "otp::subscribe")->topics.add(topic, self, std::move(metadata))) {
    cast(server_ref<pubsub>{server}, detail::watch_subscriber{self});
  }
}

/// Ends all subscriptions of the calling process to the topic; none is no error (B-007). Messages
/// that were broadcast before may still be in the mailbox. Throws as subscribe does.
template <pubsub_address A>
void unsubscribe(const A& service, std::string_view topic) {
  const pid self = this_process::self();
  const pid server = detail::address_of(service, "otp::unsubscribe");
  detail::pubsub_of(server, "otp::unsubscribe")->topics.remove(topic, self);
}

/// Delivers a message to the subscribers on this node only (B-005), in the order of their
/// subscriptions. Messages of one sender arrive in the order in which it broadcast them (B-009).
/// Costs one send for each; never waits. Throws std::invalid_argument when there is no such
/// service.
template <pubsub_address A, sendable M, class Dispatcher = send_to_subscribers>
  requires pubsub_dispatcher<Dispatcher, M>
void local_broadcast(const A& service, std::string_view topic, const shared<M>& message,
                     Dispatcher dispatcher = {}, const pid& from = {}) {
  const pid server = detail::address_of(service, "otp::broadcast");
  detail::deliver_locally(*detail::pubsub_of(server, "otp::broadcast"), topic, message, from,
                          dispatcher);
}

/// Delivers a message to all subscribers of the topic, the caller included if it is one (B-003), on
/// this node and, if the service has an adapter, on the others. An adapter's error is returned, and
/// then nobody on this node gets the message (B-012). Otherwise as local_broadcast.
template <pubsub_address A, sendable M, class Dispatcher = send_to_subscribers>
  requires pubsub_dispatcher<Dispatcher, M>
result<void> try_broadcast(const A& service, std::string_view topic, const shared<M>& message,
                           Dispatcher dispatcher = {}, const pid& from = {}) {
  const pid server = detail::address_of(service, "otp::broadcast");
  const auto state = detail::pubsub_of(server, "otp::broadcast");
  if (state->adapter != nullptr) {
    if (auto sent = state->adapter->broadcast(topic, pubsub_message{*message}); !sent) return sent;
  }
  detail::deliver_locally(*state, topic, message, from, dispatcher);
  return {};
}

/// As try_broadcast; an adapter's error is thrown as exit_error.
template <pubsub_address A, sendable M, class Dispatcher = send_to_subscribers>
  requires pubsub_dispatcher<Dispatcher, M>
void broadcast(const A& service, std::string_view topic, const shared<M>& message,
               Dispatcher dispatcher = {}) {
  if (auto sent = try_broadcast(service, topic, message, std::move(dispatcher)); !sent) {
    throw exit_error{sent.error()};
  }
}
/// The same with a message that is not shared yet; subscribers get a `shared<M>`.
template <pubsub_address A, sendable M>
  requires (!detail::is_shared<M>)
void broadcast(const A& service, std::string_view topic, M message) {
  broadcast(service, topic, make_shared<M>(std::move(message)));
}

/// As broadcast, but not to `from`, however often it has subscribed (B-004).
template <pubsub_address A, sendable M>
void broadcast_from(const A& service, const pid& from, std::string_view topic,
                    const shared<M>& message) {
  if (auto sent = try_broadcast(service, topic, message, send_to_subscribers{}, from); !sent) {
    throw exit_error{sent.error()};
  }
}
template <pubsub_address A, sendable M>
  requires (!detail::is_shared<M>)
void broadcast_from(const A& service, const pid& from, std::string_view topic, M message) {
  broadcast_from(service, from, topic, make_shared<M>(std::move(message)));
}

/// Sends a message through the adapter to one other node and to nobody here (B-005). Fails with
/// `noconnection` when the service has no adapter. Throws std::invalid_argument when there is no such
/// service.
template <pubsub_address A, sendable M>
result<void> direct_broadcast(const A& service, std::string_view node, std::string_view topic,
                              const shared<M>& message) {
  const pid server = detail::address_of(service, "otp::direct_broadcast");
  const auto state = detail::pubsub_of(server, "otp::direct_broadcast");
  if (state->adapter == nullptr) return failure{exit_reason{reason::noconnection}};
  return state->adapter->direct_broadcast(node, topic, pubsub_message{*message});
}

/// Returns what other nodes call this one; empty without an adapter.
template <pubsub_address A>
std::string node_name(const A& service) {
  const pid server = detail::address_of(service, "otp::node_name");
  const auto state = detail::pubsub_of(server, "otp::node_name");
  return state->adapter == nullptr ? std::string{} : state->adapter->node_name();
}

/// Returns who is subscribed to the topic now, the oldest subscription first. A process that has
/// just died may still be in it. Throws std::invalid_argument when there is no such service.
template <pubsub_address A>
std::vector<subscriber> subscribers(const A& service, std::string_view topic) {
  const pid server = detail::address_of(service, "otp::subscribers");
  const auto found = detail::pubsub_of(server, "otp::subscribers")->topics.subscribers(topic);
  return found == nullptr ? std::vector<subscriber>{} : *found;
}

}  // namespace otp
