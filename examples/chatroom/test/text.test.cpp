// Code points, trimming and repair of UTF-8.
#include "chat/text.hpp"

#include "support/catch.hpp"

using namespace chatroom;

TEST_CASE("length is counted in code points, whatever their width") {
  CHECK(text::code_points("") == 0);
  CHECK(text::code_points("abc") == 3);
  CHECK(text::code_points("ünï") == 3);
  CHECK(text::code_points("😀😀") == 2);
  CHECK(text::code_points("e\u0301") == 2);
}

TEST_CASE("trimming removes Unicode white space at both ends and keeps it inside") {
  CHECK(text::trim("  a b \t\n") == "a b");
  CHECK(text::trim("\u00a0\u3000a\u2003") == "a");
  CHECK(text::trim(" \u2028 ") == "");
  CHECK(text::trim("") == "");
  CHECK(text::trim("é") == "é");
}

TEST_CASE("ill-formed UTF-8 is recognised and replaced") {
  for (const std::string_view bad : {"\xff", "a\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                                     "\xe2\x82", "\x80"}) {
    CHECK_FALSE(text::is_valid_utf8(bad));
    CHECK(text::is_valid_utf8(text::to_valid_utf8(bad)));
  }
  CHECK(text::to_valid_utf8("a\xff""b") == "a\uFFFD" "b");
  CHECK(text::to_valid_utf8("ok ü 😀") == "ok ü 😀");
}

TEST_CASE("initials are the first letters of up to two words") {
  CHECK(text::initials("ada lovelace byron") == "AL");
  CHECK(text::initials("bob") == "B");
  CHECK(text::initials("émile-zola") == "éZ");
  CHECK(text::initials("  ") == "");
}
