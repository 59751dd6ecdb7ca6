// What plain threads and other runtimes send to the processes of a runtime with one worker, who alone
// touches their mailboxes: nobody sees a difference.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include "support/scripted.hpp"
#include <otp/call_async.hpp>
#include <otp/detail/outside_mail.hpp>
#include <otp/detail/signals.hpp>
#include <otp/exit_reason.hpp>
#include <otp/gen_server.hpp>
#include <otp/receive.hpp>
#include <otp/runtime.hpp>
#include <otp/timer.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <utility>

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

// Does `then` at its first message, and counts all of them.
class counter : public otp::gen_server<counter> {
 public:
  counter(int* count, std::function<void()> then) : count_{count}, then_{std::move(then)} {}
  void handle_cast(number) {
    if (++*count_ == 1) then_();
  }

 private:
  int* count_;
  std::function<void()> then_;
};

}  // namespace

TEST_CASE("mail is given in its order: what was opened, and then what came meanwhile",
          "[outside_mail]") {
  otp::detail::outside_mail mail;
  CHECK(mail.empty());
  mail.open();
  CHECK(!mail.next());
  mail.put({nullptr, nullptr, false});
  mail.put({nullptr, nullptr, true});
  CHECK(!mail.empty());
  CHECK(!mail.next());
  mail.open();
  CHECK(mail.next()->is_signal == false);
  mail.put({nullptr, nullptr, false});
  mail.open();  // while something is being delivered
  CHECK(mail.next()->is_signal == true);
  CHECK(!mail.next());
  CHECK(!mail.empty());
  mail.open();
  CHECK(mail.next()->is_signal == false);
  CHECK(!mail.next());
  mail.open();
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

TEST_CASE("what a plain thread sends arrives in its order, signals as well",
          "[outside_mail][P-016]") {
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

TEST_CASE("a kill by a plain thread is noticed at the next message", "[outside_mail][P-029]") {
  std::promise<void> handles;
  std::promise<void> killed;
  std::promise<int> handled;
  int count = 0;
  otp::runtime rt{one_thread};
  const auto busy = rt.start<counter>(&count, [&] {
    handles.set_value();
    killed.get_future().wait();
  });
  rt.spawn([&, busy] {
    for (int i = 0; i < 100; ++i) otp::cast(busy, number{i});
    otp::monitor(busy.pid());
    otp::receive([](const otp::down&) {});
    handled.set_value(count);
  });
  handles.get_future().get();
  otp::exit(busy.pid(), otp::reason::kill);
  killed.set_value();
  CHECK(handled.get_future().get() == 1);
}

TEST_CASE("what a process of another runtime has sent comes before the news of its end",
          "[outside_mail][P-017]") {
  std::promise<otp::pid> reader;
  std::promise<void> ended;
  std::promise<std::string> seen;
  otp::runtime one{one_thread};
  otp::runtime other{one_thread};
  std::promise<otp::pid> sender;
  one.spawn([&] {
    reader.set_value(otp::this_process::self());
    const auto peer = sender.get_future().get();
    ended.get_future().wait();  // holds the thread, so that the mail waits
    otp::monitor(peer);
    std::string order;
    for (int i = 0; i < 2; ++i) {
      order +=
          otp::receive([](number) { return "message "; }, [](const otp::down&) { return "down "; });
    }
    seen.set_value(order);
  });
  const auto to = reader.get_future().get();
  sender.set_value(other.spawn([to] { otp::send(to, number{1}); }));
  while (other.process_count() != 0) std::this_thread::yield();
  ended.set_value();
  CHECK(seen.get_future().get() == "message down ");
}

TEST_CASE("what a plain thread sends comes before what it sends later by a timer",
          "[outside_mail][P-016]") {
  std::promise<void> holds;
  std::promise<void> release;
  std::promise<int> first;
  otp::runtime rt{one_thread};
  const auto scope = rt.enter();
  const auto reader =
      otp::spawn([&] { first.set_value(otp::receive([](number n) { return n.value; })); });
  otp::spawn([&] {
    holds.set_value();
    release.get_future().wait();
  });
  holds.get_future().get();
  otp::send(reader, number{1});
  otp::send_after(0ns, reader, number{2});
  release.set_value();
  CHECK(first.get_future().get() == 1);
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

TEST_CASE("very many signals for one that has ended do not nest", "[outside_mail]") {
  otp::runtime rt{one_thread};
  const auto server = rt.start<keeper>();
  const auto gone = rt.start<keeper>().pid();
  otp::exit(gone, otp::reason::kill);
  while (rt.process_count() != 1) std::this_thread::yield();
  for (int i = 0; i < 100'000; ++i) {  // as if it had ended just now
    auto& signal = *otp::detail::make_envelope<otp::detail::exit_signal>(
        gone.serial, otp::pid{}, otp::reason::shutdown, false);
    otp::detail::post_to_lone(otp::detail::process_arena::at(gone.slot), signal, true);
  }
  CHECK(otp::call(server, keeper::next{}) == 1);
}
