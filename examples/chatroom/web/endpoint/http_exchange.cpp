#include "web/endpoint/http_exchange.hpp"

#include "web/http/request_id.hpp"
#include "web/http/security.hpp"
#include <otp/asio.hpp>
#include <otp/log.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <ctime>
#include <string>

namespace chatroom::web {

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

// "Sun, 22 Nov 2026 12:44:05 GMT"
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[64];
  const std::size_t length = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, length};
}

unsigned status_of(const boost::system::error_code& error) {
  if (error == beast::http::error::header_limit) return 431;
  if (error == beast::http::error::body_limit) return 413;
  return 400;
}

bool is_protocol_error(const boost::system::error_code& error) {
  return error.category() ==
             beast::http::make_error_code(beast::http::error::bad_method).category() &&
         error != beast::http::error::end_of_stream && error != beast::http::error::partial_message;
}

}  // namespace

deadline::deadline(transport& stream, std::chrono::nanoseconds time)
    : target_{std::make_shared<transport*>(&stream)}, timer_{stream.get_executor(), time} {
  timer_.async_wait([target = target_](const boost::system::error_code& error) {
    // Closing, not cancelling: between two steps of an operation there is nothing to cancel.
    if (!error && *target != nullptr) (*target)->close();
  });
}

deadline::~deadline() {
  *target_ = nullptr;
  timer_.cancel();
}

bool http_exchange::greet() {
  if (!stream_.is_secure()) return true;
  boost::system::error_code error;
  const deadline slow{stream_, limits::header_time};
  stream_.async_handshake(otp::yield[error]);
  // Scanners, and browsers that do not trust the certificate: nothing to do about either.
  if (error) otp::log::debug("no TLS with a newcomer: {}", error.message());
  return !error;
}

void http_exchange::say_goodbye() {
  boost::system::error_code ignored;
  if (!stream_.is_secure()) {
    stream_.next_layer().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    return;
  }
  const deadline patience{stream_, limits::close_time};
  stream_.async_shutdown(otp::yield[ignored]);
}

std::optional<http::request> http_exchange::read() {
  beast::http::request_parser<beast::http::string_body> parser;
  parser.header_limit(limits::header_bytes);
  parser.body_limit(limits::body_bytes);
  boost::system::error_code error;
  if (buffer_.size() == 0) {
    // Between requests a connection may rest longer than within one.
    const deadline idle{stream_, limits::keep_alive};
    const std::size_t bytes = stream_.async_read_some(buffer_.prepare(4096), otp::yield[error]);
    buffer_.commit(bytes);
    if (error) return {};
  }
  {
    const deadline slow{stream_, limits::header_time};
    beast::http::async_read_header(stream_, buffer_, parser, otp::yield[error]);
  }
  if (!error && parser.get().target().size() > limits::target_bytes) {
    refuse(414);
    return {};
  }
  if (!error && beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const deadline slow{stream_, limits::write_time};
    asio::async_write(stream_, asio::buffer(go_on), otp::yield[error]);
  }
  if (!error && !parser.is_done()) {
    const deadline slow{stream_, limits::body_time};
    beast::http::async_read(stream_, buffer_, parser, otp::yield[error]);
  }
  if (error) {
    if (is_protocol_error(error)) refuse(status_of(error));
    return {};
  }
  request_ = parser.release();
  keep_alive_ = request_.keep_alive();
  http::request out;
  out.method = std::string{request_.method_string()};
  out.target = std::string{request_.target()};
  for (const auto& field : request_) {
    out.fields.add(std::string_view{field.name_string().data(), field.name_string().size()},
                   std::string{field.value()});
  }
  out.body = request_.body();
  out.secure = stream_.is_secure();
  out.id = http::request_id(out.fields);
  return out;
}

bool http_exchange::is_upgrade() const { return beast::websocket::is_upgrade(request_); }

bool http_exchange::write(const http::response& answer) {
  using body_type = beast::http::span_body<const char>;
  beast::http::response<body_type> out;
  out.result(answer.status);
  out.reason(std::string{http::reason_phrase(answer.status)});
  out.version(request_.version() == 10 ? 10 : 11);
  out.set(beast::http::field::date, http_date());
  for (const auto& [name, value] : answer.fields) out.insert(name, value);
  const std::string_view content = answer.content();
  const bool bodiless = answer.status == 304 || answer.status == 204;
  if (!bodiless) out.content_length(content.size());
  if (!bodiless && request_.method() != beast::http::verb::head) {
    out.body() = body_type::value_type{content.data(), content.size()};
  }
  out.keep_alive(keep_alive_);
  boost::system::error_code error;
  {
    const deadline slow{stream_, limits::write_time};
    beast::http::async_write(stream_, out, otp::yield[error]);
  }
  return !error && keep_alive_;
}

void http_exchange::refuse(unsigned status) {
  keep_alive_ = false;
  request_ = {};
  http::response answer = http::error_page(status);
  http::secure_headers(answer.fields);
  write(answer);
}

}  // namespace chatroom::web
