// The handler table: attaching, exact delivery, failing handlers, spans (semantics M-001 to M-016).
#include "support/catch.hpp"
#include <otp/error.hpp>
#include <otp/telemetry_table.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using journal = std::vector<std::string>;

std::string text(const otp::fields& list) {
  std::string result = "{";
  for (const otp::field& each : list) {
    if (each.key.text() == "telemetry_span_context") continue;
    if (result.size() > 1) result += ",";
    result += std::string{each.key.text()} + "=" + each.value.to_string();
  }
  return result + "}";
}

otp::telemetry_handler recorder(journal& lines) {
  return [&lines](const otp::telemetry_event& event) {
    lines.push_back(std::string{event.name.text()} + " " + text(event.measurements) + " " +
                    text(event.metadata));
  };
}

// A clock that moves one millisecond at each reading.
otp::telemetry_options ticking(std::atomic<int>& ticks) {
  otp::telemetry_options options;
  options.clock.monotonic = [&ticks] { return std::chrono::milliseconds{++ticks}; };
  options.clock.system = [] { return std::chrono::system_clock::time_point{}; };
  return options;
}

}  // namespace

TEST_CASE("an event that nobody listens to is executed without a trace", "[M-015]") {
  otp::telemetry_table table;
  table.execute("a.b", {{"n", 1}});
  CHECK_FALSE(table.maybe_attached("a.b"));
}

TEST_CASE("a handler gets the event's name, measurements, metadata and its own config") {
  otp::telemetry_table table;
  std::string seen;
  CHECK(table.attach(
      "h1", "a.b",
      [&](const otp::telemetry_event& event) {
        seen = event.config.to_string() + " sees " + std::string{event.name.text()} + " " +
               text(event.measurements) + " " + text(event.metadata);
      },
      "cfg1"));
  table.execute("a.b", {{"n", 1}}, {{"k", "v"}});
  CHECK(seen == "cfg1 sees a.b {n=1} {k=v}");
}

TEST_CASE("an id is unique over all events", "[M-001]") {
  otp::telemetry_table table;
  journal lines;
  CHECK(table.attach("h1", "a.b", recorder(lines)));
  CHECK_FALSE(table.attach("h1", "other", recorder(lines)));
  table.execute("other");
  CHECK(lines.empty());
}

TEST_CASE("an empty handler is refused") {
  otp::telemetry_table table;
  CHECK_THROWS_AS(table.attach("h1", "a", nullptr), std::invalid_argument);
}

TEST_CASE("handlers are called for exactly their event, not for shorter or longer names",
          "[M-002]") {
  otp::telemetry_table table;
  journal lines;
  table.attach("h1", "a.b", recorder(lines));
  table.execute("a");
  table.execute("a.b.c");
  table.execute("a.bc");
  CHECK(lines.empty());
}

TEST_CASE("handlers of one event run in the order of attaching, in the calling thread",
          "[M-002][M-003]") {
  otp::telemetry_table table;
  std::string order;
  const auto caller = std::this_thread::get_id();
  for (const char* id : {"1", "2", "3"}) {
    table.attach(id, "a", [&order, id, caller](const otp::telemetry_event&) {
      order += std::this_thread::get_id() == caller ? id : "?";
    });
  }
  table.execute("a");
  CHECK(order == "123");
}

TEST_CASE("attach_many serves several events under one id, and detach removes all",
          "[M-004][M-005]") {
  otp::telemetry_table table;
  journal lines;
  CHECK(table.attach_many("h2", {"x", "y"}, recorder(lines)));
  table.execute("x");
  table.execute("y");
  CHECK(lines == journal{"x {} {}", "y {} {}"});
  CHECK(table.detach("h2"));
  table.execute("x");
  CHECK(lines.size() == 2);
  CHECK_FALSE(table.detach("h2"));
  CHECK_FALSE(table.maybe_attached("x"));
}

TEST_CASE("an event listed twice calls twice, and an empty list attaches nothing", "[M-004]") {
  otp::telemetry_table table;
  journal lines;
  table.attach_many("twice", {"x", "x"}, recorder(lines));
  table.attach_many("never", {}, recorder(lines));
  table.execute("x");
  CHECK(lines.size() == 2);
  CHECK(table.list().size() == 2);
  CHECK_FALSE(table.detach("never"));
}

TEST_CASE("handlers are listed by the first words of their events", "[M-006]") {
  otp::telemetry_table table;
  journal lines;
  table.attach("h1", "a.b", recorder(lines), 7);
  table.attach("h2", "ab", recorder(lines));
  table.attach("h3", "a", recorder(lines));
  const auto under_a = table.list("a");
  REQUIRE(under_a.size() == 2);
  CHECK(under_a[0].event == "a");
  CHECK(under_a[1].event == "a.b");
  CHECK(under_a[1].id == "h1");
  CHECK(under_a[1].config == otp::field_value{7});
  CHECK(table.list().size() == 3);
  CHECK(table.list("b").empty());
}

TEST_CASE("an event's data is built only when somebody listens to exactly that event") {
  otp::telemetry_table table;
  int built = 0;
  const auto build = [&] {
    ++built;
    return otp::telemetry_data{.measurements = {{"n", 1}}, .metadata = {}};
  };
  table.execute("x", build);
  CHECK(built == 0);
  journal lines;
  table.attach("h", "y", recorder(lines));
  table.execute("x", build);
  CHECK(built == 0);
  table.execute("y", build);
  CHECK(built == 1);
  CHECK(lines == journal{"y {n=1} {}"});
}

TEST_CASE("a failing handler is detached from all its events; the others run; the caller goes on",
          "[M-007][M-008]") {
  struct fault {
    std::string kind;
    std::string reason;
    void (*fail)();
  };
  const std::vector<fault> faults{
      {"error", "std::runtime_error: oops", [] { throw std::runtime_error{"oops"}; }},
      {"exit", "gone", [] { throw otp::exit_error{otp::exit_reason{"gone"}}; }},
      {"throw", "", [] { throw 12; }},
  };
  for (const fault& each : faults) {
    std::vector<otp::telemetry_failure> reported;
    otp::telemetry_options options;
    options.on_failure = [&](const otp::telemetry_failure& failure) {
      reported.push_back(failure);
    };
    otp::telemetry_table table{options};
    journal lines;
    std::string failed;
    table.attach("watch", "telemetry.handler.failure", [&](const otp::telemetry_event& event) {
      failed = event.metadata.find("handler_id")->to_string() + " " +
               event.metadata.find("event_name")->to_string() + " " +
               event.metadata.find("handler_config")->to_string() + " " +
               event.metadata.find("kind")->to_string();
      CHECK(event.metadata.get<otp::exit_reason>("reason") != nullptr);
      CHECK(table.list("e").size() == 1);  // already detached
    });
    table.attach_many(
        "bad", {"e", "e2"}, [&](const otp::telemetry_event&) { each.fail(); }, "mode");
    table.attach("good", "e", recorder(lines));
    table.execute("e");
    CHECK(failed == "bad e mode " + each.kind);
    CHECK(lines == journal{"e {} {}"});
    CHECK(table.list("e").size() == 1);
    CHECK(table.list("e2").empty());
    REQUIRE(reported.size() == 1);
    CHECK(reported[0].handler_id == "bad");
    CHECK(reported[0].event == "e");
    CHECK(reported[0].kind == each.kind);
    if (!each.reason.empty()) CHECK(reported[0].reason.to_string() == each.reason);
    table.execute("e");
    CHECK(lines.size() == 2);
    CHECK(reported.size() == 1);
  }
}

TEST_CASE("a failing handler of the failure event is detached too, without a loop", "[M-007]") {
  otp::telemetry_table table;
  int calls = 0;
  for (const char* id : {"f1", "f2"}) {
    table.attach(id, "telemetry.handler.failure", [&](const otp::telemetry_event&) {
      ++calls;
      throw std::runtime_error{"failure handler fails"};
    });
  }
  table.attach("bad", "e", [](const otp::telemetry_event&) { throw 1; });
  table.execute("e");
  CHECK(table.list().empty());
  CHECK(calls >= 2);
}

TEST_CASE("a failing handler does not take down a new one that got its id meanwhile") {
  otp::telemetry_table table;
  journal lines;
  table.attach("h", "e", [&](const otp::telemetry_event&) {
    table.detach("h");
    table.attach("h", "e", recorder(lines));
    throw std::runtime_error{"late"};
  });
  table.execute("e");
  table.execute("e");
  CHECK(lines == journal{"e {} {}"});
}

TEST_CASE("a handler attached by a handler takes part from the next event on", "[M-009]") {
  otp::telemetry_table table;
  journal lines;
  table.attach("first", "e",
               [&](const otp::telemetry_event&) { table.attach("second", "e", recorder(lines)); });
  table.execute("e");
  CHECK(lines.empty());
  table.execute("e");
  CHECK(lines.size() == 1);
}

TEST_CASE("a handler may detach itself, and what it captured lives until it returns") {
  otp::telemetry_table table;
  auto captured = std::make_shared<int>(42);
  const std::weak_ptr<int> watch = captured;
  int seen = 0;
  table.attach("once", "e", [&table, &seen, captured](const otp::telemetry_event&) {
    table.detach("once");
    seen = *captured;
  });
  captured.reset();
  table.execute("e");
  CHECK(seen == 42);
  CHECK(watch.expired());
}

TEST_CASE("the destructor of a detached handler may use the table") {
  otp::telemetry_table table;
  journal lines;
  table.attach("other", "e", recorder(lines));
  std::shared_ptr<int> guard{new int, [&](int* value) {
                               delete value;
                               table.detach("other");
                             }};
  table.attach("h", "e", [guard](const otp::telemetry_event&) {});
  guard.reset();
  table.detach("h");
  CHECK(table.list().empty());
}

TEST_CASE("a span emits start and stop and returns the result", "[M-011][M-012][M-013][M-014]") {
  std::atomic<int> ticks{0};
  otp::telemetry_table table{ticking(ticks)};
  journal lines;
  std::vector<otp::field_value> contexts;
  const auto record = recorder(lines);
  table.attach_many("h", {"w.start", "w.stop", "w.exception"},
                    [&](const otp::telemetry_event& event) {
                      record(event);
                      contexts.push_back(*event.metadata.find("telemetry_span_context"));
                    });
  SECTION("a plain function repeats the start metadata at the stop") {
    CHECK(table.span("w", {{"in", 1}}, [] { return 42; }) == 42);
    CHECK(lines ==
          journal{"w.start {monotonic_time=1ms,system_time=1970-01-01T00:00:00.000Z} {in=1}",
                  "w.stop {duration=1ms,monotonic_time=2ms} {in=1}"});
    CHECK(contexts[0] == contexts[1]);
  }
  SECTION("a function may say what the stop event holds; standard measurements win") {
    CHECK(table.span("w", {{"in", 1}}, [](otp::span_stop& stop) {
      stop.metadata = {{"out", 2}};
      stop.measurements = {{"size", 9}, {"duration", 0}};
      return 43;
    }) == 43);
    CHECK(lines.at(1) == "w.stop {size=9,duration=1ms,monotonic_time=2ms} {out=2}");
  }
  SECTION("spans differ in their context, unless the metadata brings one") {
    table.span("w", {}, [] {});
    table.span("w", {}, [] {});
    CHECK(contexts[0] == contexts[1]);
    CHECK(contexts[2] == contexts[3]);
    CHECK_FALSE(contexts[0] == contexts[2]);
    table.span("w", {{"telemetry_span_context", "mine"}}, [] {});
    CHECK(contexts[4] == otp::field_value{"mine"});
    CHECK(contexts[5] == otp::field_value{"mine"});
  }
  SECTION("an exception is reported with its kind and goes on") {
    CHECK_THROWS_AS(table.span("w", {{"in", 1}}, []() -> int { throw std::runtime_error{"oops"}; }),
                    std::runtime_error);
    REQUIRE(lines.size() == 2);
    CHECK(lines[1] ==
          "w.exception {duration=1ms,monotonic_time=2ms} "
          "{in=1,kind=error,reason=std::runtime_error: oops}");
    CHECK_THROWS_AS(
        table.span("w", {{"in", 1}}, [] { throw otp::exit_error{otp::exit_reason{"gone"}}; }),
        otp::exit_error);
    CHECK(lines.at(3) ==
          "w.exception {duration=1ms,monotonic_time=4ms} {in=1,kind=exit,reason=gone}");
  }
  SECTION("results may be references and values that only move") {
    int place = 1;
    int& same = table.span("w", {}, [&]() -> int& { return place; });
    CHECK(&same == &place);
    CHECK(*table.span("w", {}, [] { return std::make_unique<int>(5); }) == 5);
  }
  SECTION("metadata may be built on demand") {
    CHECK(table.span(
              "w",
              [] {
                return otp::fields{{"in", 3}};
              },
              [] { return 1; }) == 1);
    CHECK(lines.at(1) == "w.stop {duration=1ms,monotonic_time=2ms} {in=3}");
  }
}

TEST_CASE("a span that nobody listens to reads no clock and builds no metadata") {
  std::atomic<int> ticks{0};
  otp::telemetry_table table{ticking(ticks)};
  bool built = false;
  CHECK(table.span(
            "w",
            [&] {
              built = true;
              return otp::fields{};
            },
            [] { return 1; }) == 1);
  CHECK_FALSE(built);
  CHECK(ticks == 0);
}

TEST_CASE("handlers may come and go while other threads execute events") {
  otp::telemetry_table table;
  std::atomic<int> calls{0};
  std::atomic<bool> done{false};
  table.attach("stays", "e", [&](const otp::telemetry_event&) { ++calls; });
  std::vector<std::thread> threads;
  for (int n = 0; n < 2; ++n) {
    threads.emplace_back([&] {
      while (!done) table.execute("e", {{"n", 1}});
    });
  }
  for (int n = 0; n < 2000; ++n) {
    const auto own = std::make_shared<int>(n);
    table.attach("comes", "e", [own, &calls](const otp::telemetry_event&) { calls += *own >= 0; });
    table.detach("comes");
  }
  while (calls == 0) std::this_thread::yield();
  done = true;
  for (auto& each : threads) each.join();
  CHECK(table.list().size() == 1);
}
