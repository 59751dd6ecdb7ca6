// The process that accepts connections and gives each to a process of its own.
#pragma once

#include "web/endpoint/context.hpp"

#include <otp/gen_server.hpp>

#include <cstdint>
#include <string>

#include <boost/asio/ip/tcp.hpp>

namespace chatroom::web {

struct listen_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 4000;
};

/// Why the endpoint cannot listen; the exit reason of its start (C-302).
struct cannot_listen {
  std::string text;
  bool operator==(const cannot_listen&) const = default;
};

class listener : public otp::gen_server<listener> {
 public:
  struct accept {};
  using continues = otp::messages<accept>;

  /// Opens the socket; the start fails with `cannot_listen` if that is not possible. The
  /// connections are started under the dynamic supervisor that is registered as `sockets`.
  listener(listen_options options, std::string sockets, shared_context context);

  otp::noreply init() { return otp::noreply{}.and_continue(accept{}); }

  /// Accepts for ever.
  otp::noreply handle_continue(accept);

 private:
  std::string sockets_;
  shared_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace chatroom::web

template <>
struct fmt::formatter<chatroom::web::cannot_listen> : fmt::formatter<fmt::string_view> {
  template <class Context>
  auto format(const chatroom::web::cannot_listen& why, Context& context) const {
    return fmt::formatter<fmt::string_view>::format(why.text, context);
  }
};
