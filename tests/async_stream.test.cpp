// Streams of tasks: the order of results, how many run at once, failures and time limits.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/async_stream.hpp>
#include <otp/task_supervisor.hpp>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace {

/// Everything that is left in the mailbox or comes soon: exits, ends and notes by their text.
std::string rest() {
  std::string all;
  for (;;) {
    const auto next = otp::receive([](note n) { return n.text; },
                                   [](const otp::exited& e) { return "exited " + e.reason.to_string(); },
                                   [](otp::any_message) { return "something"s; },
                                   otp::after(1ms, [] { return ""s; }));
    if (next.empty()) return all.empty() ? "silence" : all;
    all += (all.empty() ? "" : ", ") + next;
  }
}

/// The results of a stream, as text.
template <class Stream>
std::string read(Stream&& stream) {
  std::string text;
  for (auto& each : stream) {
    text += each ? fmt::to_string(*each) : "exit " + each.error().root().to_string();
    text += ' ';
  }
  return text;
}

int hang_at_2(int i) {
  if (i == 2) await_go();
  return i;
}

int boom_at_2(int i) {
  if (i == 2) otp::exit("boom"s);
  return i;
}

/// Input 1 is held back until input 4 has been worked on.
struct held_first {
  otp::pid gate;
  int operator()(int i) const {
    if (i == 1) {
      say_hello(gate);
      await_go();
    }
    if (i == 4) let_go(gate);
    return i;
  }
};

otp::pid make_gate() {
  return otp::spawn([] {
    const auto first = await_hello();
    await_go();
    let_go(first);
  });
}

/// How many are at work, and the most there were.
struct gauge {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  void enter() {
    const int n = ++now;
    for (int seen = most; n > seen && !most.compare_exchange_weak(seen, n);) {
    }
  }
  void leave() { --now; }
};

/// 1, 2, 3 and so on without end; counts how many were taken.
struct numbers {
  struct iterator {
    int n;
    int* taken;
    int operator*() const { return n; }
    iterator& operator++() {
      ++n;
      *taken = n - 1;
      return *this;
    }
    friend bool operator==(const iterator&, std::default_sentinel_t) { return false; }
  };
  int* taken;
  iterator begin() const { return {1, taken}; }
  std::default_sentinel_t end() const { return {}; }
};

}  // namespace

TEST_CASE("results come in the order of the inputs, whatever the order of the ends",
          "[T-031][T-034]") {
  CHECK(always([] {
          const auto text = read(otp::async_stream({1, 2, 3, 4, 5}, held_first{make_gate()},
                                                   {.max_concurrency = 2}));
          return text + rest();
        }) == "1 2 3 4 5 silence");
}

TEST_CASE("unordered results come as they are ready", "[T-032]") {
  CHECK(always([] {
          const auto text = read(otp::async_stream({1, 2, 3, 4}, held_first{make_gate()},
                                                   {.max_concurrency = 2, .ordered = false}));
          return text.substr(0, 4);
        }) == "2 3 ");
}

TEST_CASE("no more than max_concurrency tasks run at once", "[T-033]") {
  CHECK(always([] {
          const auto level = std::make_shared<gauge>();
          std::vector<int> inputs(20, 1);
          read(otp::async_stream(inputs,
                                 [level](int i) {
                                   level->enter();
                                   otp::sleep(1us);
                                   level->leave();
                                   return i;
                                 },
                                 {.max_concurrency = 3}));
          return level->most == 3;
        }) == "true");
}

TEST_CASE("by default as many tasks run as the runtime has threads", "[T-033]") {
  CHECK(simulated([] {
          int taken = 0;
          otp::async_stream(numbers{&taken}, [](int i) { return i; }).next();
          return taken;
        }) == "2");
}

TEST_CASE("a task that takes too long ends the consumer with timeout, and the others are killed",
          "[T-035][K-016]") {
  CHECK(always([] {
          std::string caught;
          try {
            read(otp::async_stream({1, 2, 3}, hang_at_2, {.max_concurrency = 3, .timeout = 1ms}));
          } catch (const otp::exit_error& error) {
            caught = error.reason().root().to_string();
          }
          return caught + " " + rest();
        }) == "timeout silence");
}

TEST_CASE("a task that takes too long may be killed for a result instead", "[T-036][K-016]") {
  CHECK(always([] {
          const otp::stream_options kill{.max_concurrency = 3,
                                         .timeout = 50ms,
                                         .on_timeout = otp::on_timeout::kill_task};
          const auto text = read(otp::async_stream({1, 2, 3}, hang_at_2, kill));
          return text + rest();
        }) == "1 exit timeout 3 silence");
}

TEST_CASE("a task that fails takes a consumer along that does not trap exits", "[T-037]") {
  CHECK(always([] {
          return end_of_body([] { read(otp::async_stream({1, 2, 3}, boom_at_2)); });
        }) == "boom");
}

TEST_CASE("a failure is a result for a consumer that traps exits, and nothing is left behind",
          "[T-038]") {
  CHECK(always([] {
          trap_exit(true);
          const auto text = read(otp::async_stream({1, 2, 3}, boom_at_2));
          return text + rest();
        }) == "1 exit boom 3 silence");
}

TEST_CASE("with tasks that are not linked a failure is a result", "[T-039][K-015]") {
  CHECK(always([] {
          const auto tasks = otp::start(otp::task_supervisor_spec{});
          const auto text = read(otp::async_stream_nolink(tasks, std::vector{1, 2, 3}, boom_at_2));
          return text + rest();
        }) == "1 exit boom 3 silence");
  CHECK(always([] {
          const auto tasks = otp::start(otp::task_supervisor_spec{});
          const auto text = read(otp::async_stream(tasks, std::vector{1, 3}, boom_at_2));
          return text + rest();
        }) == "1 3 silence");
}

TEST_CASE("a consumer that stops early kills the outstanding tasks", "[T-040]") {
  CHECK(always([] {
          trap_exit(true);
          const auto boss = self();
          const auto work = [boss](int i) {
            if (i == 1) return i;
            if (i == 2) say_hello(boss);
            await_go();
            return i;
          };
          for (auto& first : otp::async_stream({1, 2, 3}, work, {.max_concurrency = 3})) {
            (void)first;
            const auto second = await_hello();
            otp::monitor(second);
            break;
          }
          const auto text = otp::receive([](const otp::down& d) { return d.reason.to_string(); });
          return text + " " + rest();
        }) == "killed silence");
}

TEST_CASE("inputs are taken only when there is room for their task", "[T-041]") {
  CHECK(always([] {
          int taken = 0;
          auto stream = otp::async_stream(numbers{&taken}, [](int i) { return i; },
                                          {.max_concurrency = 2, .ordered = false});
          auto text = fmt::format("{} ", taken);
          for (int i = 0; i < 3; ++i) stream.next();
          return text + (taken <= 5 ? "few" : "many");
        }) == "0 few");
}

TEST_CASE("no inputs give no results", "[T-042]") {
  CHECK(always([] {
          const std::vector<int> none;
          const auto text = read(otp::async_stream(none, boom_at_2));
          return text + rest();
        }) == "silence");
}

TEST_CASE("a stream is read by the process that made it", "[T-012]") {
  CHECK(always([] {
          auto stream = otp::async_stream({1}, boom_at_2);
          return in(puppet(), [&stream] {
            try {
              stream.next();
            } catch (const std::invalid_argument&) {
              return "refused"s;
            }
            return "read"s;
          });
        }) == "refused");
}
