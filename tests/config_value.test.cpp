// Values of settings: what texts stand for, and how values are written.
#include "support/catch.hpp"
#include <otp/config_value.hpp>

#include <string>

using otp::config_type;
using otp::config_value;
using namespace std::chrono_literals;

namespace {

std::string parsed(config_type type, std::string_view text) {
  const auto value = config_value::parse(type, text);
  return value ? value->to_toml() : "refused";
}

}  // namespace

TEST_CASE("a value has the type of what it was made from, or only a type") {
  CHECK(config_value{true}.type() == config_type::boolean);
  CHECK(config_value{1}.type() == config_type::integer);
  CHECK(config_value{1U}.type() == config_type::integer);
  CHECK(config_value{0.5}.type() == config_type::real);
  CHECK(config_value{5s}.type() == config_type::duration);
  CHECK(config_value{"x"}.type() == config_type::text);
  CHECK(config_value{config_value::list{"x"}}.type() == config_type::list);
  CHECK(config_value{config_type::integer}.type() == config_type::integer);
  CHECK_FALSE(config_value{config_type::integer}.is_set());
  CHECK(config_value{1}.is_set());
}

TEST_CASE("bools are read in the words people use") {
  for (const char* text : {"true", "yes", "on", "1"}) {
    CHECK(parsed(config_type::boolean, text) == "true");
  }
  for (const char* text : {"false", "no", "off", "0", " false "}) {
    CHECK(parsed(config_type::boolean, text) == "false");
  }
  CHECK(parsed(config_type::boolean, "maybe") == "refused");
  CHECK(parsed(config_type::boolean, "") == "refused");
}

TEST_CASE("numbers are read whole or not at all") {
  CHECK(parsed(config_type::integer, "4000") == "4000");
  CHECK(parsed(config_type::integer, " -5 ") == "-5");
  for (const char* text : {"", "4000x", "4.5", "0x10", "99999999999999999999"}) {
    CHECK(parsed(config_type::integer, text) == "refused");
  }
  CHECK(parsed(config_type::real, "0.5") == "0.5");
  CHECK(parsed(config_type::real, "2") == "2.0");
  for (const char* text : {"", "inf", "nan", "1,5"}) {
    CHECK(parsed(config_type::real, text) == "refused");
  }
}

TEST_CASE("durations need a unit, and parts add up") {
  CHECK(*config_value::parse(config_type::duration, "500ms") == config_value{500ms});
  CHECK(*config_value::parse(config_type::duration, "1.5s") == config_value{1500ms});
  CHECK(*config_value::parse(config_type::duration, "1h30m") == config_value{90min});
  CHECK(*config_value::parse(config_type::duration, "2min") == config_value{2min});
  CHECK(*config_value::parse(config_type::duration, "1d") == config_value{24h});
  CHECK(*config_value::parse(config_type::duration, "7us") == config_value{7us});
  CHECK(*config_value::parse(config_type::duration, "7ns") == config_value{7ns});
  CHECK(*config_value::parse(config_type::duration, "0") == config_value{0s});
  for (const char* text : {"", "5", "s", "-5s", "5 s", "5weeks", "1.2.3s", "999999999999h"}) {
    CHECK(parsed(config_type::duration, text) == "refused");
  }
}

TEST_CASE("lists are parted by commas, without the blanks around them") {
  CHECK(parsed(config_type::list, "a, b ,c") == "[\"a\", \"b\", \"c\"]");
  CHECK(parsed(config_type::list, "") == "[]");
  CHECK(parsed(config_type::list, "a,") == "[\"a\", \"\"]");
}

TEST_CASE("texts are taken as they are") {
  CHECK(parsed(config_type::text, " x ") == "\" x \"");
}

TEST_CASE("values are written as TOML reads them") {
  CHECK(config_value{"say \"hi\"\\\n"}.to_toml() == "\"say \\\"hi\\\"\\\\\\u000A\"");
  CHECK(config_value{90min}.to_toml() == "\"1h30m\"");
  CHECK(config_value{1500ms}.to_toml() == "\"1s500ms\"");
  CHECK(config_value{0s}.to_toml() == "\"0s\"");
  CHECK(config_value{2.0}.to_toml() == "2.0");
  CHECK(config_value{config_type::text}.to_toml().empty());
}
