// How the console is served, and talked to.
#pragma once

#include <otp/asio.hpp>
#include <otp/config.hpp>
#include <otp/console.hpp>
#include <otp/log.hpp>
#include <otp/observer.hpp>
#include <otp/process.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

namespace detail {

using local_stream = boost::asio::local::stream_protocol;

/// Ends each answer; it cannot occur in one.
inline constexpr char end_of_answer = '\0';

/// Serves one person until the connection ends.
inline void serve_console(local_stream::socket& socket, observer watcher) {
  constexpr std::size_t longest_line = 4096;
  std::string input;
  boost::system::error_code ended;
  for (;;) {
    const auto length = boost::asio::async_read_until(
        socket, boost::asio::dynamic_buffer(input, longest_line), '\n', otp::yield[ended]);
    if (ended) return;
    auto answer = watcher.run(std::string_view{input}.substr(0, length));
    answer += end_of_answer;
    input.erase(0, length);
    boost::asio::async_write(socket, boost::asio::buffer(answer), otp::yield[ended]);
    if (ended) return;
  }
}

/// Whether a program answers at `path`.
inline bool console_answers(const std::string& path) {
  boost::asio::io_context io;
  local_stream::socket probe{io};
  boost::system::error_code refused;
  probe.connect(local_stream::endpoint{path}, refused);
  return !refused;
}

/// The socket file; removed when its process ends.
class console_file {
 public:
  explicit console_file(std::string path) : path_{std::move(path)} {}
  console_file(const console_file&) = delete;
  console_file& operator=(const console_file&) = delete;
  ~console_file() { ::unlink(path_.c_str()); }

 private:
  std::string path_;
};

}  // namespace detail

OTP_DECL pid start_console(const std::string& path, observer watcher) {
  if (detail::console_answers(path)) {
    throw std::runtime_error{fmt::format(
        "the console socket {} belongs to a program that is running: choose another path", path)};
  }
  ::unlink(path.c_str());  // left over from a program that was killed
  auto acceptor =
      std::make_unique<detail::local_stream::acceptor>(this_runtime::next_io_executor());
  try {
    const detail::local_stream::endpoint endpoint{path};
    acceptor->open(endpoint.protocol());
    const auto before = ::umask(0177);
    boost::system::error_code failed;
    acceptor->bind(endpoint, failed);
    ::umask(before);
    if (failed) throw boost::system::system_error{failed};
    acceptor->listen();
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error{
        fmt::format("cannot make the console socket {}: {}", path, error.code().message())};
  }
  return spawn([path, watcher = std::move(watcher), acceptor = std::move(acceptor)]() mutable {
    const detail::console_file file{path};
    for (;;) {
      detail::local_stream::socket socket{this_process::io_executor()};
      boost::system::error_code failed;
      acceptor->async_accept(socket, otp::yield[failed]);
      if (failed) {
        log::warning("console: {}", failed.message());
        sleep(std::chrono::seconds{1});
        continue;
      }
      spawn_link([socket = std::move(socket), watcher]() mutable {
        detail::serve_console(socket, std::move(watcher));
      });
    }
  });
}

OTP_DECL int attach_console(const std::string& path, const std::vector<std::string>& commands) {
  boost::asio::io_context io;
  detail::local_stream::socket socket{io};
  boost::system::error_code failed;
  socket.connect(detail::local_stream::endpoint{path}, failed);
  if (failed) {
    fmt::print(stderr, "no program answers at {}: {}. Is it running?\n", path, failed.message());
    return 69;
  }
  std::string input;
  const auto ask = [&](std::string command) {
    command += '\n';
    boost::asio::write(socket, boost::asio::buffer(command), failed);
    if (failed) return false;
    const auto length = boost::asio::read_until(socket, boost::asio::dynamic_buffer(input),
                                                detail::end_of_answer, failed);
    if (failed) return false;
    fmt::print("{}", std::string_view{input}.substr(0, length - 1));
    std::fflush(stdout);
    input.erase(0, length);
    return true;
  };
  if (!commands.empty()) {
    for (const auto& command : commands) {
      if (!ask(command)) return 69;
    }
    return 0;
  }
  const bool person = ::isatty(::fileno(stdin)) == 1;
  if (person) ask("help");
  std::string line;
  for (;;) {
    if (person) fmt::print("> ");
    std::fflush(stdout);
    line.clear();
    int c = 0;
    while ((c = std::getchar()) != EOF && c != '\n') line += static_cast<char>(c);
    if (c == EOF && line.empty()) return 0;
    if (line.empty()) continue;
    if (!ask(line)) {
      fmt::print(stderr, "the program has ended the connection\n");
      return 69;
    }
  }
}

}  // namespace otp
