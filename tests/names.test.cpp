// Registered names.
#include "support/catch.hpp"
#include "support/scenario.hpp"

#include <stdexcept>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace {

// A puppet with a name.
otp::pid holder_of(std::string name) {
  const auto p = puppet();
  in(p, [name] { otp::register_name(name); });
  return p;
}

template <class Work>
bool refused(Work work) {
  try {
    work();
  } catch (const std::invalid_argument&) {
    return true;
  }
  return false;
}

void leave(const otp::pid& who) {
  end_of(who, [who] {
    otp::send(who, job{[]() -> std::string { otp::exit("bye"s); }, {}});
  });
}

}  // namespace

TEST_CASE("a name leads to its holder, a free one to nobody", "[P-106]") {
  CHECK(always([] {
          const auto p = holder_of("known");
          return fmt::format("{} {}", otp::whereis("known") == p, otp::whereis("unknown") == otp::pid{});
        }) == "true true");
}

TEST_CASE("a name that is taken is refused, and its holder keeps it", "[P-107]") {
  CHECK(always([] {
          const auto p = holder_of("taken");
          const bool other = refused([] { otp::register_name("taken"); });
          const auto again = in(p, [] { return refused([] { otp::register_name("taken"); }); });
          return fmt::format("{} {} {}", other, again, otp::whereis("taken") == p);
        }) == "true true true");
}

TEST_CASE("the refusal says who holds the name", "[P-107]") {
  CHECK(always([] {
          const auto p = holder_of("taken");
          try {
            otp::register_name("taken");
          } catch (const std::invalid_argument& error) {
            return std::string{error.what()}.find(fmt::to_string(p)) != std::string::npos;
          }
          return false;
        }) == "true");
}

TEST_CASE("a process may have several names", "[P-108]") {
  CHECK(always([] {
          otp::register_name("one");
          otp::register_name("two");
          otp::unregister_name("one");
          otp::register_name("three");
          const auto names = otp::this_process::names();
          return fmt::format("{} {} {}", names.size(), names.at(0), names.at(1));
        }) == "2 two three");
}

TEST_CASE("a name that nobody holds cannot be taken away", "[P-110]") {
  CHECK(always([] { return refused([] { otp::unregister_name("unknown"); }); }) == "true");
}

TEST_CASE("a name is free when anyone sees the end of its holder", "[P-111]") {
  CHECK(always([] {
          trap_exit(true);
          for (int i = 0; i < 50; ++i) {
            const auto body = [] { otp::register_name("short-lived"); };
            otp::spawn_monitor(body);
            hear();
            if (otp::whereis("short-lived")) return "seen after DOWN"s;
            otp::spawn_link(body);
            hear();
            if (otp::whereis("short-lived")) return "seen after EXIT"s;
          }
          return "free"s;
        }) == "free");
}

TEST_CASE("a name is free for whoever sees that its holder was killed", "[P-111]") {
  CHECK(always([] {
          const auto p = holder_of("victim");
          end_of(p, [p] { otp::exit(p, otp::reason::kill); });
          return otp::whereis("victim") == otp::pid{};
        }) == "true");
}

TEST_CASE("the name of a dead process can be taken at once", "[P-112]") {
  CHECK(always([] {
          for (int i = 0; i < 50; ++i) {
            otp::spawn_monitor([] { otp::register_name("inherited"); });
            hear();
            otp::register_name("inherited");
            otp::unregister_name("inherited");
          }
          return "every time"s;
        }) == "every time");
}

TEST_CASE("a message to a name goes to who holds it then", "[P-113]") {
  CHECK(always([] {
          const auto first = holder_of("moving");
          otp::send("moving", note{"1"});
          in(first, [] { otp::unregister_name("moving"); });
          const auto second = holder_of("moving");
          otp::send("moving", note{"2"});
          const auto hears = [] { return hear_all(); };
          return in(first, hears) + " " + in(second, hears);
        }) == "1 2");
}

TEST_CASE("a message to a name that nobody holds is refused", "[P-114]") {
  CHECK(always([] { return refused([] { otp::send("nobody", note{"lost"}); }); }) == "true");
  CHECK(always([] {
          leave(holder_of("was held"));
          return refused([] { otp::send("was held", note{"lost"}); });
        }) == "true");
}

TEST_CASE("a process that gives its name back goes on, and another may take it", "[P-115]") {
  CHECK(always([] {
          const auto p = holder_of("given back");
          in(p, [] { otp::unregister_name("given back"); });
          const auto next = holder_of("given back");
          leave(p);
          return fmt::format("{} {}", lives(next), otp::whereis("given back") == next);
        }) == "true true");
}

TEST_CASE("the list of names holds living processes, sorted by name", "[P-116]") {
  CHECK(always([] {
          holder_of("c");
          holder_of("a");
          leave(holder_of("b"));
          std::string all;
          for (const auto& [name, holder] : otp::registered()) {
            all += name + (otp::is_alive(holder) ? " " : "! ");
          }
          return all;
        }) == "a c ");
}

TEST_CASE("names belong to one runtime", "[names]") {
  otp::testing::simulation one{1};
  otp::spawn([] {
    otp::register_name("local");
    obey();
  });
  one.run_until_idle();
  CHECK(otp::whereis("local"));
  {
    otp::testing::simulation other{1};
    CHECK(!otp::whereis("local"));
    CHECK(one.runtime().whereis("local"));
  }
  CHECK(otp::whereis("local"));
}

TEST_CASE("any bytes may be a name", "[names]") {
  CHECK(always([] {
          const std::string odd{"a\0b \xFF", 5};
          otp::register_name("");
          otp::register_name(odd);
          otp::register_name(std::string(10'000, 'x'));
          return otp::whereis("") == self() && otp::whereis(odd) == self() &&
                 !otp::whereis("a") && otp::whereis(std::string(10'000, 'x')) == self();
        }) == "true");
}

TEST_CASE("a process may name another one, and take the name away", "[P-106][P-115]") {
  CHECK(always([] {
          const auto p = puppet();
          otp::register_name("given", p);
          const bool held = otp::whereis("given") == p;
          otp::unregister_name("given");
          const bool freed = !otp::whereis("given");
          const auto again = in(p, [] {
            otp::register_name("given");
            return otp::whereis("given") == self();
          });
          return fmt::format("{} {} {}", held, freed, again);
        }) == "true true true");
}

TEST_CASE("a name given by another process is free when the end is seen", "[P-111]") {
  CHECK(always([] {
          for (int i = 0; i < 50; ++i) {
            const auto p = puppet();
            otp::register_name("given", p);
            end_of(p, [p] { otp::exit(p, otp::reason::kill); });
            if (otp::whereis("given")) return "still held"s;
          }
          return "free"s;
        }) == "free");
}

TEST_CASE("a process that has ended gets no name", "[P-109]") {
  CHECK(always([] {
          const auto p = puppet();
          await_end(otp::spawn([p] { otp::exit(p, otp::reason::kill); }));
          await_end(p);
          try {
            otp::register_name("late", p);
          } catch (const std::invalid_argument&) {
            return otp::whereis("late") ? "held"s : "refused"s;
          }
          return "taken"s;
        }) == "refused");
}
