// A connected socket on its way from the listener to the process that will serve it.
#pragma once

#include <otp/message.hpp>

#include <utility>

#include <unistd.h>

namespace chatroom::web {

/// Owns a file descriptor that belongs to no io_context. Taken once.
class accepted_socket {
 public:
  explicit accepted_socket(int descriptor) noexcept : descriptor_{descriptor} {}
  accepted_socket(accepted_socket&& other) noexcept : descriptor_{other.take()} {}
  accepted_socket& operator=(accepted_socket&&) = delete;
  ~accepted_socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  /// Gives the descriptor away; whoever takes it closes it.
  int take() noexcept { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

}  // namespace chatroom::web
