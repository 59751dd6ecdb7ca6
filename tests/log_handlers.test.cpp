// What log lines look like, for people and for machines, and that nobody can forge one.
#include "support/catch.hpp"
#include <otp/log_handlers.hpp>

#include <cstdio>
#include <limits>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

otp::log_event event_with(std::string message, otp::fields metadata = {}) {
  otp::log_event event;
  event.time = std::chrono::system_clock::time_point{1'700'000'000'123ms};
  event.message = std::move(message);
  event.metadata = std::move(metadata);
  return event;
}

std::string json(const otp::log_event& event) {
  return format_log_event(event, otp::log_format::json);
}

}  // namespace

TEST_CASE("a text line has time, level, message and fields") {
  CHECK(format_log_event(event_with("joined", {{"room", "lobby"}, {"took", 250ms}})) ==
        "2023-11-14T22:13:20.123Z [info] joined room=lobby took=250ms\n");
}

TEST_CASE("a text line names the process that logged") {
  otp::log_event event = event_with("hello");
  event.process = {0, 7, 42};
  CHECK(format_log_event(event) == "2023-11-14T22:13:20.123Z [info] <0.42> hello\n");
  event.process_name = "counter";
  CHECK(format_log_event(event) == "2023-11-14T22:13:20.123Z [info] counter <0.42> hello\n");
}

TEST_CASE("line breaks of a message are indented, other control characters are shown") {
  CHECK(format_log_event(event_with("a\nb\r\x1b[31m\tc\x7f\xC2\x9B!\xC2\xA9")) ==
        "2023-11-14T22:13:20.123Z [info] a\n    b\\x0d\\x1b[31m\\tc\\x7f\\x9b!\xC2\xA9\n");
}

TEST_CASE("a value cannot begin a line of its own") {
  CHECK(format_log_event(event_with("m", {{"name", "x\n2023 [error] forged"}})) ==
        "2023-11-14T22:13:20.123Z [info] m name=x\\n2023 [error] forged\n");
}

TEST_CASE("a very long value is cut in the line") {
  const auto line = format_log_event(event_with("m", {{"v", std::string(5000, 'x')}}));
  CHECK(line.size() < 1200);
  CHECK(line.substr(line.size() - 4) == "...\n");
}

TEST_CASE("a report's details stand below its line, indented") {
  otp::log_event event = event_with("process counter <0.42> crashed: boom");
  event.level = otp::log_level::error;
  event.process = {0, 7, 42};
  event.report = otp::crash_report{.process = event.process,
                                   .name = "counter",
                                   .reason = otp::exit_reason{"boom"},
                                   .last_message = "counter::add",
                                   .ancestors = {"top"}};
  CHECK(format_log_event(event) ==
        "2023-11-14T22:13:20.123Z [error] process counter <0.42> crashed: boom\n"
        "    last message: counter::add\n"
        "    ancestors: top\n");
  CHECK(json(event) ==
        "{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"error\","
        "\"message\":\"process counter <0.42> crashed: boom\",\"pid\":\"<0.42>\","
        "\"details\":\"last message: counter::add\\u000aancestors: top\"}\n");
}

TEST_CASE("colour surrounds the level only") {
  otp::log_event event = event_with("m");
  event.level = otp::log_level::error;
  CHECK(format_log_event(event, otp::log_format::text, true) ==
        "2023-11-14T22:13:20.123Z \x1b[31m[error]\x1b[0m m\n");
}

TEST_CASE("a JSON line keeps numbers and bools, escapes text, and replaces what is no UTF-8") {
  CHECK(json(event_with("say \"hi\" \\ \x01 \xFF",
                        {{"n", 3}, {"ok", true}, {"x", 0.5}, {"t", 1500ms}, {"none", {}}})) ==
        "{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"info\","
        "\"message\":\"say \\\"hi\\\" \\\\ \\u0001 \\ufffd\","
        "\"metadata\":{\"n\":3,\"ok\":true,\"x\":0.5,\"t\":1.5,\"none\":null}}\n");
}

TEST_CASE("a number that JSON does not have is written as text") {
  CHECK(json(event_with("m", {{"x", std::numeric_limits<double>::infinity()}}))
            .find("\"x\":\"inf\"") != std::string::npos);
}

TEST_CASE("the console handler writes a whole line to its stream") {
  std::FILE* const stream = std::tmpfile();
  REQUIRE(stream != nullptr);
  const otp::log_handler handler = otp::console_handler(
      {.format = otp::log_format::text, .color = otp::log_color::if_terminal, .stream = stream});
  handler(event_with("one"));
  handler(event_with("two"));
  std::rewind(stream);
  std::string text(200, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), stream));
  std::fclose(stream);
  CHECK(text == "2023-11-14T22:13:20.123Z [info] one\n2023-11-14T22:13:20.123Z [info] two\n");
}

TEST_CASE("a recorder keeps the latest events") {
  const otp::log_recorder recorder{2};
  const auto handler = recorder.handler();
  for (const char* text : {"1", "2", "3"}) handler(event_with(text));
  const auto events = recorder.events();
  REQUIRE(events.size() == 2);
  CHECK(events[0].message == "2");
  CHECK(events[1].message == "3");
}
