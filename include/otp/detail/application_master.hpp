// The process of an application: starts its tree, waits, stops it in order.
#pragma once

#include <otp/detail/await_exit.hpp>
#include <otp/gen_server.hpp>
#include <otp/supervisor.hpp>

#include <functional>
#include <string>
#include <utility>

namespace otp::detail {

struct application_callbacks {
  std::function<supervisor_spec()> start;
  std::function<void()> prep_stop;
  std::function<void()> stop;
};

/// Told of the end of the tree, whoever caused it, in the dying process.
using application_ended = std::function<void(const exit_reason&)>;

class application_master : public gen_server<application_master> {
 public:
  struct top {
    using reply = pid;
  };

  application_master(application_callbacks calls, application_ended ended)
      : calls_{std::move(calls)}, ended_{std::move(ended)} {
    this_process::trap_exit(true);
  }

  /// Starts the tree; its reason is ours if that fails.
  void init() {
    const auto started = try_start_link(calls_.start());
    if (!started) otp::exit(started.error().reason);
    top_ = started->pid();
  }

  pid handle_call(top) { return top_; }

  /// The tree has ended by itself.
  noreply handle_info(exited message) {
    if (message.from != top_) return {};
    top_ = {};
    ended_(message.reason);
    return otp::stop(message.reason);
  }

  /// Stops the tree and waits for it, as long as it takes: whoever is in a hurry kills us.
  void terminate(const exit_reason&) {
    if (!top_) return;
    if (calls_.prep_stop) calls_.prep_stop();
    otp::exit(top_, reason::shutdown);
    detail::await_exit(top_, infinity);
    if (calls_.stop) calls_.stop();
  }

 private:
  application_callbacks calls_;
  application_ended ended_;
  pid top_;
};

}  // namespace otp::detail
