// The pool of processes that accept connections and give each to a process of its own.
#pragma once

#include "web/endpoint/context.hpp"
#include <otp/child_spec.hpp>

#include <cstddef>
#include <string>

namespace chatroom::web {

struct acceptor_options {
  std::string name;      // of the pool's supervisor, and what the names of the acceptors begin with
  std::size_t count;     // how many accept at the same time
  std::string listener;  // who has the socket that is listened on
  std::string sockets;   // the dynamic supervisor under which connections are started
};

/// Returns the spec of the pool's supervisor. Each acceptor asks the listener for its socket when it
/// starts and goes on with that, so a new listener needs new acceptors.
otp::child_spec acceptors_child(const acceptor_options& options, shared_context context);

}  // namespace chatroom::web
