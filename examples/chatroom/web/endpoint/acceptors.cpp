#include "web/endpoint/acceptors.hpp"

#include "predecessors.hpp"
#include "web/endpoint/connection.hpp"
#include "web/endpoint/listener.hpp"
#include <otp/asio.hpp>
#include <otp/child.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/log.hpp>
#include <otp/supervisor.hpp>

#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <vector>

namespace chatroom::web {

using tcp = boost::asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

class acceptor : public otp::gen_server<acceptor> {
 public:
  struct accept {};
  using continues = otp::messages<accept>;

  acceptor(const std::string& listener_name, std::string sockets, shared_context context)
      : sockets_{std::move(sockets)},
        context_{std::move(context)},
        acceptor_{otp::this_process::io_executor()} {
    const auto shared = otp::call(otp::name<listener>{listener_name}, listener::share{});
    acceptor_.assign(tcp::v4(), shared->take());
  }

  otp::noreply init() { return otp::noreply{}.and_continue(accept{}); }

  // Accepts for ever.
  otp::noreply handle_continue(accept) {
    for (;;) {
      boost::system::error_code error;
      tcp::socket socket = acceptor_.async_accept(otp::yield[error]);
      if (error) {
        // Out of descriptors, most likely: those who are connected go on, newcomers wait.
        otp::log::warning("cannot accept a connection: {}", error.message());
        otp::sleep(100ms);
        continue;
      }
      // The process that serves the connection registers the descriptor with its own io_context.
      const auto started =
          otp::start_child(otp::name<otp::dynamic_supervisor>{sockets_},
                           connection_child(socket_descriptor{socket.release()}, context_));
      if (!started) {
        otp::log::error("a connection could not be started: {}", started.error().reason);
      }
    }
  }

 private:
  std::string sockets_;
  shared_context context_;
  tcp::acceptor acceptor_;
};

}  // namespace

otp::child_spec acceptors_child(const acceptor_options& options, shared_context context) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= options.count; ++i) {
    names.push_back(fmt::format("{}.{}", options.name, i));
  }
  otp::supervisor_spec pool{.name = options.name,
                            .children = {predecessors(options.name + ".predecessors", names)}};
  for (const std::string& name : names) {
    pool.children.push_back(
        otp::child<acceptor>({.name = name}, options.listener, options.sockets, context));
  }
  return otp::child(std::move(pool));
}

}  // namespace chatroom::web
