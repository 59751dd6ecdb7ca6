// A socket on its way from one process to another.
#pragma once

#include <otp/message.hpp>

#include <unistd.h>

#include <utility>

namespace chatroom::web {

/// Owns a file descriptor that belongs to no io_context. Taken once.
class socket_descriptor {
 public:
  explicit socket_descriptor(int descriptor) noexcept : descriptor_{descriptor} {}
  socket_descriptor(socket_descriptor&& other) noexcept : descriptor_{other.take()} {}
  socket_descriptor& operator=(socket_descriptor&&) = delete;
  ~socket_descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  /// Gives the descriptor away; whoever takes it closes it.
  int take() noexcept { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

}  // namespace chatroom::web
