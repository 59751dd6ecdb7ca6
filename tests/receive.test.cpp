// Selective receive: which message is taken, what stays, and how long it waits.
#include "support/catch.hpp"
#include "support/scenario.hpp"

#include <memory>
#include <stdexcept>
#include <variant>

using namespace otp_test;
using otp::this_process::self;
using otp::this_runtime::now;

namespace {

struct apple {
  int number;
};
struct pear {
  int number;
};

int number_of(const apple& a) noexcept { return a.number; }

std::string take_apple() {
  return otp::receive([](apple a) { return fmt::format("apple {}", a.number); });
}
std::string take_pear() {
  return otp::receive([](pear p) { return fmt::format("pear {}", p.number); });
}
std::string take_fruit() {
  return otp::receive([](apple a) { return fmt::format("apple {}", a.number); },
                      [](pear p) { return fmt::format("pear {}", p.number); });
}

// Counts how many of it exist.
struct counted {
  explicit counted(int& n) : count{&n} { ++*count; }
  counted(counted&& other) noexcept : count{std::exchange(other.count, nullptr)} {}
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  counted& operator=(counted&&) = delete;
  ~counted() {
    if (count != nullptr) --*count;
  }
  int* count;
};

}  // namespace

template <>
inline constexpr bool otp::enable_sendable<counted> = true;

TEST_CASE("receive takes the oldest message that fits and leaves the others in order", "[P-022]") {
  CHECK(always([] {
          otp::send(self(), apple{1});
          otp::send(self(), apple{2});
          otp::send(self(), pear{1});
          otp::send(self(), apple{3});
          otp::send(self(), pear{2});
          auto all = take_pear();
          for (int i = 0; i < 4; ++i) all += ", " + take_fruit();
          return all;
        }) == "pear 1, apple 1, apple 2, apple 3, pear 2");
}

TEST_CASE("receive takes the oldest that any handler accepts, not the first handler's", "[P-022]") {
  CHECK(always([] {
          otp::send(self(), pear{1});
          otp::send(self(), apple{1});
          return otp::receive([](apple) { return "apple"s; }, [](pear) { return "pear"s; });
        }) == "pear");
}

TEST_CASE("receive waits for a message that fits while others come", "[P-022]") {
  CHECK(always([] {
          otp::spawn([me = self()] {
            for (int i = 0; i < 10; ++i) otp::send(me, apple{i});
            otp::send(me, pear{1});
            otp::send(me, pear{2});
          });
          auto all = take_pear();
          for (int i = 0; i < 10; ++i) {
            if (take_apple() != fmt::format("apple {}", i)) return "out of order"s;
          }
          return all + ", " + take_pear();
        }) == "pear 1, pear 2");
}

TEST_CASE("a message that comes while receive waits may fit the next receive", "[P-022]") {
  CHECK(always([] {
          otp::spawn([me = self()] {
            otp::receive([](apple) {});
            otp::send(me, apple{1});
            otp::send(me, note{"not asked for"});
            otp::send(me, pear{1});
          });
          const auto helper = otp::spawn([me = self()] { otp::send(me, pear{0}); });
          await_end(helper);
          return take_pear();
        }) == "pear 0");
}

TEST_CASE("a timeout of zero looks at every message before it gives up", "[P-023]") {
  CHECK(always([] {
          for (int i = 0; i < 500; ++i) otp::send(self(), apple{i});
          otp::send(self(), pear{1});
          const auto none = [] { return "none"s; };
          const auto found = otp::receive([](pear) { return "found"s; }, otp::after(0s, none));
          return found + ", " + otp::receive([](pear) { return "found"s; }, otp::after(0s, none));
        }) == "found, none");
}

TEST_CASE("messages that do not fit do not prolong a timeout", "[P-024]") {
  CHECK(simulated([] {
          otp::spawn([me = self()] {
            for (int i = 0; i < 10; ++i) {
              otp::sleep(30ms);
              otp::send(me, apple{i});
            }
          });
          const auto start = now();
          const auto said = otp::receive([](pear) { return "pear"s; },
                                         otp::after(100ms, [] { return "gave up"s; }));
          return fmt::format("{} {}", said, (now() - start) / 1ms);
        }) == "gave up 100");
}

TEST_CASE("a message in time stops the timeout", "[P-024]") {
  CHECK(simulated([] {
          otp::spawn([me = self()] {
            otp::sleep(30ms);
            otp::send(me, pear{1});
          });
          const auto start = now();
          const auto said = otp::receive([](pear) { return "pear"s; },
                                         otp::after(100ms, [] { return "gave up"s; }));
          const auto passed = (now() - start) / 1ms;
          return fmt::format("{} {} {}", said, passed, hear(1s));
        }) == "pear 30 silence");
}

TEST_CASE("receive with only a timeout waits that long", "[P-024]") {
  CHECK(simulated([] {
          const auto start = now();
          otp::send(self(), apple{1});
          const auto said = otp::receive(otp::after(40ms, [] { return "done"s; }));
          return fmt::format("{} {} {}", said, (now() - start) / 1ms, take_apple());
        }) == "done 40 apple 1");
}

TEST_CASE("a negative timeout is over at once", "[P-023]") {
  CHECK(always([] {
          return otp::receive([](pear) { return "pear"s; },
                              otp::after(-1h, [] { return "gave up"s; }));
        }) == "gave up");
}

TEST_CASE("sleep waits at least as long as asked, and messages wait meanwhile", "[P-089]") {
  CHECK(always([] {
          otp::send(self(), apple{1});
          const auto start = now();
          otp::sleep(2ms);
          return fmt::format("{} {}", now() - start >= 2ms, take_apple());
        }) == "true apple 1");
}

TEST_CASE("receive returns what the handler returns", "[receive]") {
  CHECK(always([] {
          otp::send(self(), apple{20});
          otp::send(self(), pear{22});
          const int sum = otp::receive([](apple a) { return a.number; }) +
                          otp::receive([](pear p) { return p.number; });
          otp::send(self(), apple{1});
          auto owned = otp::receive([](apple) { return std::make_unique<int>(7); });
          return sum + *owned;
        }) == "49");
}

TEST_CASE("handlers may take the message by value or by reference, and be plain functions",
          "[receive]") {
  CHECK(always([] {
          for (int i = 1; i <= 6; ++i) otp::send(self(), apple{i});
          int sum = otp::receive([](apple a) { return a.number; });
          sum += 10 * otp::receive([](const apple& a) { return a.number; });
          sum += 100 * otp::receive([](apple&& a) { return a.number; });
          int (*const function)(apple) = [](apple a) { return a.number; };
          sum += 1000 * otp::receive(function);
          sum += 10000 * otp::receive([n = 0](apple a) mutable noexcept { return n += a.number; });
          sum += 100000 * otp::receive(number_of);
          return sum;
        }) == "654321");
}

TEST_CASE("messages may be move-only", "[P-014]") {
  CHECK(always([] {
          otp::send(self(), std::vector<std::unique_ptr<int>>{});
          otp::send(self(), std::make_unique<int>(5));
          return otp::receive([](std::unique_ptr<int> n) { return *n; });
        }) == "5");
}

TEST_CASE("an exception of a handler leaves receive, and the message is gone", "[receive]") {
  CHECK(always([] {
          int exist = 0;
          otp::send(self(), counted{exist});
          otp::send(self(), apple{1});
          try {
            otp::receive([](const counted&) { throw std::runtime_error{"boom"}; });
          } catch (const std::runtime_error&) {
          }
          return fmt::format("{} {}", exist, take_apple());
        }) == "0 apple 1");
}

TEST_CASE("messages that are never received are destroyed with the process", "[P-046]") {
  CHECK(simulated([] {
          int exist = 0;
          const auto p = otp::spawn([] { take_pear(); });
          for (int i = 0; i < 10; ++i) otp::send(p, counted{exist});
          const int before = exist;
          otp::exit(p, otp::reason::kill);
          await_end(p);
          for (int i = 0; i < 10; ++i) otp::send(p, counted{exist});
          return fmt::format("{} {}", before, exist);
        }) == "10 0");
}

TEST_CASE("receive works inside a handler of receive", "[receive]") {
  CHECK(always([] {
          otp::send(self(), apple{1});
          otp::send(self(), pear{1});
          otp::send(self(), apple{2});
          return otp::receive([](apple a) { return fmt::format("{} {}", a.number, take_apple()); }) +
                 " " + take_pear();
        }) == "1 apple 2 pear 1");
}

TEST_CASE("receive works in a catch block, whatever others throw meanwhile", "[receive]") {
  CHECK(always([] {
          const auto throwing = [](std::string text, otp::pid partner) {
            try {
              throw std::runtime_error{text};
            } catch (const std::runtime_error& error) {
              if (partner) otp::send(partner, pear{1});
              take_pear();
              try {
                throw;
              } catch (const std::runtime_error& same) {
                return same.what() == text && error.what() == text;
              }
            }
          };
          const auto p = otp::spawn([throwing, me = self()] {
            tell(me, throwing("theirs", me) ? "kept" : "mixed up");
          });
          const bool mine = throwing("mine", {});
          otp::send(p, pear{2});
          return fmt::format("{} {}", hear(), mine);
        }) == "kept true");
}

TEST_CASE("ten thousand messages that do not fit cost one look each", "[P-022]") {
  CHECK(always([] {
          const auto p = otp::spawn([me = self()] {
            for (int i = 0; i < 10'000; ++i) otp::send(me, apple{i});
            for (int i = 0; i < 10'000; ++i) otp::send(me, pear{i});
          });
          for (int i = 0; i < 10; ++i) take_pear();
          await_end(p);
          return take_apple();
        }) == "apple 0");
}

TEST_CASE("replies to other questions do not disturb a receive", "[P-022]") {
  CHECK(always([] {
          const auto echo = puppet();
          std::string all;
          for (int i = 0; i < 20; ++i) {
            tell(self(), fmt::to_string(i));
            all += in(echo, [] { return "."; });
          }
          return all + hear(20).substr(0, 7);
        }) == "....................0, 1, 2");
}

TEST_CASE("any_message takes the oldest of what the handlers before it do not", "[P-022]") {
  CHECK(always([] {
          tell(self(), "first");
          otp::send(self(), apple{1});
          otp::send(self(), pear{2});
          const auto next = [] {
            return otp::receive([](apple a) { return fmt::format("apple {}", a.number); },
                                [](otp::any_message m) {
                                  return std::string{m.type.substr(m.type.rfind(':') + 1)};
                                },
                                otp::after(0s, [] { return "nothing"s; }));
          };
          auto all = next();
          for (int i = 0; i < 3; ++i) all += ", " + next();
          return all;
        }) == "note, apple 1, pear, nothing");
}
