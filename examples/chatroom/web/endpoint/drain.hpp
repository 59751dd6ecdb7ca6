// How the endpoint takes its leave: nobody new comes in, requests are answered to their end, and tabs
// are told to come again, a part of them at a time.
#pragma once

#include <otp/child_spec.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace chatroom::web {

/// What goes on at the endpoint; shared by its processes. Any thread.
struct traffic {
  std::atomic<bool> draining{false};     // /readyz says so, and connections end after their request
  std::atomic<std::size_t> requests{0};  // being answered
  std::atomic<std::size_t> sockets{0};   // WebSockets that are open
};

/// Counts as long as it lives.
class counted {
 public:
  explicit counted(std::atomic<std::size_t>& in) : in_{in} { ++in_; }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  ~counted() { --in_; }

 private:
  std::atomic<std::size_t>& in_;
};

struct drain_options {
  std::chrono::nanoseconds pre_stop;  // so long everything goes on, for who asks /readyz to notice
  std::size_t batch;                  // so many tabs are told at once
  std::chrono::nanoseconds interval;  // between two batches
  std::chrono::nanoseconds timeout;   // for all of it, without pre_stop
};

/// To the process of a connection: its tab is to come again, elsewhere or later.
struct come_again {};

/// Returns the spec of the drainer, the process that carries this out when it is asked to.
otp::child_spec drainer_child(std::string name, std::shared_ptr<traffic> flow);

/// Asks the drainer, and returns when the last request is answered and the last tab has left, or
/// after the timeout (C-303). The endpoint goes on, without listener and acceptors; it is to be
/// stopped next. If there is no drainer, because the endpoint is just being restarted, or if it ends
/// before it is done, that is logged. In a process.
void drain(const drain_options& how);

}  // namespace chatroom::web
