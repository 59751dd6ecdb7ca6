// The process of a WebSocket whose views fail, which the real ones do not do on request.
#include "support/catch.hpp"
#include "web/endpoint/connection.hpp"
#include "web/http/session.hpp"
#include <otp/dynamic_supervisor.hpp>
#include <otp/runtime.hpp>
#include <otp/supervisor.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

using namespace chatroom;

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;

// A visitor who has a session, with one WebSocket to a connection process that serves nobody else.
class visitor {
 public:
  visitor(otp::runtime& world, std::shared_ptr<web::endpoint_context> context)
      : keys_{context->keys} {
    tcp::acceptor acceptor{io_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    socket_.next_layer().connect(acceptor.local_endpoint());
    const auto served = std::make_shared<web::socket_descriptor>(acceptor.accept().release());
    const otp::runtime_scope here = world.enter();
    const auto sockets = otp::start(otp::dynamic_supervisor_spec{});
    REQUIRE(otp::start_child(sockets, web::connection_child(std::move(*served), context)));

    http::headers answered;
    http::write_session(*keys_, answered, session_, now(), false);
    const std::string set_cookie{answered.get("Set-Cookie")};
    socket_.set_option(beast::websocket::stream_base::decorator(
        [cookie =
             set_cookie.substr(0, set_cookie.find(';'))](beast::websocket::request_type& request) {
          request.set(beast::http::field::cookie, cookie);
        }));
    socket_.handshake("localhost",
                      "/live/websocket?vsn=2.0.0&_csrf_token=" + http::csrf_token(session_));
  }

  // Joins a view and returns what the server says next.
  std::string join(const std::string& id) {
    const std::string session = live::sign_view(*keys_, id, session_, now());
    return ask(fmt::format(R"(["1","1","lv:{}","phx_join",{{"url":"http://x/","session":"{}"}}])",
                           id, session));
  }

  std::string ask(const std::string& frame) {
    socket_.write(asio::buffer(frame));
    beast::flat_buffer answer;
    socket_.read(answer);
    return beast::buffers_to_string(answer.data());
  }

 private:
  static std::chrono::sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  }

  asio::io_context io_;
  beast::websocket::stream<tcp::socket> socket_{io_};
  std::shared_ptr<const http::signer> keys_;
  http::session session_ = http::new_session();
};

struct view_failure {
  const char* what;
  std::optional<otp::pid> (*start)(live::view_start);
};

}  // namespace

TEST_CASE("[C-072] a view that fails in mount has its join answered, and its WebSocket goes on") {
  static constexpr auto throws = [](live::view_start) -> std::optional<otp::pid> {
    return otp::spawn([] { throw std::runtime_error{"cannot mount"}; });
  };
  static constexpr auto ends = [](live::view_start) -> std::optional<otp::pid> {
    return otp::spawn([] {});
  };
  static constexpr auto is_not_started = [](live::view_start) -> std::optional<otp::pid> {
    return {};
  };
  const auto failure = GENERATE(view_failure{"throws", throws}, view_failure{"ends", ends},
                                view_failure{"is not started", is_not_started});
  CAPTURE(failure.what);
  otp::runtime world{{.threads = 1, .console = {}}};
  const auto context = std::make_shared<web::endpoint_context>();
  context->keys = std::make_shared<http::signer>(std::string(64, 's'));
  context->flow = std::make_shared<web::traffic>();
  context->start_view = failure.start;
  visitor ann{world, context};
  for (const std::string id : {"phx-one", "phx-two", "phx-one"}) {
    CHECK(ann.join(id) ==
          fmt::format(R"(["1","1","lv:{}","phx_reply",{{"status":"error","response":)"
                      R"({{"reason":"join crashed"}}}}])",
                      id));
    CHECK(ann.ask(R"([null,"2","phoenix","heartbeat",{}])") ==
          R"([null,"2","phoenix","phx_reply",{"status":"ok","response":{}}])");
  }
}
