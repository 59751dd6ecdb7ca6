// Registries: who holds which key, what becomes of it when the holder dies, and servers named by keys.
// The rows [R-...] are those of processes; [SR-...] are the R rows of supervision.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/child.hpp>
#include <otp/registry.hpp>
#include <otp/via.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace {

using numbers = otp::registry<std::string, int>;
const otp::name<numbers> all{"numbers"};

void start_unique(otp::registry_options how = {}) {
  otp::start<numbers>({.name = "numbers"}, otp::registry_keys::unique, std::move(how));
}
void start_duplicate() {
  otp::start<numbers>({.name = "numbers"}, otp::registry_keys::duplicate);
}

/// A puppet that has registered `key` with `value`.
otp::pid holder_of(std::string key, int value) {
  const auto who = puppet();
  in(who, [key, value] { otp::register_key(all, key, value).value(); });
  return who;
}

/// The values under a key, as text.
std::string values_of(std::string key) {
  std::string text;
  for (const auto& each : otp::lookup(all, key)) text += fmt::format("{} ", each.value);
  return text;
}

/// What register_key gives, as text.
std::string registered(std::string key, int value = 0) {
  const auto outcome = otp::register_key(all, key, value);
  if (outcome) return "ok";
  return outcome.error().holder == self() ? "mine already" : "taken";
}

template <class Work>
std::string refusal_of(Work work) {
  try {
    work();
  } catch (const std::invalid_argument&) {
    return "refused";
  }
  return "done";
}

struct named : otp::gen_server<named> {
  struct get {
    using reply = int;
  };
  struct set {
    int to;
  };
  explicit named(int n) : n_{n} {}
  int handle_call(get) { return n_; }
  void handle_cast(set s) { n_ = s.to; }

 private:
  int n_;
};

const auto srv = otp::via<named>(all, "srv");

}  // namespace

TEST_CASE("a registry says nothing of keys that nobody has, and refuses when it is not there",
          "[R-001][SR-001]") {
  CHECK(always([] {
          auto text = refusal_of([] { otp::lookup(all, "k"); });
          text += " " + refusal_of([] { (void)otp::register_key(all, "k", 1); });
          start_unique();
          return text + " " + fmt::to_string(otp::lookup(all, "k").size());
        }) == "refused refused 0");
}

TEST_CASE("a process registers itself under a key with a value", "[R-001][SR-002][SR-004]") {
  CHECK(always([] {
          start_unique();
          const auto registry = otp::register_key(all, "k", 7);
          const auto found = otp::lookup(all, "k");
          return fmt::format("{} {} {} {}", *registry == otp::whereis("numbers"), found.size(),
                             found[0].process == self(), found[0].value);
        }) == "true 1 true 7");
}

TEST_CASE("a unique key is refused when somebody alive has it, also oneself; nothing changes",
          "[R-002][SR-003]") {
  CHECK(always([] {
          start_unique();
          auto text = registered("k", 1);
          text += ", " + registered("k", 2);
          text += ", " + in(puppet(), [] { return registered("k", 3); });
          return text + ", " + values_of("k");
        }) == "ok, mine already, taken, 1 ");
}

TEST_CASE("who sees the death of a holder does not see its entries, and can take its keys",
          "[R-003][R-004][SR-007][SR-008]") {
  CHECK(always([] {
          start_unique();
          const auto holder = holder_of("k", 1);
          otp::monitor(holder);
          otp::exit(holder, otp::reason::kill);
          auto text = hear();
          text += fmt::format(", {} {} {}, ", otp::lookup(all, "k").size(), otp::count(all),
                              otp::keys(all, holder).size());
          text += registered("k", 2);
          return text + ", " + values_of("k");
        }) == "down killed, 0 0 0, ok, 2 ");
}

TEST_CASE("the late removal of what a dead process left does not touch its successor",
          "[R-004][SR-008]") {
  CHECK(always([] {
          start_unique();
          const auto holder = holder_of("k", 1);
          otp::monitor(holder);
          otp::exit(holder, otp::reason::kill);
          hear();
          registered("k", 2);
          until_all_wait();
          return values_of("k");
        }) == "2 ");
}

TEST_CASE("a process may have several keys", "[R-005][SR-013]") {
  CHECK(always([] {
          start_unique();
          const auto holder = holder_of("a", 1);
          in(holder, [] { registered("b", 2); });
          auto keys = otp::keys(all, holder);
          std::sort(keys.begin(), keys.end());
          return fmt::format("{} {} {}", keys.size(), keys[0], keys[1]);
        }) == "2 a b");
}

TEST_CASE("unregistering ends one's own registrations only; none is no error", "[R-006][SR-006]") {
  CHECK(always([] {
          start_unique();
          const auto holder = holder_of("k", 1);
          otp::unregister_key(all, "k");
          otp::unregister_key(all, "none");
          auto text = values_of("k");
          in(holder, [] { otp::unregister_key(all, "k"); });
          text += "then " + values_of("k");
          return text + registered("k", 3);
        }) == "1 then ok");
}

TEST_CASE("a duplicate key is held by many, and by one process several times",
          "[R-007][SR-009][SR-013]") {
  CHECK(always([] {
          start_duplicate();
          registered("k", 1);
          registered("k", 2);
          const auto other = holder_of("k", 3);
          auto text = values_of("k");
          text += fmt::format("{} {} ", otp::keys(all, self()).size(), otp::count(all));
          for (const int each : otp::values(all, "k", self())) text += fmt::format("{},", each);
          in(other, [] { otp::unregister_key(all, "k"); });
          text += " " + values_of("k");
          otp::unregister_key(all, "k");
          return text + fmt::to_string(otp::count(all));
        }) == "1 2 3 2 3 1,2, 1 2 0");
}

TEST_CASE("unregistering under a duplicate key ends all of the caller's", "[SR-010]") {
  CHECK(always([] {
          start_duplicate();
          registered("k", 1);
          holder_of("k", 2);
          registered("k", 3);
          otp::unregister_key(all, "k");
          return values_of("k");
        }) == "2 ");
}

TEST_CASE("dispatch runs once in the caller, with all entries, and not at all without",
          "[R-008][SR-012]") {
  CHECK(always([] {
          start_duplicate();
          registered("k", 1);
          holder_of("k", 2);
          std::string text;
          const auto note = [&](std::span<const otp::registry_entry<int>> entries) {
            text += fmt::format("{} in caller {}", entries.size(), entries[0].process == self());
          };
          otp::dispatch(all, "k", note);
          otp::dispatch(all, "none", note);
          try {
            otp::dispatch(all, "k", [](auto) { throw std::runtime_error{"boom"}; });
          } catch (const std::runtime_error& error) {
            text += error.what();
          }
          return text;
        }) == "2 in caller trueboom");
}

TEST_CASE("the value of a unique key is changed by its owner only", "[R-009][SR-005]") {
  CHECK(always([] {
          start_unique();
          registered("k", 1);
          const auto next = [](int n) { return n + 1; };
          const auto change = otp::update_value(all, "k", next);
          const auto other = in(puppet(), [next] {
            return otp::update_value(all, "k", next).has_value();
          });
          return fmt::format("{} {} {} {}", change->now, change->before, other, values_of("k"));
        }) == "2 1 false 2 ");
  CHECK(always([] {
          start_duplicate();
          registered("k", 1);
          return refusal_of([] { otp::update_value(all, "k", [](int n) { return n; }); });
        }) == "refused");
}

TEST_CASE("a server is started and reached by a key", "[R-010][SR-015]") {
  CHECK(always([] {
          start_unique();
          const auto first = otp::start<named>({.name = srv}, 10);
          const auto second = otp::try_start<named>({.name = srv}, 20);
          const bool taken = second.error().reason == otp::already_started{first.pid()};
          otp::cast(srv, named::set{11});
          return fmt::format("{} {} {}", otp::call(srv, named::get{}), taken,
                             otp::whereis(srv) == first.pid());
        }) == "11 true true");
}

TEST_CASE("a start by a key that is taken does not hurt a linked starter", "[R-010]") {
  CHECK(always([] {
          start_unique();
          otp::start<named>({.name = srv}, 10);
          const auto end = end_of_body([] {
            (void)otp::try_start_link<named>({.name = srv}, 20);
            otp::exit("unhurt"s);
          });
          return end + " " + fmt::to_string(otp::call(srv, named::get{}));
        }) == "unhurt 10");
}

TEST_CASE("a key that nobody has: calls fail with noproc, casts do nothing", "[R-011][SR-015]") {
  CHECK(always([] {
          start_unique();
          otp::cast(srv, named::set{1});
          const auto failed = otp::try_call(srv, named::get{});
          return fmt::format("{} {}", failed.error(), otp::whereis(srv) == otp::pid{});
        }) == "noproc in call named::get to \"srv in numbers\" true");
}

TEST_CASE("a server is stopped by its key, which is then free", "[R-012]") {
  CHECK(always([] {
          start_unique();
          otp::start<named>({.name = srv}, 10);
          otp::stop(srv);
          otp::start<named>({.name = srv}, 20);
          return otp::call(srv, named::get{});
        }) == "20");
}

TEST_CASE("duplicate keys name no server", "[SR-015]") {
  CHECK(always([] {
          start_duplicate();
          auto text = refusal_of([] { otp::cast(srv, named::set{1}); });
          const auto started = otp::try_start<named>({.name = srv}, 10);
          return text + (started ? " started" : " not started");
        }) == "refused not started");
}

TEST_CASE("a child of a supervisor may be named by a key", "[R-010]") {
  const auto spec = otp::child<named>({.name = srv}, 10);
  CHECK(spec.id == "srv in numbers");
  CHECK(always([spec] {
          start_unique();
          trap_exit(true);
          const auto child = spec.start();
          return otp::call(srv, named::get{});
        }) == "10");
}

TEST_CASE("entries are counted, matched and selected", "[R-013][SR-011][SR-013]") {
  CHECK(always([] {
          start_duplicate();
          for (const int n : {1, 2, 3}) registered("k", n);
          registered("other", 4);
          const auto large = [](int n) { return n > 1; };
          auto text = fmt::format("{} {} {} ", otp::count(all), otp::match(all, "k", large).size(),
                                  otp::count_match(all, "k", [](int) { return true; }));
          for (const auto& each :
               otp::select(all, [](const auto& item) { return item.value % 2 == 0; })) {
            text += fmt::format("{}={} ", each.key, each.value);
          }
          otp::unregister_match(all, "k", [](int n) { return n == 2; });
          return text + values_of("k");
        }) == "4 2 3 k=2 other=4 1 3 ");
}

TEST_CASE("listeners are told of registrations and of explicit ends, not of deaths",
          "[R-014][SR-016]") {
  CHECK(always([] {
          otp::register_name("main");
          start_unique({.listeners = {"main", "nobody"}});
          const auto event = [] {
            return otp::receive(
                [](const otp::key_registered<std::string, int>& e) {
                  return fmt::format("{} + {} {} {}, ", e.registry, e.key, e.process == self(),
                                     e.value);
                },
                [](const otp::key_unregistered<std::string>& e) {
                  return fmt::format("{} - {} {}, ", e.registry, e.key, e.process == self());
                },
                otp::after(1ms, [] { return "silence"s; }));
          };
          registered("k", 1);
          registered("k", 2);
          otp::unregister_key(all, "k");
          otp::unregister_key(all, "k");
          auto text = event();
          text += event();
          otp::start<named>({.name = srv}, 10);
          text += event();
          otp::stop(srv);
          return text + event();
        }) == "numbers + k true 1, numbers - k true, numbers + srv false 0, silence");
}

TEST_CASE("a registry keeps values of its own", "[SR-014]") {
  CHECK(always([] {
          start_unique();
          otp::put_meta(all, "limit", 3);
          auto text = fmt::format("{} {} ", *otp::meta<int>(all, "limit"),
                                  otp::meta<std::string>(all, "limit").has_value());
          otp::delete_meta(all, "limit");
          otp::delete_meta(all, "limit");
          return text + fmt::to_string(otp::meta<int>(all, "limit").has_value());
        }) == "3 false false");
}

TEST_CASE("the end of a registry loses its entries and hurts nobody", "[SR-017]") {
  CHECK(always([] {
          start_unique();
          const auto holder = holder_of("k", 1);
          otp::stop(all);
          auto text = refusal_of([] { otp::lookup(all, "k"); });
          start_unique();
          return text + fmt::format(" {} {}", otp::lookup(all, "k").size(), lives(holder));
        }) == "refused 0 true");
}

TEST_CASE("look-ups, registrations and deaths go on at the same time", "[R-003]") {
  CHECK(threaded([] {
          start_unique({.partitions = 2});
          std::vector<otp::pid> players;
          const auto boss = self();
          for (int player = 0; player < 4; ++player) {
            otp::spawn([boss, player] {
              for (int i = 0; i < 500; ++i) {
                const auto key = fmt::to_string((player + i) % 3);
                const auto [mortal, ref] = otp::spawn_monitor([key] {
                  (void)otp::register_key(all, key, 1);
                });
                otp::lookup(all, key);
                otp::receive([](const otp::down&) {});
                for (const auto& each : otp::lookup(all, key)) {
                  if (each.process == mortal) tell(boss, "seen after its death");
                }
                if (otp::register_key(all, key, 2)) otp::unregister_key(all, key);
              }
              tell(boss, "done");
            });
          }
          auto text = hear(4);
          otp::stop(otp::start<named>(0));
          return text + fmt::format(" {}", otp::count(all));
        }) == "done, done, done, done 0");
}
