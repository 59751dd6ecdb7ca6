// The process that owns the port. What comes in waits there until an acceptor takes it.
#pragma once

#include "web/endpoint/socket_descriptor.hpp"
#include <otp/gen_server.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>

namespace chatroom::web {

struct listen_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 4000;
  std::string scheme = "http";  // what is spoken there, for the log
};

/// Why the endpoint cannot listen; the exit reason of its start (C-302).
struct cannot_listen {
  std::string text;
  bool operator==(const cannot_listen&) const = default;
};

class listener : public otp::gen_server<listener> {
 public:
  /// Asks for another descriptor of the listening socket, to accept from. The port is free again
  /// when the listener and all who have asked are gone.
  struct share {
    using reply = std::shared_ptr<socket_descriptor>;
  };

  /// Opens the socket; the start fails with `cannot_listen` if that is not possible.
  explicit listener(const listen_options& options);

  share::reply handle_call(share);
  std::string format_status() const;

 private:
  boost::asio::ip::tcp::acceptor socket_;
  std::string url_;
};

}  // namespace chatroom::web

template <>
struct fmt::formatter<chatroom::web::cannot_listen> : fmt::formatter<fmt::string_view> {
  template <class Context>
  auto format(const chatroom::web::cannot_listen& why, Context& context) const {
    return fmt::formatter<fmt::string_view>::format(why.text, context);
  }
};
