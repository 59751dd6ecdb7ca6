#include "web/endpoint/listener.hpp"

#include "web/endpoint/connection.hpp"

#include <otp/asio.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/log.hpp>

#include <chrono>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

namespace chatroom::web {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

tcp::acceptor open(const listen_options& options) {
  try {
    const tcp::endpoint where{asio::ip::make_address(options.address), options.port};
    tcp::acceptor out{otp::this_process::io_executor()};
    out.open(where.protocol());
    out.set_option(tcp::acceptor::reuse_address{true});
    out.bind(where);
    out.listen();
    return out;
  } catch (const boost::system::system_error& error) {
    otp::exit(cannot_listen{fmt::format("cannot listen on {} port {}: {}", options.address,
                                        options.port, error.code().message())});
  }
}

}  // namespace

listener::listener(listen_options options, std::string sockets, shared_context context)
    : sockets_{std::move(sockets)}, context_{std::move(context)}, acceptor_{open(options)} {
  const tcp::endpoint where = acceptor_.local_endpoint();
  otp::log::info("listening at http://{}:{}", options.address, where.port());
}

otp::noreply listener::handle_continue(accept) {
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
    accepted_socket taken{socket.release()};
    const auto started = otp::start_child(otp::name<otp::dynamic_supervisor>{sockets_},
                                          connection_child(std::move(taken), context_));
    if (!started) {
      otp::log::error("a connection could not be started: {}", started.error().reason);
    }
  }
}

}  // namespace chatroom::web
