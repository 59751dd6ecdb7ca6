// The poller: when it measures, and what becomes of a measurement that fails (C-265).
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/child.hpp>
#include <otp/log.hpp>
#include <otp/measurements.hpp>
#include <otp/sys.hpp>
#include <otp/telemetry.hpp>
#include <otp/telemetry_poller.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

using namespace otp_test;

namespace {

// Says when it is called, in virtual seconds.
otp::telemetry_measurement ticks(const journal& log, std::string name) {
  return {name, [log, name] {
            log.note(fmt::format("{} {}", name, otp::this_runtime::now() / 1s));
          }};
}

otp::server_ref<otp::telemetry_poller> start(otp::telemetry_poller::options with) {
  return otp::start_link<otp::telemetry_poller>(std::move(with));
}

std::string left(otp::server_ref<otp::telemetry_poller> poller) {
  return fmt::format("{}", fmt::join(otp::call(poller, otp::telemetry_poller::list_measurements{}),
                                     " "));
}

// Fails as an exception, an exit, and something that is no exception at all.
const std::vector<otp::telemetry_measurement> bad{
    {"throws", [] { throw std::runtime_error{"oops"}; }},
    {"exits", [] { otp::exit("gone"s); }},
    {"odd", [] { throw 12; }},
};

}  // namespace

TEST_CASE("a poller measures at once and then every ten seconds") {
  const auto seen = simulated([] {
    const journal log;
    start({.measurements = {ticks(log, "a"), ticks(log, "b")}});
    otp::sleep(25s);
    return log.text();
  });
  CHECK(seen == "a 0, b 0, a 10, b 10, a 20, b 20");
}

TEST_CASE("the period of a poller and its first delay can be chosen") {
  const auto seen = simulated([] {
    const journal log;
    start({.measurements = {ticks(log, "a")}, .period = 3s, .init_delay = 2s});
    otp::sleep(9s);
    return log.text();
  });
  CHECK(seen == "a 2, a 5, a 8");
}

TEST_CASE("the period begins when the last measurement has returned") {
  const auto seen = simulated([] {
    const journal log;
    start({.measurements = {ticks(log, "a"), {"slow", [] { otp::sleep(4s); }}}, .period = 3s});
    otp::sleep(15s);
    return log.text();
  });
  CHECK(seen == "a 0, a 7, a 14");
}

TEST_CASE("a measurement that fails is removed and logged; the others go on") {
  for (const auto& one : bad) {
    const auto seen = simulated([one] {
      const journal log;
      const journal errors;
      otp::log::current().add_handler(
          "test", [errors](const otp::log_event& event) { errors.note(event.message); },
          otp::log_level::error);
      const auto poller = start({.measurements = {ticks(log, "a"), one, ticks(log, "b")}});
      otp::sleep(15s);
      otp::log::current().remove_handler("test");
      return fmt::format("{}; {}; {}", left(poller), log.text(), errors.text());
    });
    INFO(seen);
    CHECK(seen.starts_with("a b; a 0, b 0, a 10, b 10; the measurement \"" + one.name +
                           "\" failed and is removed: "));
    CHECK(seen.find("failed", seen.find("failed") + 1) == std::string::npos);
  }
}

TEST_CASE("a poller lives when all its measurements have failed") {
  const auto seen = always([] {
    const auto poller = start({.measurements = bad, .period = 1h});
    while (!left(poller).empty()) otp::sleep(1ms);  // until its first round is over
    return left(poller).empty() ? "it answers" : "";
  });
  CHECK(seen == "it answers");
}

TEST_CASE("a poller that is killed while it measures ends") {
  const auto seen = simulated([] {
    const auto poller = otp::start<otp::telemetry_poller>(
        otp::telemetry_poller::options{.measurements = {{"slow", [] { otp::sleep(1h); }}}});
    otp::sleep(1s);
    return end_of(poller.pid(), [&] { otp::exit(poller.pid(), otp::reason::kill); });
  });
  CHECK(seen == "killed");
}

TEST_CASE("settings of a poller that cannot work are refused") {
  const auto refused = [](const otp::telemetry_poller::options& with) {
    return simulated([with] {
      const auto started = otp::try_start<otp::telemetry_poller>(with);
      return started ? "started"s : started.error().reason.to_string();
    });
  };
  CHECK(refused({.period = 0s}).find("the period is 0") != std::string::npos);
  CHECK(refused({.init_delay = -1s}).find("a delay of zero or more") != std::string::npos);
  CHECK(refused({.measurements = {{"empty", nullptr}}}).find("\"empty\" has no function") !=
        std::string::npos);
  CHECK(refused({}) == "started");
}

TEST_CASE("the built-in measurements tell of memory, processes and run queues") {
  const auto seen = always([] {
    const journal log;
    otp::telemetry::current().attach_many(
        "test", {"vm.memory", "vm.system_counts", "vm.total_run_queue_lengths"},
        [log](const otp::telemetry_event& event) {
          for (const auto& each : event.measurements) {
            const bool sound = *each.value.get<std::int64_t>() >= (each.key.text() == "total" ? 0 : 1);
            log.note(fmt::format("{} {} {}", event.name.text(), each.key.text(), sound));
          }
        });
    for (const auto& each : otp::measurements::builtin()) each.measure();
    otp::telemetry::detach("test");
    return log.text();
  });
  CHECK(seen ==
        "vm.memory rss true, vm.system_counts process_count true, "
        "vm.total_run_queue_lengths total true");
}

TEST_CASE("a process can be measured by its name, and nobody is no failure") {
  const auto seen = always([] {
    const journal log;
    otp::telemetry::attach("test", "shop.till", [log](const otp::telemetry_event& event) {
      log.note(fmt::format("{} {}", event.metadata.find("name")->to_string(),
                           event.measurements.find("message_queue_len")->to_string()));
    });
    const auto measurement = otp::measurements::process_info("shop.till", "till");
    measurement.measure();
    const auto till = otp::spawn([] { otp::receive([](note) {}); });
    otp::register_name("till", till);
    for (int i = 0; i < 3; ++i) otp::send(till, outcome{"unread"});
    measurement.measure();
    otp::telemetry::detach("test");
    return measurement.name + ", " + log.text();
  });
  CHECK(seen == "process_info till, till 3");
}
