// What a connection reads from and writes to: a TCP socket, bare or under TLS.
//
// An AsyncStream in the sense of Boost.Beast, so that HTTP and WebSockets work over it. Each
// operation is handed on to the one of the two that is there.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <memory>
#include <utility>
#include <variant>

namespace chatroom::web {

class transport {
 public:
  using socket = boost::asio::ip::tcp::socket;
  using executor_type = socket::executor_type;
  using next_layer_type = socket;

  /// Takes a connected socket. With a context it speaks TLS, after `async_handshake`.
  transport(socket connected, const std::shared_ptr<boost::asio::ssl::context>& tls)
      : stream_{tls ? layers{std::in_place_type<secured>, std::move(connected), *tls}
                    : layers{std::in_place_type<socket>, std::move(connected)}} {}

  bool is_secure() const noexcept { return std::holds_alternative<secured>(stream_); }

  executor_type get_executor() { return next_layer().get_executor(); }
  socket& next_layer() {
    auto* const tls = std::get_if<secured>(&stream_);
    return tls != nullptr ? tls->next_layer() : std::get<socket>(stream_);
  }

  /// Closes the socket, without a word to the peer. What waits for it ends.
  void close() {
    boost::system::error_code ignored;
    next_layer().close(ignored);
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    if (auto* const tls = std::get_if<secured>(&stream_)) {
      return tls->async_read_some(into, std::forward<Token>(token));
    }
    return std::get<socket>(stream_).async_read_some(into, std::forward<Token>(token));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    if (auto* const tls = std::get_if<secured>(&stream_)) {
      return tls->async_write_some(from, std::forward<Token>(token));
    }
    return std::get<socket>(stream_).async_write_some(from, std::forward<Token>(token));
  }

  /// The server's side of the TLS handshake. Requires `is_secure()`.
  template <class Token>
  auto async_handshake(Token&& token) {
    return std::get<secured>(stream_).async_handshake(boost::asio::ssl::stream_base::server,
                                                      std::forward<Token>(token));
  }

  /// Says that nothing more comes: close_notify, answered by the peer's. Requires `is_secure()`.
  template <class Token>
  auto async_shutdown(Token&& token) {
    return std::get<secured>(stream_).async_shutdown(std::forward<Token>(token));
  }

 private:
  using secured = boost::asio::ssl::stream<socket>;
  using layers = std::variant<socket, secured>;
  layers stream_;
};

/// How Beast ends a WebSocket's stream, found by its name.
template <class Handler>
void async_teardown(boost::beast::role_type role, transport& stream, Handler&& handler) {
  if (stream.is_secure()) {
    stream.async_shutdown(std::forward<Handler>(handler));
  } else {
    boost::beast::websocket::async_teardown(role, stream.next_layer(),
                                            std::forward<Handler>(handler));
  }
}

}  // namespace chatroom::web
