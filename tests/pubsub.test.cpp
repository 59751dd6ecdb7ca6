// Publish and subscribe: who gets what, in which order, and what becomes of subscriptions (B-002 to
// B-014).
#include "support/catch.hpp"
#include <otp/process.hpp>
#include <otp/pubsub.hpp>
#include <otp/receive.hpp>
#include <otp/runtime.hpp>
#include <otp/testing/simulation.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct note {
  std::string text;
};

struct ready {};

struct finish {};

using journal = std::vector<std::string>;
const otp::name<otp::pubsub> bus{"bus"};

// Runs `body` in a process of a two-thread runtime with a service called "bus" and returns what it
// returned; the test's own thread does the checking.
template <class Body>
auto in_process(Body body) {
  otp::runtime rt{{.threads = 2}};
  rt.start<otp::pubsub>(otp::start_options{.name = "bus"});
  std::promise<decltype(body())> promise;
  auto answer = promise.get_future();
  rt.spawn([&promise, body] { promise.set_value(body()); });
  return answer.get();
}

std::string received() {
  return otp::receive([](otp::shared<note> message) { return message->text; },
                      otp::after(0s, [] { return std::string{"nothing"}; }));
}

// Everything that has arrived.
journal inbox() {
  journal lines;
  for (std::string text = received(); text != "nothing"; text = received()) lines.push_back(text);
  return lines;
}

}  // namespace

TEST_CASE("a broadcast reaches the subscribers of exactly that topic, the broadcaster included",
          "[B-002][B-003][B-004][B-005][B-007]") {
  const auto lines = in_process([] {
    journal seen;
    otp::broadcast(bus, "t", note{"m0"});
    otp::subscribe(bus, "t");
    otp::broadcast(bus, "t", note{"m1"});
    seen.push_back(received());
    otp::broadcast(bus, "u", note{"m2"});
    seen.push_back(received());
    otp::local_broadcast(bus, "t", otp::make_shared<note>("m3"));
    seen.push_back(received());
    otp::broadcast_from(bus, otp::this_process::self(), "t", note{"m4"});
    seen.push_back(received());
    otp::broadcast_from(bus, otp::spawn([] {}), "t", note{"m5"});
    seen.push_back(received());
    otp::unsubscribe(bus, "t");
    otp::broadcast(bus, "t", note{"m6"});
    seen.push_back(received());
    otp::unsubscribe(bus, "t");
    return seen;
  });
  CHECK(lines == journal{"m1", "nothing", "m3", "nothing", "m5", "nothing"});
}

TEST_CASE("who subscribes twice gets everything twice, and leaves at once", "[B-006][B-007]") {
  const auto counts = in_process([] {
    std::vector<std::size_t> seen;
    otp::subscribe(bus, "t");
    otp::subscribe(bus, "t");
    otp::broadcast(bus, "t", note{"m"});
    seen.push_back(inbox().size());
    otp::unsubscribe(bus, "t");
    otp::broadcast(bus, "t", note{"m"});
    seen.push_back(inbox().size());
    return seen;
  });
  CHECK(counts == std::vector<std::size_t>{2, 0});
}

TEST_CASE("messages of one broadcaster arrive in the order of broadcasting", "[B-009]") {
  const auto lines = in_process([] {
    otp::subscribe(bus, "t");
    otp::subscribe(bus, "u");
    for (int n = 0; n < 5; ++n)
      otp::broadcast(bus, n % 2 == 0 ? "t" : "u", note{std::to_string(n)});
    return inbox();
  });
  CHECK(lines == journal{"0", "1", "2", "3", "4"});
}

TEST_CASE("all subscribers get the same object") {
  const bool same = in_process([] {
    otp::subscribe(bus, "t");
    otp::subscribe(bus, "t");
    const auto sent = otp::make_shared<note>("m");
    otp::broadcast(bus, "t", sent);
    const auto next = [] {
      return otp::receive([](otp::shared<note> message) { return message; });
    };
    const auto first = next();
    const auto second = next();
    return &*first == &*sent && &*second == &*sent;
  });
  CHECK(same);
}

TEST_CASE("the subscriptions of a process end with it", "[B-008]") {
  otp::testing::simulation sim{1};
  const auto service = sim.runtime().start<otp::pubsub>(otp::start_options{.name = "bus"});
  const otp::pid subscriber = otp::spawn([] {
    otp::subscribe(bus, "t");
    otp::subscribe(bus, "u");
    otp::subscribe(bus, "t");
    otp::receive([](finish) {});
  });
  sim.run_until_idle();
  REQUIRE(otp::subscribers(service, "t").size() == 2);
  CHECK(otp::subscribers(service, "u").at(0).process == subscriber);
  otp::exit(subscriber, otp::reason::kill);
  sim.run_until_idle();
  CHECK(otp::subscribers(service, "t").empty());
  CHECK(otp::subscribers(service, "u").empty());
  otp::broadcast(service, "t", note{"m"});
}

TEST_CASE("subscribers are served in the order of subscribing, whatever the seed") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    otp::testing::simulation sim{seed};
    sim.runtime().start<otp::pubsub>(otp::start_options{.name = "bus"});
    std::vector<otp::pid> expected;
    for (int n = 0; n < 10; ++n) {
      expected.push_back(otp::spawn([] {
        otp::subscribe(bus, "t");
        otp::receive([](finish) {});
      }));
      sim.run_until_idle();
    }
    std::vector<otp::pid> listed;
    for (const auto& each : otp::subscribers(bus, "t")) listed.push_back(each.process);
    CHECK(listed == expected);
  }
}

TEST_CASE("without a service subscribing and broadcasting are refused", "[B-013]") {
  otp::testing::simulation sim{1};
  CHECK_THROWS_AS(otp::broadcast(otp::name<otp::pubsub>{"none"}, "t", note{"m"}),
                  std::invalid_argument);
  CHECK_THROWS_AS(otp::broadcast(otp::server_ref<otp::pubsub>{}, "t", note{"m"}),
                  std::invalid_argument);
  CHECK_THROWS_AS(otp::subscribe(bus, "t"), otp::not_a_process);
}

TEST_CASE("when the service ends its subscribers live on, and a new one begins empty", "[B-014]") {
  otp::testing::simulation sim{1};
  auto service = sim.runtime().start<otp::pubsub>(otp::start_options{.name = "bus"});
  const otp::pid subscriber = otp::spawn([] {
    otp::subscribe(bus, "t");
    otp::receive([](finish) {});
  });
  sim.run_until_idle();
  otp::exit(service.pid(), otp::reason::kill);
  sim.run_until_idle();
  CHECK(otp::is_alive(subscriber));
  CHECK_THROWS_AS(otp::broadcast(bus, "t", note{"m"}), std::invalid_argument);
  service = sim.runtime().start<otp::pubsub>(otp::start_options{.name = "bus"});
  CHECK(otp::subscribers(bus, "t").empty());
}

TEST_CASE("a dispatcher decides what delivery means; nothing is sent by itself", "[B-010][B-011]") {
  const auto lines = in_process([] {
    journal seen;
    const auto self = otp::this_process::self();
    const auto dispatcher = [&](std::span<const otp::subscriber> all, const otp::pid& from,
                                const otp::shared<note>& message) {
      std::string line = "dispatch " + message->text + " metas";
      for (const auto& each : all) line += " " + each.metadata.to_string();
      line += from == self ? " from self" : " from none";
      seen.push_back(line + (otp::this_process::self() == self ? " in caller" : ""));
    };
    const auto send = [&](const char* text, const otp::pid& from) {
      static_cast<void>(
          otp::try_broadcast(bus, "t", otp::make_shared<note>(text), dispatcher, from));
    };
    send("m0", {});
    otp::subscribe(bus, "t", "fast");
    otp::subscribe(bus, "t");
    send("m1", {});
    send("m2", self);
    otp::local_broadcast(bus, "t", otp::make_shared<note>("m3"), dispatcher);
    seen.push_back(received());
    return seen;
  });
  CHECK(lines == journal{"dispatch m1 metas fast nil from none in caller",
                         "dispatch m2 metas fast nil from self in caller",
                         "dispatch m3 metas fast nil from none in caller", "nothing"});
}

namespace {

// Notes what it is given, and refuses to carry "bad".
class fake_adapter : public otp::pubsub_adapter {
 public:
  explicit fake_adapter(journal& lines) : lines_{lines} {}
  std::string node_name() const override { return "here"; }
  otp::result<void> broadcast(std::string_view topic, const otp::pubsub_message& message) override {
    const std::string text = message.get<note>() == nullptr ? "?" : message.get<note>()->text;
    lines_.push_back("adapter " + std::string{topic} + " " + text);
    if (text == "bad") return otp::failure{otp::exit_reason{"down"}};
    return {};
  }
  otp::result<void> direct_broadcast(std::string_view node, std::string_view topic,
                                     const otp::pubsub_message& message) override {
    lines_.push_back("adapter direct " + std::string{node} + " " + std::string{topic} + " " +
                     message.get<note>()->text);
    return {};
  }

 private:
  journal& lines_;
};

}  // namespace

TEST_CASE("an adapter carries broadcasts to other nodes, and its error keeps them from this one",
          "[B-005][B-012]") {
  journal lines;
  otp::testing::simulation sim{1};
  sim.runtime().start<otp::pubsub>(
      otp::start_options{.name = "bus"},
      std::static_pointer_cast<otp::pubsub_adapter>(std::make_shared<fake_adapter>(lines)));
  otp::spawn([&lines] {
    otp::subscribe(bus, "t");
    otp::broadcast(bus, "t", note{"good"});
    lines.push_back("got " + received());
    const auto refused = otp::try_broadcast(bus, "t", otp::make_shared<note>("bad"));
    lines.push_back(refused ? "ok" : refused.error().to_string());
    lines.push_back("got " + received());
    try {
      otp::broadcast(bus, "t", note{"bad"});
    } catch (const otp::exit_error& raised) {
      lines.push_back("raised " + raised.reason().to_string());
    }
    otp::local_broadcast(bus, "t", otp::make_shared<note>("bad"));
    lines.push_back("got " + received());
    const auto direct = otp::direct_broadcast(bus, "elsewhere", "t", otp::make_shared<note>("m"));
    lines.push_back(direct ? "ok" : "failed");
    lines.push_back("got " + received());
    lines.push_back(otp::node_name(bus));
  });
  sim.run_until_idle();
  CHECK(lines == journal{"adapter t good", "got good", "adapter t bad", "down", "got nothing",
                         "adapter t bad", "raised down", "got bad", "adapter direct elsewhere t m",
                         "ok", "got nothing", "here"});
}

TEST_CASE("ten thousand subscribers of one topic all get a broadcast") {
  constexpr int count = 10'000;
  otp::runtime rt{{.threads = 2}};
  rt.start<otp::pubsub>(otp::start_options{.name = "bus"});
  std::promise<int> promise;
  auto answer = promise.get_future();
  rt.spawn([&promise] {
    const otp::pid self = otp::this_process::self();
    for (int n = 0; n < count; ++n) {
      otp::spawn([self] {
        otp::subscribe(bus, "t");
        otp::send(self, ready{});
        otp::receive([self](const otp::shared<note>&) { otp::send(self, finish{}); });
      });
    }
    for (int n = 0; n < count; ++n) otp::receive([](ready) {});
    otp::broadcast(bus, "t", note{"m"});
    int done = 0;
    while (done < count) otp::receive([&](finish) { ++done; });
    promise.set_value(done);
  });
  CHECK(answer.get() == count);
}
