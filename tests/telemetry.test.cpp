// Telemetry of a runtime, as its processes use it.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/telemetry.hpp>

#include <string>

using namespace otp_test;

TEST_CASE("a handler stays when the process that attached it is gone", "[telemetry][M-016]") {
  const auto seen = always([] {
    const journal log;
    await_end(otp::spawn([log] {
      otp::telemetry::attach("keeper", "a.b", [log](const otp::telemetry_event& event) {
        log.note(event.measurements.find("n")->to_string());
      });
    }));
    otp::telemetry::execute("a.b", {{"n", 1}});
    in(puppet(), [] { otp::telemetry::execute("a.b", {{"n", 2}}); });
    const bool taken = !otp::telemetry::attach("keeper", "a", [](const otp::telemetry_event&) {});
    const bool detached = in(puppet(), [] { return otp::telemetry::detach("keeper"); }) == "true";
    otp::telemetry::execute("a.b", {{"n", 3}});
    return fmt::format("{}; {} {}", log.text(), taken, detached);
  });
  CHECK(seen == "1, 2; true true");
}

TEST_CASE("the events of a span share a context that no other span of the runtime has",
          "[telemetry][M-014]") {
  const auto seen = always([] {
    const journal log;
    otp::telemetry::current().attach_many(
        "test", {"w.start", "w.stop"}, [log](const otp::telemetry_event& event) {
          log.note(event.metadata.find("telemetry_span_context")->to_string());
        });
    const auto other = puppet();
    // The second span begins and ends within the first.
    otp::telemetry::span("w", {}, [&] { in(other, [] { otp::telemetry::span("w", {}, [] {}); }); });
    otp::telemetry::detach("test");
    const std::string told = log.text();
    return fmt::format("{}", told == "1, 2, 2, 1" ? "nested" : told);
  });
  CHECK(seen == "nested");
}

TEST_CASE("without a runtime an event is executed without a trace, and attaching fails",
          "[telemetry][M-015]") {
  CHECK_NOTHROW(otp::telemetry::execute("a.b", {{"n", 1}}));
  CHECK_THROWS(otp::telemetry::attach("h", "a.b", [](const otp::telemetry_event&) {}));
}
