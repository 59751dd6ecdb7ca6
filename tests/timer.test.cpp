// Messages that are sent later: send_after, cancel_timer, read_timer.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/timer.hpp>

#include <limits>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace otp_test;
using otp::this_process::self;
using otp::this_runtime::now;

namespace {

using duration = std::chrono::nanoseconds;

std::string milliseconds(const std::optional<duration>& left) {
  if (!left) return "none";
  return fmt::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(*left).count());
}

void leave(const otp::pid& who) {
  end_of(who, [who] { otp::exit(who, otp::reason::kill); });
}

}  // namespace

TEST_CASE("a timed message comes once and not early", "[P-089]") {
  CHECK(always([] {
          const auto start = now();
          otp::send_after(3ms, self(), note{"tick"});
          const auto first = hear();
          const bool early = now() - start < 3ms;
          return fmt::format("{} {} {}", first, early, hear(5ms));
        }) == "tick false silence");
}

TEST_CASE("in a simulation a timed message comes at its very time", "[P-089]") {
  CHECK(simulated([] {
          for (const auto delay : {1ns, duration{32768}, duration{3'000'001}, duration{30min}}) {
            const auto start = now();
            otp::send_after(delay, self(), note{"tick"});
            hear(24h);
            const auto passed = now() - start;
            if (passed != delay) return fmt::format("{} after {}", passed.count(), delay.count());
          }
          return "exact"s;
        }) == "exact");
}

TEST_CASE("cancelling a timer says what was left, and its message never comes", "[P-090]") {
  CHECK(simulated([] {
          const auto timer = otp::send_after(100ms, self(), note{"tick"});
          otp::sleep(30ms);
          const auto left = otp::cancel_timer(timer);
          return milliseconds(left) + " " + hear(1s);
        }) == "70 silence");
  CHECK(threaded([] {
          const auto timer = otp::send_after(1h, self(), note{"tick"});
          const auto left = otp::cancel_timer(timer);
          return left && *left <= 1h && *left > 59min;
        }) == "true");
}

TEST_CASE("a timer that fired, was cancelled, or never was cannot be cancelled", "[P-091]") {
  CHECK(always([] {
          const auto fired = otp::send_after(1ms, self(), note{"tick"});
          hear();
          const auto cancelled = otp::send_after(1h, self(), note{"tick"});
          otp::cancel_timer(cancelled);
          return fmt::format("{} {} {}", milliseconds(otp::cancel_timer(fired)),
                             milliseconds(otp::cancel_timer(cancelled)),
                             milliseconds(otp::cancel_timer(otp::timer_ref{})));
        }) == "none none none");
}

TEST_CASE("a reference stays void when the timer behind it is used again", "[P-091]") {
  CHECK(always([] {
          std::vector<otp::timer_ref> old;
          for (int i = 0; i < 600; ++i) {
            const auto timer = otp::send_after(1h, self(), note{"old"});
            otp::cancel_timer(timer);
            old.push_back(timer);
          }
          for (int i = 0; i < 600; ++i) otp::send_after(1ms, self(), note{"new"});
          for (const auto& timer : old) {
            if (otp::read_timer(timer) || otp::cancel_timer(timer)) return "confused"s;
          }
          for (int i = 0; i < 600; ++i) {
            if (hear() != "new") return "lost"s;
          }
          return "void"s;
        }) == "void");
}

TEST_CASE("cancelling too late leaves the message in the mailbox", "[P-092]") {
  CHECK(simulated([] {
          const auto timer = otp::send_after(1ms, self(), note{"tick"});
          otp::sleep(2ms);
          return milliseconds(otp::cancel_timer(timer)) + " " + hear_all();
        }) == "none tick");
}

TEST_CASE("a cancel that returned a time is never followed by the message", "[P-093]") {
  CHECK(threaded([] {
          for (int i = 0; i < 200; ++i) {
            const auto timer = otp::send_after(std::chrono::microseconds{i}, self(), note{"tick"});
            otp::receive([](int) {}, otp::after(std::chrono::microseconds{i}, [] {}));
            const bool cancelled = otp::cancel_timer(timer).has_value();
            const bool came = cancelled ? hear(0s) == "tick" : hear() != "tick";
            if (came) return fmt::format("round {}: cancelled {}", i, cancelled);
          }
          return "kept"s;
        }) == "kept");
}

TEST_CASE("reading a timer does not disturb it", "[P-094]") {
  CHECK(simulated([] {
          const auto timer = otp::send_after(100ms, self(), note{"tick"});
          const auto full = otp::read_timer(timer);
          otp::sleep(40ms);
          const auto part = otp::read_timer(timer);
          const auto heard = hear();
          return fmt::format("{} {} {} {}", milliseconds(full), milliseconds(part), heard,
                             milliseconds(otp::read_timer(timer)));
        }) == "100 60 tick none");
}

TEST_CASE("a timer is dropped with the process that it is for", "[P-095]") {
  CHECK(always([] {
          const auto p = puppet();
          const auto timer = otp::send_after(1h, p, note{"tick"});
          const bool before = otp::read_timer(timer).has_value();
          leave(p);
          return fmt::format("{} {} {}", before, milliseconds(otp::read_timer(timer)),
                             milliseconds(otp::cancel_timer(timer)));
        }) == "true none none");
}

TEST_CASE("a timer for a dead process fires into nothing", "[P-095]") {
  CHECK(simulated([] {
          const auto p = puppet();
          leave(p);
          const auto timer = otp::send_after(1ms, p, note{"tick"});
          otp::sleep(10ms);
          return milliseconds(otp::read_timer(timer)) + hear_all();
        }) == "none");
}

TEST_CASE("a timer survives the process that started it", "[P-096]") {
  CHECK(always([] {
          const auto p = otp::spawn([me = self()] { otp::send_after(2ms, me, note{"tick"}); });
          await_end(p);
          return hear();
        }) == "tick");
}

TEST_CASE("a timer for a name finds the holder when it fires", "[P-097]") {
  CHECK(simulated([] {
          const auto first = puppet();
          const auto second = puppet();
          in(first, [] { otp::register_name("moving"); });
          otp::send_after(10ms, "moving", note{"tick"});
          in(first, [] { otp::unregister_name("moving"); });
          in(second, [] { otp::register_name("moving"); });
          otp::sleep(20ms);
          const auto hears = [] { return hear_all(); };
          return in(first, hears) + "/" + in(second, hears);
        }) == "/tick");
  CHECK(threaded([] {
          otp::send_after(2ms, "later", note{"tick"});
          otp::register_name("later");
          return hear();
        }) == "tick");
}

TEST_CASE("a timer for a name that is free when it fires loses its message", "[P-098]") {
  CHECK(simulated([] {
          const auto timer = otp::send_after(1ms, "nobody", note{"tick"});
          otp::sleep(2ms);
          return milliseconds(otp::read_timer(timer)) + hear_all();
        }) == "none");
}

TEST_CASE("messages come in the order of their times, whatever was started first", "[P-099]") {
  CHECK(simulated([] {
          for (const int i : {30, 5, 20, 1, 700, 9, 300, 2}) {
            otp::send_after(std::chrono::milliseconds{i}, self(), i);
          }
          std::string all;
          for (int i = 0; i < 8; ++i) all += otp::receive([](int n) { return fmt::format("{} ", n); });
          return all;
        }) == "1 2 5 9 20 30 300 700 ");
  CHECK(threaded([] {
          for (const int i : {3, 1, 2}) otp::send_after(std::chrono::milliseconds{2 * i}, self(), i);
          std::string all;
          for (int i = 0; i < 3; ++i) all += otp::receive([](int n) { return fmt::format("{} ", n); });
          return all;
        }) == "1 2 3 ");
}

TEST_CASE("messages of the same time come in the order they were started", "[P-100]") {
  CHECK(simulated([] {
          for (int i = 0; i < 10; ++i) otp::send_after(5ms, self(), i);
          std::string all;
          for (int i = 0; i < 10; ++i) all += otp::receive([](int n) { return fmt::to_string(n); });
          return all;
        }) == "0123456789");
}

TEST_CASE("a delay of zero still goes through the mailbox", "[P-101]") {
  CHECK(always([] {
          otp::send_after(0s, self(), note{"timed"});
          tell(self(), "plain");
          const auto first = hear(0s);
          return first + ", " + hear();
        }) == "plain, timed");
}

TEST_CASE("a negative delay is refused", "[P-102]") {
  CHECK(always([] {
          try {
            otp::send_after(-1ns, self(), note{"tick"});
          } catch (const std::invalid_argument& error) {
            return std::string{error.what()};
          }
          return "accepted"s;
        }) == "otp::send_after: the delay is negative; give a duration of zero or more");
}

TEST_CASE("a started timer tells which timer it was", "[P-104]") {
  CHECK(always([] {
          const auto first = otp::start_timer(1ms, self(), note{"tick"});
          const auto second = otp::start_timer(2ms, self(), note{"tock"});
          const auto told = [&] {
            return otp::receive([&](const otp::timeout_of<note>& t) {
              return fmt::format("{} {} {}", t.message.text, t.ref == first, t.ref == second);
            });
          };
          const auto one = told();
          return one + ", " + told();
        }) == "tick true false, tock false true");
}

TEST_CASE("a late message of a timer that was replaced can be told apart", "[P-104]") {
  CHECK(simulated([] {
          auto current = otp::start_timer(1ms, self(), note{"old"});
          otp::sleep(2ms);
          const bool too_late = !otp::cancel_timer(current);
          current = otp::start_timer(1ms, self(), note{"new"});
          std::string heard;
          for (int i = 0; i < 2; ++i) {
            otp::receive([&](const otp::timeout_of<note>& t) {
              if (t.ref == current) heard += t.message.text;
            });
          }
          return fmt::format("{} {}", too_late, heard);
        }) == "true new");
}

TEST_CASE("a started timer finds the holder of a name, and is cancelled as any other", "[P-104]") {
  CHECK(always([] {
          otp::register_name("here");
          const auto never = otp::start_timer(1h, "here", 1);
          const auto soon = otp::start_timer(1ms, "here", 2);
          const bool left = otp::read_timer(never) && otp::cancel_timer(never);
          return otp::receive([&](const otp::timeout_of<int>& t) {
            return fmt::format("{} {} {}", left, t.message, t.ref == soon);
          });
        }) == "true 2 true");
}

TEST_CASE("an interval repeats at its times until it is cancelled", "[P-105]") {
  CHECK(simulated([] {
          const auto start = now();
          const auto timer = otp::send_interval(10ms, self(), note{"tick"});
          std::string heard;
          for (int i = 0; i < 3; ++i) {
            heard += hear();
            heard += fmt::format(" {}, ", (now() - start) / 1ms);
          }
          otp::sleep(4ms);
          heard += milliseconds(otp::cancel_timer(timer));
          heard += " " + hear(1s);
          return heard + " " + milliseconds(otp::cancel_timer(timer));
        }) == "tick 10, tick 20, tick 30, 6 silence none");
  CHECK(threaded([] {
          const auto timer = otp::send_interval(1us, self(), note{"tick"});
          const auto heard = hear(3);
          const bool cancelled = otp::cancel_timer(timer).has_value();
          return fmt::format("{} {}", heard, cancelled);
        }) == "tick, tick, tick true");
}

TEST_CASE("an interval that is late makes up for it", "[P-105]") {
  CHECK(simulated([] {
          otp::send_interval(10ms, self(), note{"tick"});
          otp::sleep(35ms);
          return hear_all();
        }) == "tick, tick, tick");
}

TEST_CASE("an interval ends with the process that it is for, not with who started it", "[P-105]") {
  CHECK(simulated([] {
          const auto p = puppet();
          const auto starter = puppet();
          otp::timer_ref timer;
          otp::timer_ref mine;
          in(starter, [&, me = self()] {
            timer = otp::send_interval(10ms, p, note{"tick"});
            mine = otp::send_interval(10ms, me, note{"tock"});
          });
          leave(starter);
          otp::sleep(25ms);
          const auto before = in(p, [] { return hear_all(); });
          const bool runs = otp::read_timer(timer).has_value();
          leave(p);
          const auto after = milliseconds(otp::read_timer(timer));
          otp::sleep(100ms);
          otp::cancel_timer(mine);
          return fmt::format("{} {} {} {}", before, runs, after, hear(2));
        }) == "tick, tick true none tock, tock");
}

TEST_CASE("another thread may cancel an interval at any moment", "[P-105]") {
  CHECK(threaded([] {
          for (int i = 0; i < 100; ++i) {
            const auto timer = otp::send_interval(1us, self(), i);
            otp::receive([](int) {});
            const auto cancelled = in(puppet(), [timer] { return otp::cancel_timer(timer).has_value(); });
            if (cancelled != "true" || otp::read_timer(timer)) return "confused"s;
          }
          return "over"s;
        }) == "over");
}

TEST_CASE("an interval of zero is refused", "[P-102][P-105]") {
  CHECK(always([] {
          try {
            otp::send_interval(0s, self(), note{"tick"});
          } catch (const std::invalid_argument& error) {
            return std::string{error.what()};
          }
          return "accepted"s;
        }) == "otp::send_interval: the interval is zero; give a positive one");
}

TEST_CASE("an interval may outlive its runtime", "[P-105]") {
  otp::timer_ref timer;
  {
    otp::runtime rt{quiet};
    const auto scope = rt.enter();
    timer = otp::send_interval(1us, otp::spawn(obey), note{"tick"});
    CHECK(otp::read_timer(timer));
  }
  otp::testing::simulation sim{1, quiet};
  CHECK(!otp::read_timer(timer));
}

TEST_CASE("another process may cancel a timer", "[P-103]") {
  CHECK(always([] {
          const auto p = puppet();
          const auto timer = otp::send_after(1h, self(), note{"tick"});
          const auto left = in(p, [timer] { return otp::cancel_timer(timer).has_value(); });
          return fmt::format("{} {}", left, milliseconds(otp::read_timer(timer)));
        }) == "true none");
}

TEST_CASE("the longest delay that can be written never fires", "[P-089]") {
  CHECK(always([] {
          const auto timer = otp::send_after(duration::max(), self(), note{"tick"});
          const auto left = otp::read_timer(timer);
          return fmt::format("{} {}", left && *left > 24h * 365 * 100, hear(1ms));
        }) == "true silence");
}

TEST_CASE("a plain thread may start and cancel timers", "[P-103]") {
  otp::runtime rt{quiet};
  const auto scope = rt.enter();
  std::promise<std::string> heard;
  const auto p = otp::spawn([&] { heard.set_value(hear()); });
  const auto cancelled = otp::send_after(1h, p, note{"cancelled"});
  CHECK(otp::cancel_timer(cancelled));
  CHECK(!otp::cancel_timer(cancelled));
  otp::send_after(1ms, p, note{"tick"});
  CHECK(heard.get_future().get() == "tick");
}

TEST_CASE("a timer may outlive its runtime", "[P-091]") {
  otp::timer_ref to_pid;
  otp::timer_ref to_name;
  const auto guard = std::make_shared<int>(0);
  {
    otp::runtime rt{quiet};
    const auto scope = rt.enter();
    std::promise<otp::timer_ref> started;
    otp::spawn([&] {
      const auto timer = otp::send_after(1h, "name", job{[guard] { return ""s; }, {}});
      started.set_value(timer);
      obey();
    });
    to_name = started.get_future().get();
    to_pid = otp::send_after(1h, otp::spawn(obey), note{"tick"});
    CHECK(otp::read_timer(to_pid));
    CHECK(otp::read_timer(to_name));
    CHECK(guard.use_count() == 2);
  }
  CHECK(guard.use_count() == 1);
  otp::testing::simulation sim{1, quiet};
  CHECK(!otp::read_timer(to_pid));
  CHECK(!otp::read_timer(to_name));
  CHECK(!otp::cancel_timer(to_pid));
  CHECK(!otp::cancel_timer(to_name));
  sim.advance(2h);
}

TEST_CASE("timers need a runtime", "[timer]") {
  CHECK_THROWS_AS(otp::send_after(1ms, otp::pid{}, 1), otp::not_a_process);
}
