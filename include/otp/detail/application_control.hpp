// What the application controller's state machine is told and what it answers.
#pragma once

#include <otp/application_error.hpp>
#include <otp/child_spec.hpp>
#include <otp/exit_reason.hpp>
#include <otp/result.hpp>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace otp::detail::application_control {

/// Somebody who waits for the answer to a request.
enum class ticket : std::uint64_t {};

/// The names of the applications that a request has started, in that order; empty for others.
using answer = result<std::vector<std::string>, application_error>;

// ---- events: requests

struct load {
  ticket who;
  std::string name;
  std::vector<std::string> needs;
  std::vector<std::string> optional;
};
struct unload {
  ticket who;
  std::string name;
};
struct start {
  ticket who;
  std::string name;
  restart type;
};
struct ensure_all_started {
  ticket who;
  std::string name;
  restart type;
};
struct stop {
  ticket who;
  std::string name;
};
/// Everything is to stop, the newest first (L-023). Nothing starts any more until `all_stopped`.
struct stop_all {
  ticket who;
};

// ---- events: what came of an action

struct started {
  std::string name;
};
/// It is gone without having been up.
struct failed {
  application_error why;
};
/// It is gone; asked for or not.
struct ended {
  std::string name;
  exit_reason why;
};

using event = std::variant<load, unload, start, ensure_all_started, stop, stop_all, started, failed,
                           ended>;

// ---- actions

/// `started` or `failed` follows.
struct start_application {
  std::string name;
};
/// `ended` follows.
struct stop_application {
  std::string name;
};
struct reply {
  ticket who;
  application_control::answer answer;
};
/// An application without which the node may not go on has ended, and all others have stopped
/// (L-020, L-022).
struct node_down {
  std::string name;
  exit_reason why;
};

using action = std::variant<start_application, stop_application, reply, node_down>;

}  // namespace otp::detail::application_control
