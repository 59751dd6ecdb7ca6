// The chatroom as an application: its name, its settings and its supervision tree.
#pragma once

#include <otp/application.hpp>
#include <otp/result.hpp>

#include <string_view>
#include <vector>

namespace chatroom {

/// The tree, one_for_one, started in this order and stopped in reverse:
///
///   chatroom.supervisor
///     chatroom.telemetry   counts events, and measures now and then
///     chatroom.repo        the database: migrations, a pool, connections
///     chatroom.pubsub      who hears of new messages
///     chatroom.presence    who is there
///     chatroom.endpoint    HTTP and WebSockets, and one live view process per browser tab
class application : public otp::application<application> {
 public:
  static constexpr std::string_view name = "chatroom";
  static constexpr std::string_view version = "0.1.0";
  static constexpr std::string_view description = "a chat room whose parts may be killed";

  static std::vector<otp::config_key> configuration();

  /// Fails with a text for people when the settings contradict each other.
  otp::result<otp::supervisor_spec> start(otp::start_type type);
  /// Takes leave of the tabs, while everything runs (C-303).
  void prep_stop();
  /// Says which changed settings wait for the next start (C-304).
  void config_change(const otp::config_changes& what);
};

}  // namespace chatroom
