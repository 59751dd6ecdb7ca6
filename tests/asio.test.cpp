// Asio inside processes: the completion token otp::yield, executors, and where waiting is refused.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/asio.hpp>
#include <otp/gen_server.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace otp_test;
using otp::this_process::get_executor;
using otp::this_process::io_executor;
using otp::this_process::self;

namespace {

/// An operation with the completion signature void(A...) that completes as `complete` says: it is
/// given a function that completes it.
template <class... A, class Complete>
auto operation(Complete complete) {
  return asio::async_initiate<const otp::yield_t, void(A...)>(
      [](auto handler, Complete how) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        how([shared](A... values) {
          const auto executor = asio::get_associated_executor(*shared);
          asio::dispatch(executor, [shared, ... held = std::move(values)]() mutable {
            (*shared)(std::move(held)...);
          });
        });
      },
      otp::yield, std::move(complete));
}

tcp::acceptor listen_locally() {
  return tcp::acceptor{io_executor(), {asio::ip::make_address("127.0.0.1"), 0}};
}

/// A socket that is connected to the other one.
std::pair<tcp::socket, tcp::socket> connected_sockets() {
  auto acceptor = listen_locally();
  tcp::socket here{io_executor()};
  tcp::socket there{io_executor()};
  here.connect(acceptor.local_endpoint());
  acceptor.accept(there);
  return {std::move(here), std::move(there)};
}

/// Notes its destruction.
struct witness {
  journal log;
  std::string text;
  witness(journal l, std::string t) : log{std::move(l)}, text{std::move(t)} {}
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  ~witness() { log.note(text); }
};

/// The message of the exception that `work` throws.
template <class Work>
std::string refusal_of(Work work) {
  try {
    work();
  } catch (const std::logic_error& error) {
    return error.what();
  }
  return "allowed";
}

constexpr auto no_wait_in_handlers =
    "otp: a process may not wait inside an Asio handler: it called run() or poll() itself";

}  // namespace

// ---- results

TEST_CASE("an operation with yield returns when it has completed", "[asio]") {
  const auto seen = threaded([] {
    const auto start = std::chrono::steady_clock::now();
    asio::steady_timer timer{io_executor(), 2ms};
    timer.async_wait(otp::yield);
    return std::chrono::steady_clock::now() - start >= 2ms;
  });
  CHECK(seen == "true");
}

TEST_CASE("yield returns what the operation completes with", "[asio]") {
  const auto seen = threaded([] {
    operation<>([](auto complete) { complete(); });
    const int one = operation<int>([](auto complete) { complete(1); });
    const auto [two, three] =
        operation<int, std::string>([](auto complete) { complete(2, "three"); });
    const auto parcel =
        operation<std::unique_ptr<int>>([](auto complete) { complete(std::make_unique<int>(4)); });
    operation<error_code>([](auto complete) { complete(error_code{}); });
    const int five = operation<error_code, int>([](auto complete) { complete(error_code{}, 5); });
    const int six = operation<std::exception_ptr, int>(
        [](auto complete) { complete(std::exception_ptr{}, 6); });
    return fmt::format("{} {} {} {} {} {}", one, two, three, *parcel, five, six);
  });
  CHECK(seen == "1 2 three 4 5 6");
}

TEST_CASE("an error is thrown as system_error", "[asio]") {
  const auto seen = threaded([]() -> std::string {
    auto [here, there] = connected_sockets();
    there.close();
    char byte = 0;
    try {
      here.async_read_some(asio::buffer(&byte, 1), otp::yield);
    } catch (const boost::system::system_error& error) {
      return error.code() == asio::error::eof ? "end of file" : error.what();
    }
    return "read";
  });
  CHECK(seen == "end of file");
}

TEST_CASE("with yield[ec] an error is stored, and success clears it", "[asio]") {
  const auto seen = threaded([] {
    auto [here, there] = connected_sockets();
    error_code error = asio::error::already_started;
    const auto written = there.async_write_some(asio::buffer("x", 1), otp::yield[error]);
    const auto first = error.message();
    there.close();
    char bytes[2];
    const auto read = here.async_read_some(asio::buffer(bytes), otp::yield[error]);
    const bool fine = !error;
    here.async_read_some(asio::buffer(bytes), otp::yield[error]);
    return fmt::format("{} {} {} {} {}", written, first, read, fine,
                       error == asio::error::eof ? "end of file" : error.message());
  });
  CHECK(seen == "1 Success 1 true end of file");
}

TEST_CASE("an exception_ptr is rethrown", "[asio]") {
  const auto seen = threaded([]() -> std::string {
    try {
      operation<std::exception_ptr, int>(
          [](auto complete) { complete(std::make_exception_ptr(std::runtime_error{"boom"}), 0); });
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "completed";
  });
  CHECK(seen == "boom");
}

TEST_CASE("an operation may complete on another thread, or in another context", "[asio]") {
  const auto seen = threaded([] {
    asio::thread_pool pool{1};
    const auto before = std::this_thread::get_id();
    asio::post(pool, otp::yield);
    const int seven = asio::co_spawn(
        pool, []() -> asio::awaitable<int> { co_return 7; }, otp::yield);
    return fmt::format("{} {}", seven, std::this_thread::get_id() == before);
  });
  CHECK(seen == "7 true");
}

// ---- composed operations

TEST_CASE("composed operations work with yield", "[asio]") {
  const auto seen = threaded([] {
    auto acceptor = listen_locally();
    const auto where = acceptor.local_endpoint();
    const auto boss = self();
    otp::spawn([where, boss] {
      tcp::socket socket{io_executor()};
      socket.async_connect(where, otp::yield);
      const std::string text(100'000, 'x');
      asio::async_write(socket, asio::buffer(text), otp::yield);
      asio::async_write(socket, asio::buffer("one line\nand", 12), otp::yield);
      await_go();
    });
    tcp::socket socket{io_executor()};
    acceptor.async_accept(socket, otp::yield);
    std::string bytes(100'000, ' ');
    const auto size = asio::async_read(socket, asio::buffer(bytes), otp::yield);
    std::string line;
    const auto length =
        asio::async_read_until(socket, asio::dynamic_buffer(line), '\n', otp::yield);
    return fmt::format("{} {} {}", size, bytes == std::string(100'000, 'x'),
                       line.substr(0, length - 1));
  });
  CHECK(seen == "100000 true one line");
}

TEST_CASE("an accept returns a new socket", "[asio]") {
  const auto seen = threaded([] {
    auto acceptor = listen_locally();
    tcp::socket client{io_executor()};
    client.connect(acceptor.local_endpoint());
    tcp::socket served = acceptor.async_accept(otp::yield);
    asio::write(client, asio::buffer("hello", 5));
    std::string text(5, ' ');
    asio::async_read(served, asio::buffer(text), otp::yield);
    return text;
  });
  CHECK(seen == "hello");
}

// ---- waiting

TEST_CASE("messages wait while a process waits for an operation", "[asio]") {
  const auto seen = threaded([] {
    const journal log;
    const auto boss = self();
    const auto ref = otp::start<scripted>();
    otp::cast(ref, order{[=] {
                auto timer = asio::steady_timer{io_executor(), 1h};
                asio::post(get_executor(), [&timer, boss] { let_go(boss); });
                // The work above has run when this is cancelled, by work posted after it.
                asio::post(get_executor(), [&timer] { timer.cancel(); });
                error_code error;
                timer.async_wait(otp::yield[error]);
                log.note(error == asio::error::operation_aborted ? "cancelled" : error.message());
              }});
    otp::cast(ref, order{[log] { log.note("next"); }});
    await_go();
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "cancelled, next");
}

TEST_CASE("the thread serves other processes while one waits for an operation", "[asio]") {
  otp::runtime world{{.threads = 1, .console = {}}};
  std::promise<std::string> told;
  world.spawn([&] {
    auto [here, there] = connected_sockets();
    otp::spawn([&] { asio::write(there, asio::buffer("x", 1)); });
    char byte = 0;
    here.async_read_some(asio::buffer(&byte, 1), otp::yield);
    told.set_value(std::string(1, byte));
  });
  CHECK(told.get_future().get() == "x");
}

TEST_CASE("a killed process cancels its operation, and is unwound before anyone sees its end",
          "[asio][P-029]") {
  const auto seen = threaded([] {
    const journal log;
    const auto boss = self();
    const auto waiting = otp::spawn([=] {
      const witness outer{log, "unwound"};
      auto [here, there] = connected_sockets();
      const witness inner{log, "socket still open"};
      asio::post(get_executor(), [boss] { let_go(boss); });
      char byte = 0;
      here.async_read_some(asio::buffer(&byte, 1), otp::yield);
      log.note("read");
    });
    await_go();
    const auto end = end_of(waiting, [&] { otp::exit(waiting, otp::reason::kill); });
    return log.text() + ", " + end;
  });
  CHECK(seen == "socket still open, unwound, killed");
}

TEST_CASE("a process that is killed within a composed operation is unwound", "[asio][P-029]") {
  const auto seen = threaded([] {
    const journal log;
    const auto boss = self();
    const auto waiting = otp::spawn([=] {
      const witness outer{log, "unwound"};
      auto [here, there] = connected_sockets();
      asio::write(there, asio::buffer("some", 4));
      std::string bytes(100, ' ');
      // The first part is there, the rest never comes.
      asio::steady_timer soon{io_executor(), 1ms};
      soon.async_wait([boss](error_code) { let_go(boss); });
      asio::async_read(here, asio::buffer(bytes), otp::yield);
    });
    await_go();
    const auto end = end_of(waiting, [&] { otp::exit(waiting, "stopped"); });
    return log.text() + ", " + end;
  });
  CHECK(seen == "unwound, stopped");
}

TEST_CASE("an operation that completes although its process is being killed changes nothing",
          "[asio][P-029]") {
  const auto seen = threaded([] {
    std::string ends;
    for (int i = 0; i < 100; ++i) {
      const auto boss = self();
      const auto waiting = otp::spawn([boss] {
        asio::steady_timer timer{io_executor(), 0ms};
        let_go(boss);
        timer.async_wait(otp::yield);
        await_go();
      });
      await_go();
      const auto end = end_of(waiting, [&] { otp::exit(waiting, otp::reason::kill); });
      if (end != "killed") ends += end;
    }
    return ends;
  });
  CHECK(seen.empty());
}

// ---- executors

TEST_CASE("io_executor is the executor of the thread that carries the process", "[asio]") {
  const auto seen = threaded([] {
    const auto boss = self();
    const auto here = std::this_thread::get_id();
    asio::post(io_executor(),
               [=] { tell(boss, std::this_thread::get_id() == here ? "same thread" : "another"); });
    return hear();
  });
  CHECK(seen == "same thread");
}

TEST_CASE("next_io_executor gives the threads in turn", "[asio]") {
  otp::runtime world{quiet};
  const auto scope = world.enter();
  const auto first = otp::this_runtime::next_io_executor();
  const auto second = otp::this_runtime::next_io_executor();
  CHECK(first != second);
  CHECK(first == otp::this_runtime::next_io_executor());
}

// ---- where waiting is refused

TEST_CASE("yield and io_executor need a process, and begin nothing without one", "[asio]") {
  asio::io_context io;
  asio::steady_timer timer{io, 1ms};
  CHECK_THROWS_AS(timer.async_wait(otp::yield), otp::not_a_process);
  CHECK_THROWS_AS(io_executor(), otp::not_a_process);
  CHECK(timer.cancel() == 0);
}

TEST_CASE("an Asio handler on a scheduler thread may not wait", "[asio]") {
  const auto seen = threaded([] {
    const auto boss = self();
    const auto ref = otp::start<scripted>();
    asio::post(io_executor(), [=] {
      const auto called = refusal_of([&] { otp::call(ref, ask{say("never")}); });
      const auto started = refusal_of([&] { otp::start<scripted>(); });
      const auto slept = refusal_of([&] { otp::sleep(1ms); });
      tell(boss, called == started ? called : "they differ");
      tell(boss, slept.substr(0, 44));
    });
    return hear(2);
  });
  CHECK(seen ==
        "otp: a blocking call in an Asio handler would stop a scheduler thread: use a completion "
        "token, or call from a process, otp::sleep was called outside of a process: ");
}

TEST_CASE("a process may not wait inside a handler of an io_context that it runs itself",
          "[asio]") {
  const auto seen = threaded([] {
    asio::io_context io;
    std::string slept;
    std::string called;
    const auto ref = otp::start<scripted>();
    asio::post(io, [&] { slept = refusal_of([] { otp::sleep(1ms); }); });
    asio::post(io, [&] { called = refusal_of([&] { otp::call(ref, ask{say("never")}); }); });
    io.run();
    // And afterwards it may.
    otp::sleep(1ms);
    return fmt::format("{}, {}, {}", slept, called == slept, otp::call(ref, ask{say("fine")}));
  });
  CHECK(seen == no_wait_in_handlers + ", true, fine"s);
}

TEST_CASE("a process may not wait inside a handler of its thread's own context", "[asio]") {
  const auto seen = threaded([]() -> std::string {
    auto& io = static_cast<asio::io_context&>(asio::query(io_executor(), asio::execution::context));
    std::string refused;
    asio::post(io, [&] { refused = refusal_of([] { otp::sleep(1ms); }); });
    // Waits for the handler without letting the thread run it.
    while (refused.empty()) io.poll();
    return refused;
  });
  CHECK(seen == no_wait_in_handlers);
}

// ---- a guest

TEST_CASE("a runtime that is a guest of an io_context waits for operations of that context",
          "[asio]") {
  asio::io_context io;
  std::string told;
  {
    otp::runtime guest{io.get_executor(), {.console = {}}};
    guest.spawn([&] {
      auto [here, there] = connected_sockets();
      otp::spawn([&] {
        asio::steady_timer timer{io_executor(), 1ms};
        timer.async_wait(otp::yield);
        asio::async_write(there, asio::buffer("hello", 5), otp::yield);
      });
      std::string text(5, ' ');
      asio::async_read(here, asio::buffer(text), otp::yield);
      otp::sleep(1ms);
      told = text + ", " + otp::call(otp::start<scripted>(), ask{say("called")});
    });
    io.run_for(30s);
  }
  CHECK(told == "hello, called");
}

TEST_CASE("a process of a guest may not wait inside a handler of its host", "[asio]") {
  asio::io_context io;
  std::string slept;
  {
    otp::runtime guest{io.get_executor(), {.console = {}}};
    guest.spawn([&] {
      asio::post(io, [&] { slept = refusal_of([] { otp::sleep(1ms); }); });
      while (slept.empty()) io.poll_one();
      otp::sleep(1ms);
      slept += ", later";
      io.stop();
    });
    io.run_for(30s);
  }
  CHECK(slept == no_wait_in_handlers + ", later"s);
}
