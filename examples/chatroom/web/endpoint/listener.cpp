#include "web/endpoint/listener.hpp"

#include <otp/asio.hpp>
#include <otp/log.hpp>

#include <boost/asio/ip/address.hpp>
#include <fcntl.h>

#include <cerrno>
#include <system_error>

namespace chatroom::web {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

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

listener::listener(const listen_options& options)
    : socket_{open(options)},
      url_{fmt::format("{}://{}:{}", options.scheme, options.address,
                       socket_.local_endpoint().port())} {
  otp::log::info("listening at {}", url_);
}

listener::share::reply listener::handle_call(share) {
  const int copy = ::fcntl(socket_.native_handle(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw std::system_error{errno, std::generic_category(), "the listening socket"};
  return std::make_shared<socket_descriptor>(copy);
}

std::string listener::format_status() const { return fmt::format("listening at {}", url_); }

}  // namespace chatroom::web
