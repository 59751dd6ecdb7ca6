// The logger: levels, handlers that come, go and fail, bounded messages, reports.
#include "support/catch.hpp"
#include <otp/log_handlers.hpp>
#include <otp/logger.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using otp::log_level;
using namespace std::chrono_literals;

namespace {

// Something whose formatting can be seen, and can fail.
struct probe {
  int* formatted;
  bool fails = false;
};

}  // namespace

template <>
struct fmt::formatter<probe> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  template <class Context>
  auto format(const probe& value, Context& context) const {
    ++*value.formatted;
    if (value.fails) throw std::runtime_error{"no text"};
    return fmt::format_to(context.out(), "probe");
  }
};

TEST_CASE("levels are named, in order of seriousness") {
  CHECK(to_string(log_level::emergency) == "emergency");
  CHECK(to_string(log_level::debug) == "debug");
  CHECK(otp::parse_log_level("warning") == log_level::warning);
  CHECK_FALSE(otp::parse_log_level("loud").has_value());
  CHECK(log_level::error < log_level::info);
}

TEST_CASE("an event reaches the handlers with level, text, fields and time") {
  otp::logger_options options;
  options.clock.system = [] { return std::chrono::system_clock::time_point{5s}; };
  otp::logger log{options};
  const otp::log_recorder recorder;
  CHECK(log.add_handler("test", recorder.handler()));
  log.write(log_level::warning, {{"room", "lobby"}}, "{} of {}", 1, 2);
  const auto events = recorder.events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].level == log_level::warning);
  CHECK(events[0].message == "1 of 2");
  CHECK(events[0].metadata == otp::fields{{"room", "lobby"}});
  CHECK(events[0].time == std::chrono::system_clock::time_point{5s});
  CHECK(events[0].report.index() == 0);
}

TEST_CASE("an event that nobody takes is not formatted") {
  otp::logger log;
  int formatted = 0;
  log.write(log_level::error, "{}", probe{&formatted});
  const otp::log_recorder recorder;
  log.add_handler("errors", recorder.handler(), log_level::error);
  log.write(log_level::warning, "{}", probe{&formatted});
  CHECK(formatted == 0);
  CHECK_FALSE(log.enabled(log_level::warning));
  CHECK(log.enabled(log_level::error));
  log.write(log_level::error, "{}", probe{&formatted});
  CHECK(formatted == 1);
  CHECK(recorder.events().size() == 1);
}

TEST_CASE("the level of the logger holds for all handlers and may change at any time") {
  otp::logger log;
  const otp::log_recorder recorder;
  log.add_handler("all", recorder.handler());
  log.write(log_level::debug, "hidden");
  log.set_level(log_level::debug);
  CHECK(log.level() == log_level::debug);
  log.write(log_level::debug, "seen");
  log.set_level(log_level::critical);
  log.write(log_level::error, "hidden");
  REQUIRE(recorder.events().size() == 1);
  CHECK(recorder.events()[0].message == "seen");
}

TEST_CASE("handlers have unique ids and can be removed") {
  otp::logger log;
  const otp::log_recorder recorder;
  CHECK(log.add_handler("a", recorder.handler()));
  CHECK_FALSE(log.add_handler("a", recorder.handler()));
  CHECK(log.add_handler("b", recorder.handler()));
  CHECK(log.handlers() == std::vector<std::string>{"a", "b"});
  CHECK(log.remove_handler("a"));
  CHECK_FALSE(log.remove_handler("a"));
  CHECK(log.remove_handler("b"));
  CHECK_FALSE(log.enabled(log_level::emergency));
  CHECK_THROWS_AS(log.add_handler("c", nullptr), std::invalid_argument);
}

TEST_CASE("a failing handler is removed and the others are told") {
  otp::logger log;
  const otp::log_recorder recorder;
  log.add_handler("bad", [](const otp::log_event&) { throw std::runtime_error{"disk full"}; });
  log.add_handler("good", recorder.handler());
  log.write(log_level::info, "hello");
  CHECK(log.handlers() == std::vector<std::string>{"good"});
  const auto events = recorder.events();
  REQUIRE(events.size() == 2);
  CHECK(events[0].message == "hello");
  CHECK(events[1].message ==
        "log handler \"bad\" failed and was removed: std::runtime_error: disk full");
  CHECK(events[1].level == log_level::error);
  CHECK(log.lost() == 1);
}

TEST_CASE("handlers that all fail leave a silent logger, not a loop") {
  otp::logger log;
  for (const char* id : {"1", "2", "3"}) {
    log.add_handler(id, [](const otp::log_event&) { throw 1; });
  }
  log.write(log_level::info, "hello");
  CHECK(log.handlers().empty());
  CHECK(log.lost() == 3);
}

TEST_CASE("a message that cannot be formatted is counted, and the caller goes on") {
  otp::logger log;
  const otp::log_recorder recorder;
  log.add_handler("test", recorder.handler());
  int formatted = 0;
  log.write(log_level::info, "{}", probe{&formatted, true});
  CHECK(recorder.events().empty());
  CHECK(log.lost() == 1);
}

TEST_CASE("a long message is cut between characters and says how much is missing") {
  otp::logger_options options;
  options.max_message_bytes = 4;
  otp::logger log{options};
  const otp::log_recorder recorder;
  log.add_handler("test", recorder.handler());
  log.write(log_level::info, "abc\xC3\xA9tail");
  REQUIRE(recorder.events().size() == 1);
  CHECK(recorder.events()[0].message == "abc... (6 bytes more)");
}

TEST_CASE("reports are events with a text, the process that they are about, and their data") {
  otp::logger log;
  const otp::log_recorder recorder;
  log.add_handler("test", recorder.handler());
  const otp::pid process{0, 7, 42};
  log.write(
      otp::crash_report{.process = process, .name = "counter", .reason = otp::exit_reason{"boom"}});
  log.write(otp::supervisor_report{.supervisor = process,
                                   .name = "top",
                                   .context = otp::supervisor_context::start_error,
                                   .reason = otp::exit_reason{"boom"}});
  log.write(otp::progress_report{.supervisor = process, .name = "top"});
  const auto events = recorder.events();
  REQUIRE(events.size() == 3);
  CHECK(events[0].level == log_level::error);
  CHECK(events[0].process == process);
  CHECK(events[0].process_name == "counter");
  CHECK(events[0].message == "process counter <0.42> crashed: boom");
  CHECK(std::get<otp::crash_report>(events[0].report).name == "counter");
  CHECK(std::holds_alternative<otp::supervisor_report>(events[1].report));
  CHECK(events[2].level == log_level::info);
}

TEST_CASE("several threads may log while handlers come and go") {
  otp::logger log;
  std::atomic<int> seen{0};
  log.add_handler("stays", [&](const otp::log_event&) { ++seen; });
  std::vector<std::thread> threads;
  for (int n = 0; n < 2; ++n) {
    threads.emplace_back([&log] {
      for (int i = 0; i < 500; ++i) log.write(log_level::info, "{}", i);
    });
  }
  for (int n = 0; n < 500; ++n) {
    log.add_handler("comes", [](const otp::log_event&) {});
    log.remove_handler("comes");
  }
  for (auto& each : threads) each.join();
  CHECK(seen == 1000);
}
