// Links: whom the end of a process takes along, and whom it is only told to.
#include "support/catch.hpp"
#include "support/scenario.hpp"

#include <stdexcept>
#include <thread>
#include <vector>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace {

otp::pid trapping_puppet() {
  const auto p = puppet();
  in(p, [] { trap_exit(true); });
  return p;
}

void link_them(const otp::pid& a, const otp::pid& b) {
  in(a, [b] { otp::link(b); });
}

// Makes a puppet call exit. Does not wait for its end.
void leave(const otp::pid& who, otp::exit_reason why) {
  otp::send(who, job{[why = std::move(why)]() -> std::string { otp::exit(why); }, {}});
}

}  // namespace

TEST_CASE("the abnormal end of a process takes a linked one along, with the same reason", "[P-047]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          link_them(a, b);
          return end_of(b, [a] { leave(a, "oops"s); });
        }) == "oops");
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          link_them(a, b);
          return end_of(b, [a] {
            otp::send(a, job{[]() -> std::string { throw std::runtime_error{"boom"}; }, {}});
          });
        }) == "std::runtime_error: boom");
}

TEST_CASE("the normal end of a process leaves a linked one alone", "[P-048]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          link_them(a, b);
          end_of(a, [a] { leave(a, otp::reason::normal); });
          return lives(b);
        }) == "true");
}

TEST_CASE("a trapping process is told once of the end of a linked one, normal included", "[P-049]") {
  CHECK(always([] {
          const auto b = trapping_puppet();
          for (const auto& why : std::vector<otp::exit_reason>{otp::reason::normal, "oops"s}) {
            const auto a = puppet();
            link_them(b, a);
            end_of(a, [&] { leave(a, why); });
          }
          return in(b, [] { return hear_all(); });
        }) == "exited normal, exited oops");
}

TEST_CASE("the message names the process that ended", "[P-049]") {
  CHECK(always([] {
          trap_exit(true);
          const auto a = otp::spawn_link([] {});
          return otp::receive([&](otp::exited e) { return e.from == a; });
        }) == "true");
}

TEST_CASE("linking twice and from both sides makes one link", "[P-050]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = trapping_puppet();
          link_them(a, b);
          link_them(a, b);
          link_them(b, a);
          end_of(a, [a] { leave(a, "oops"s); });
          return in(b, [] { return hear_all(); });
        }) == "exited oops");
}

TEST_CASE("linking again leaves the link as it is", "[P-050]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          in(a, [b] {
            otp::link(b);
            otp::link(b);
          });
          return end_of(a, [b] { otp::exit(b, "oops"s); });
        }) == "oops");
}

TEST_CASE("one unlink removes a link that was made twice", "[P-050]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          link_them(a, b);
          link_them(b, a);
          link_them(b, a);
          in(b, [a] { otp::unlink(a); });
          end_of(a, [a] { leave(a, "oops"s); });
          return lives(b);
        }) == "true");
}

TEST_CASE("a link works in both directions", "[P-051]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          link_them(a, b);
          return end_of(a, [b] { leave(b, "other side"s); });
        }) == "other side");
}

TEST_CASE("linking to a dead process raises noproc", "[P-052]") {
  CHECK(always([] {
          const auto dead = otp::spawn([] {});
          await_end(dead);
          return exit_of([dead] { otp::link(dead); });
        }) == "noproc");
  CHECK(always([] { return exit_of([] { otp::link(otp::pid{}); }); }) == "noproc");
}

TEST_CASE("a link that follows one's own exit signal finds nobody", "[P-053]") {
  CHECK(always([] {
          trap_exit(true);
          const auto p = puppet();
          otp::exit(p, "oops"s);
          otp::link(p);
          return hear();
        }) == "exited noproc");
}

TEST_CASE("linking to a dead process while trapping is answered with a message", "[P-053]") {
  CHECK(always([] {
          const auto dead = otp::spawn([] {});
          await_end(dead);
          trap_exit(true);
          otp::link(dead);
          return otp::receive([dead](otp::exited e) {
            return fmt::format("{} {}", e.from == dead, e.reason);
          });
        }) == "true noproc");
}

TEST_CASE("that message comes after what the dead process has sent", "[P-017][P-053]") {
  CHECK(threaded([] {
          trap_exit(true);
          const auto dead = otp::spawn([me = self()] { tell(me, "last words"); });
          while (otp::is_alive(dead)) std::this_thread::yield();  // it runs on the other thread
          otp::link(dead);
          return hear(2);
        }) == "last words, exited noproc");
}

TEST_CASE("linking to oneself does nothing", "[P-054]") {
  CHECK(always([] {
          const auto p = puppet();
          link_them(p, p);
          const auto reason = end_of(p, [p] {
            in(p, [] { otp::unlink(self()); });
            leave(p, "bye"s);
          });
          trap_exit(true);
          otp::link(self());
          return reason + hear_all();
        }) == "bye");
}

TEST_CASE("unlinking what is not linked does nothing", "[P-055]") {
  CHECK(always([] {
          const auto stranger = puppet();
          const auto dead = otp::spawn([] {});
          await_end(dead);
          otp::unlink(stranger);
          otp::unlink(dead);
          otp::unlink(otp::pid{});
          return lives(stranger);
        }) == "true");
}

TEST_CASE("after unlink the end of the other process has no effect", "[P-056]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          const auto trapping = trapping_puppet();
          link_them(a, b);
          link_them(trapping, a);
          in(b, [a] { otp::unlink(a); });
          in(trapping, [a] { otp::unlink(a); });
          end_of(a, [a] { leave(a, "oops"s); });
          return fmt::format("{} {}", lives(b), in(trapping, [] { return hear_all(); }));
        }) == "true ");
}

TEST_CASE("the side that did not unlink is unlinked too", "[P-051][P-056]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          link_them(a, b);
          in(a, [b] { otp::unlink(b); });
          end_of(b, [b] { leave(b, "oops"s); });
          return lives(a);
        }) == "true");
}

TEST_CASE("an exit that has arrived stays after unlink, for the caller to drop", "[P-057]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = trapping_puppet();
          link_them(b, a);
          end_of(a, [a] { leave(a, "oops"s); });
          return in(b, [a] {
            // Takes the signal: it is a message from now on.
            otp::receive([](int) {}, otp::after(0s, [] {}));
            otp::unlink(a);
            return hear_all();
          });
        }) == "exited oops");
}

TEST_CASE("when unlink and one poll are over, no exit comes of that link any more", "[P-058]") {
  CHECK(always([] {
          trap_exit(true);
          for (int i = 0; i < 50; ++i) {
            const auto a = otp::spawn_link([] { otp::exit("oops"s); });
            otp::unlink(a);
            otp::receive([](otp::exited) {}, otp::after(0s, [] {}));
            await_end(a);
            if (const auto late = hear_all(); !late.empty()) return late;
          }
          return "nothing"s;
        }) == "nothing");
}

TEST_CASE("spawn_link never misses the end of the new process", "[P-059]") {
  CHECK(always([] {
          trap_exit(true);
          for (int i = 0; i < 100; ++i) {
            otp::spawn_link([] { otp::exit("at once"s); });
            if (const auto heard = hear(); heard != "exited at once") return heard;
          }
          return "all"s;
        }) == "all");
  CHECK(always([] {
          return end_of_body([] {
            otp::spawn_link([] { otp::exit("at once"s); });
            obey();
          });
        }) == "at once");
}

TEST_CASE("an exit runs along a chain of links", "[P-060]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          const auto c = puppet();
          link_them(a, b);
          link_them(b, c);
          std::string of_b;
          const auto of_c = end_of(c, [&] { of_b = end_of(b, [a] { leave(a, "oops"s); }); });
          return of_b + ", " + of_c;
        }) == "oops, oops");
}

TEST_CASE("a trapping process stops an exit on its way along a chain", "[P-061]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = trapping_puppet();
          const auto c = puppet();
          link_them(a, b);
          link_them(b, c);
          leave(a, "oops"s);
          return in(b, [] { return hear(); }) + (lives(c) ? ", c lives" : ", c is dead");
        }) == "exited oops, c lives");
}

TEST_CASE("a kill runs along a chain as killed", "[P-062]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          const auto c = puppet();
          link_them(a, b);
          link_them(b, c);
          std::string of_b;
          const auto of_c =
              end_of(c, [&] { of_b = end_of(b, [a] { otp::exit(a, otp::reason::kill); }); });
          return of_b + ", " + of_c;
        }) == "killed, killed");
}

TEST_CASE("a process that links and monitors gets both messages", "[P-063]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = trapping_puppet();
          in(b, [a] {
            otp::link(a);
            otp::monitor(a);
          });
          leave(a, "oops"s);
          const auto heard = in(b, [] { return hear(2); });
          return heard == "exited oops, down oops" || heard == "down oops, exited oops";
        }) == "true");
}

TEST_CASE("over a link, kill is an ordinary reason that can be trapped", "[P-031]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = trapping_puppet();
          link_them(a, b);
          leave(a, otp::reason::kill);
          return in(b, [] { return hear(); });
        }) == "exited kill");
}

TEST_CASE("over a link, kill ends a process that does not trap exits", "[P-032]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          link_them(a, b);
          return end_of(b, [a] { leave(a, otp::reason::kill); });
        }) == "kill");
}

TEST_CASE("killed can be trapped", "[P-033]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = trapping_puppet();
          link_them(a, b);
          otp::exit(a, otp::reason::kill);
          return in(b, [] { return hear(); });
        }) == "exited killed");
}

TEST_CASE("killed ends a linked process that does not trap exits", "[P-034]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          link_them(a, b);
          return end_of(b, [a] { otp::exit(a, otp::reason::kill); });
        }) == "killed");
}

TEST_CASE("a shutdown over a link ends a process that does not trap exits", "[P-043]") {
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          link_them(a, b);
          return end_of(b, [a] { leave(a, otp::reason::shutdown); });
        }) == "shutdown");
  CHECK(always([] {
          const auto a = puppet();
          const auto b = puppet();
          link_them(a, b);
          return end_of(b, [a] { leave(a, otp::reason::shutdown("upgrade"s)); });
        }) == "shutdown(upgrade)");
}

TEST_CASE("a process that unlinks and links again is linked", "[P-050][P-056]") {
  CHECK(always([] {
          for (int i = 0; i < 10; ++i) {
            const auto a = puppet();
            const auto b = puppet();
            in(a, [b] {
              otp::link(b);
              otp::unlink(b);
              otp::link(b);
              otp::unlink(b);
              otp::link(b);
            });
            if (const auto why = end_of(a, [b] { leave(b, "oops"s); }); why != "oops") return why;
          }
          return "linked"s;
        }) == "linked");
}

TEST_CASE("an unlink that crosses a new link from the other side leaves no half link", "[P-051]") {
  // Both ends agree: either both hear of the other's end or neither does.
  CHECK(always([] {
          for (int i = 0; i < 10; ++i) {
            const auto a = trapping_puppet();
            const auto b = trapping_puppet();
            link_them(a, b);
            const auto me = self();
            const auto work = [me](const otp::pid& other) {
              return job{[me, other]() -> std::string {
                           otp::unlink(other);
                           otp::link(other);
                           tell(me, "done");
                           return {};
                         },
                         {}};
            };
            otp::send(a, work(b));
            otp::send(b, job{[me, a]() -> std::string {
                               otp::unlink(a);
                               tell(me, "done");
                               return {};
                             },
                             {}});
            hear(2);
            lives(a);  // what they have sent each other has arrived
            lives(b);
            lives(a);
            end_of(b, [b] { leave(b, "oops"s); });
            const auto told = in(a, [] { return hear_all(); });
            if (told != "" && told != "exited oops") return told;
            const auto late = in(a, [b] {
              otp::unlink(b);
              otp::link(b);
              return hear();
            });
            if (late != "exited noproc") return late;
          }
          return "agreed"s;
        }) == "agreed");
}

TEST_CASE("every linked process is told", "[P-051]") {
  CHECK(always([] {
          std::vector<otp::pid> peers;
          const auto a = puppet();
          for (int i = 0; i < 20; ++i) {
            peers.push_back(trapping_puppet());
            link_them(a, peers.back());
          }
          end_of(a, [a] { leave(a, "oops"s); });
          int told = 0;
          for (const auto& peer : peers) {
            if (in(peer, [] { return hear_all(); }) == "exited oops") ++told;
          }
          return told;
        }) == "20");
}
