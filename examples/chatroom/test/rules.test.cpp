// What may be a name and what may be said.
#include "chat/clock.hpp"
#include "chat/rules.hpp"

#include "support/catch.hpp"

using namespace chatroom;
using namespace std::chrono_literals;

TEST_CASE("a name is trimmed and has 1 to 20 code points") {
  CHECK(chat::check_name("  ann ").value == "ann");
  CHECK(chat::check_name("").reason == "can't be blank");
  CHECK(chat::check_name("\u3000").reason == "can't be blank");
  CHECK(chat::check_name(std::string(20, 'a')));
  CHECK(chat::check_name(std::string(21, 'a')).reason == "at most 20 characters");
  CHECK(chat::check_name("😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"));
}

TEST_CASE("a name with control characters is refused") {
  CHECK(chat::check_name("a\x01" "b").reason == "can't contain control characters");
  CHECK(chat::check_name("a\nb").reason == "can't contain control characters");
}

TEST_CASE("a message body is trimmed and has 1 to 500 code points") {
  CHECK(chat::check_body(" <b>x</b> ").value == "<b>x</b>");
  CHECK(chat::check_body(" \t ").reason == "can't be blank");
  CHECK(chat::check_body(std::string(500, 'x')));
  CHECK(chat::check_body(std::string(501, 'x')).reason == "at most 500 characters");
  CHECK(chat::check_body(std::string(5000, ' ')).reason == "at most 500 characters");
  CHECK(chat::check_body("\xff").reason == "is not valid text");
}

TEST_CASE("times are written in UTC, with milliseconds where machines read them") {
  const chat::timestamp when{1'795'351'445'007ms};  // 2026-11-22 12:44:05.007
  CHECK(chat::hours_and_minutes(when) == "12:44");
  CHECK(chat::iso8601(when) == "2026-11-22T12:44:05.007Z");
  CHECK(chat::calendar_day(when) == "22 November 2026");
  CHECK(chat::iso8601({}) == "1970-01-01T00:00:00.000Z");
}
