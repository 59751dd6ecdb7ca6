// Names of events: words joined by dots, checked and hashed by the compiler.
#include "support/catch.hpp"
#include <otp/event_name.hpp>

#include <stdexcept>
#include <string>

namespace {

constexpr otp::event_name query = "chatroom.repo.query";
static_assert(query.text() == "chatroom.repo.query");
static_assert(query == otp::event_name::of("chatroom.repo.query"));
static_assert(otp::event_name{"a.b"}.hash() == otp::event_name{"a"}.hash_with(".b"));

}  // namespace

TEST_CASE("a name made at run time equals the literal of the same text") {
  const std::string text = std::string{"chatroom"} + ".repo.query";
  CHECK(otp::event_name::of(text) == query);
  CHECK(otp::event_name::of(text).hash() == query.hash());
}

TEST_CASE("a prefix is made of whole words") {
  CHECK(query.starts_with(""));
  CHECK(query.starts_with("chatroom"));
  CHECK(query.starts_with("chatroom.repo.query"));
  CHECK_FALSE(query.starts_with("chat"));
  CHECK_FALSE(query.starts_with("chatroom.repo.query.more"));
}

TEST_CASE("a name without words, or with an empty one, is refused with advice", "[M-010]") {
  for (const char* text : {"", ".", "a.", ".a", "a..b"}) {
    CHECK_THROWS_AS(otp::event_name::of(text), std::invalid_argument);
  }
  try {
    static_cast<void>(otp::event_name::of("a..b"));
  } catch (const std::invalid_argument& error) {
    CHECK(std::string{error.what()}.find("\"a..b\" is no event name") != std::string::npos);
  }
}
