// HTTP/1.1 on one connection: read a request, write a response, as blocking calls of a process.
#pragma once

#include "web/endpoint/context.hpp"
#include "web/endpoint/transport.hpp"
#include "web/http/message.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace chatroom::web {

/// While it lives, the connection is closed when the time is over, so that no operation waits longer.
/// For operations with `otp::yield` of one process; the transport must outlive it.
class deadline {
 public:
  deadline(transport& stream, std::chrono::nanoseconds time);
  deadline(const deadline&) = delete;
  deadline& operator=(const deadline&) = delete;
  ~deadline();

 private:
  std::shared_ptr<transport*> target_;  // null when the deadline is off
  boost::asio::steady_timer timer_;
};

class http_exchange {
 public:
  using beast_request = boost::beast::http::request<boost::beast::http::string_body>;

  explicit http_exchange(transport& stream) : stream_{stream} {}

  /// The TLS handshake, if there is TLS. Returns whether the connection goes on.
  bool greet();

  /// Tells the peer that nothing more comes, if it still listens. The last call.
  void say_goodbye();

  /// Waits for the next request and reads it. Nothing when the connection is over: closed by the
  /// peer, too slow, or answered with an error by this function, because what came is not HTTP or
  /// is too large (400, 413, 414, 431).
  std::optional<http::request> read();

  /// The request last read, in the form that the WebSocket handshake takes.
  const beast_request& last_request() const { return request_; }
  bool is_upgrade() const;

  /// The request last read is the last one, whatever the peer wishes.
  void is_last() { keep_alive_ = false; }

  /// Writes a response to the request last read. Returns whether the connection goes on.
  bool write(const http::response& answer);

 private:
  void refuse(unsigned status);

  transport& stream_;
  boost::beast::flat_buffer buffer_{limits::header_bytes + limits::body_bytes};
  beast_request request_;
  bool keep_alive_ = true;
};

}  // namespace chatroom::web
