// UTF-8: what is a character, and where text may be cut.
#include "support/catch.hpp"
#include <otp/detail/utf8.hpp>

#include <string>
#include <string_view>

using otp::detail::utf8_cut;
using otp::detail::utf8_length;

TEST_CASE("the length of the first character is known from one to four bytes") {
  CHECK(utf8_length("") == 0);
  CHECK(utf8_length("a") == 1);
  CHECK(utf8_length("\xC3\xA9x") == 2);
  CHECK(utf8_length("\xE2\x82\xACx") == 3);
  CHECK(utf8_length("\xF0\x9F\x98\x80x") == 4);
  CHECK(utf8_length(std::string_view{"\0", 1}) == 1);
}

TEST_CASE("bytes that are no UTF-8 have no length") {
  for (const std::string_view text :
       {"\x80", "\xFF", "\xC3", "\xC3(", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xE2\x82",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF0\x80\x80\x80"}) {
    CHECK(utf8_length(text) == 0);
  }
}

TEST_CASE("a cut never tears a character") {
  const std::string text = "a\xF0\x9F\x98\x80z";
  CHECK(utf8_cut(text, 10) == 6);
  CHECK(utf8_cut(text, 5) == 5);
  CHECK(utf8_cut(text, 4) == 1);
  CHECK(utf8_cut(text, 3) == 1);
  CHECK(utf8_cut(text, 2) == 1);
  CHECK(utf8_cut(text, 1) == 1);
  CHECK(utf8_cut(text, 0) == 0);
  CHECK(utf8_cut("\x80\x80\x80\x80\x80\x80", 4) == 4);
}
