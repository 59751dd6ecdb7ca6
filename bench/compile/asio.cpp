// The same by hand on Asio: a strand, a function posted to it, a timer for the caller's patience.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <chrono>

int main() {
  namespace asio = boost::asio;
  asio::io_context io;
  auto server = asio::make_strand(io);
  int count = 0;
  int answer = 0;
  asio::steady_timer patience{io, std::chrono::seconds{5}};
  patience.async_wait([](boost::system::error_code) {});
  asio::post(server, [&] {
    ++count;
    asio::post(io, [&, value = count] {
      answer = value;
      patience.cancel();
    });
  });
  io.run();
  return answer == 1 ? 0 : 1;
}
