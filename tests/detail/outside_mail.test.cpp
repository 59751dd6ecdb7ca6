// What plain threads and other runtimes send to the processes of a runtime with one worker, who alone
// touches their mailboxes: nobody sees a difference.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include "support/scripted.hpp"
#include <otp/call_async.hpp>
#include <otp/detail/outside_mail.hpp>
#include <otp/exit_reason.hpp>
#include <otp/gen_server.hpp>
#include <otp/receive.hpp>
#include <otp/runtime.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <string>
#include <thread>

using namespace otp_test;
using namespace std::chrono_literals;

namespace {

const otp::runtime_options one_thread{.threads = 1, .console = std::nullopt};

struct number {
  int value;
};

struct ball {
  otp::pid from;
  int value;
};

class keeper : public otp::gen_server<keeper> {
 public:
  struct next {
    using reply = int;
  };
  int handle_call(next) { return ++count_; }

 private:
  int count_ = 0;
};

}  // namespace

TEST_CASE("mail is taken in its order, also what comes while some is being delivered",
          "[outside_mail]") {
  otp::detail::outside_mail mail;
  CHECK(mail.empty());
  CHECK(!mail.next());
  mail.put({nullptr, nullptr, false});
  mail.put({nullptr, nullptr, true});
  CHECK(!mail.empty());
  CHECK(mail.next()->is_signal == false);
  mail.put({nullptr, nullptr, false});
  CHECK(mail.next()->is_signal == true);
  CHECK(!mail.empty());
  CHECK(mail.next()->is_signal == false);
  CHECK(!mail.next());
  CHECK(mail.empty());
}

TEST_CASE("a receive that does not wait finds what a plain thread has sent before",
          "[outside_mail][P-023]") {
  std::atomic<bool> sent{false};
  std::promise<int> found;
  otp::runtime rt{one_thread};
  const auto reader = rt.spawn([&] {
    while (!sent) std::this_thread::yield();  // and does not let the worker look
    found.set_value(
        otp::receive([](number n) { return n.value; }, otp::after(0s, [] { return 0; })));
  });
  otp::send(reader, number{7});
  sent = true;
  CHECK(found.get_future().get() == 7);
}

TEST_CASE("what a plain thread sends arrives in its order, signals as well", "[outside_mail][P-016]") {
  constexpr int many = 1000;
  std::promise<void> traps;
  std::promise<int> seen;
  otp::runtime rt{one_thread};
  const auto reader = rt.spawn([&] {
    otp::this_process::trap_exit(true);
    traps.set_value();
    for (int i = 0; i < many; ++i) {
      const int got = otp::receive([](number n) { return n.value; });
      if (got != i) return seen.set_value(got);
    }
    otp::receive([](const otp::exited&) {});
    seen.set_value(many);
  });
  traps.get_future().get();
  for (int i = 0; i < many; ++i) otp::send(reader, number{i});
  otp::exit(reader, otp::reason::shutdown);
  CHECK(seen.get_future().get() == many);
}

TEST_CASE("a call that waits when its server ends hears why, also one from a plain thread",
          "[outside_mail][G-035]") {
  std::promise<void> holds;
  std::promise<void> release;
  std::promise<std::string> told;
  otp::runtime rt{one_thread};
  const auto server = rt.start<keeper>();
  rt.spawn([&] {
    holds.set_value();
    release.get_future().wait();
    otp::exit(server.pid(), otp::reason::kill);  // before the worker has looked for mail
  });
  holds.get_future().get();
  otp::call(server, keeper::next{}, 1h, [&](std::exception_ptr error, int) {
    told.set_value(error ? root_of(otp::exit_reason::from_exception(error)) : "answered");
  });
  release.set_value();
  CHECK(told.get_future().get() == "killed");
}

TEST_CASE("processes of two runtimes with one worker each send to each other", "[outside_mail]") {
  constexpr int rounds = 1000;
  std::promise<int> last;
  otp::runtime one{one_thread};
  otp::runtime other{one_thread};
  const auto echo = other.spawn([] {
    for (;;) {
      otp::receive([](const ball& b) { otp::send(b.from, number{b.value}); });
    }
  });
  one.spawn([&] {
    int got = 0;
    for (int i = 1; i <= rounds; ++i) {
      otp::send(echo, ball{otp::this_process::self(), i});
      got = otp::receive([](number n) { return n.value; });
    }
    last.set_value(got);
  });
  CHECK(last.get_future().get() == rounds);
}

TEST_CASE("what comes for a process that has ended is dropped, and its caller hears so",
          "[outside_mail][P-010]") {
  otp::runtime rt{one_thread};
  const auto server = rt.start<keeper>();
  otp::stop(server);
  otp::send(server.pid(), number{1});
  const auto answer = otp::try_call(server, keeper::next{});
  REQUIRE(!answer);
  CHECK(answer.error().root() == otp::reason::noproc);
}
