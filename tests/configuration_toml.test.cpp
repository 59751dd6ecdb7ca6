// Settings from TOML: tables become dotted names, lines are kept, other kinds of values are
// refused.
#include "support/catch.hpp"
#include <otp/configuration_toml.hpp>

#include <string>

using otp::config_value;

TEST_CASE("a TOML file is read as settings in the order of its lines") {
  const auto entries = otp::toml_format(
      "port = 4010\n"
      "console = true\n"
      "rate = 0.5\n"
      "database_path = \"chat.db\"\n"
      "hosts = [\"a\", \"b\"]\n"
      "[repo]\n"
      "pool_size = 3\n");
  REQUIRE(entries.has_value());
  REQUIRE(entries->size() == 6);
  CHECK(entries->at(0).name == "port");
  CHECK(entries->at(0).value == config_value{4010});
  CHECK(entries->at(1).value == config_value{true});
  CHECK(entries->at(2).value == config_value{0.5});
  CHECK(entries->at(3).value == config_value{"chat.db"});
  CHECK(entries->at(4).value == config_value{config_value::list{"a", "b"}});
  CHECK(entries->at(5).name == "repo.pool_size");
  CHECK(entries->at(5).line == 7);
}

TEST_CASE("text that is no TOML is refused with its line") {
  const auto entries = otp::toml_format("port = 1\nport = = 2\n");
  REQUIRE_FALSE(entries.has_value());
  CHECK(entries.error().line == 2);
  CHECK_FALSE(entries.error().message.empty());
}

TEST_CASE("a value that no setting can have is refused by name") {
  for (const char* text : {"a = 1979-05-27", "a = [1, 2]", "a = [[\"x\"]]"}) {
    const auto entries = otp::toml_format(text);
    REQUIRE_FALSE(entries.has_value());
    CHECK(entries.error().message ==
          "\"a\" is neither a number, a bool, a text nor a list of texts");
    CHECK(entries.error().line == 1);
  }
}

TEST_CASE("what --print-config writes is a file that can be read again") {
  otp::configuration_spec spec;
  spec.program = "demo";
  spec.file_format = otp::toml_format;
  spec.keys.resize(5);
  spec.keys[0].name = "text";
  spec.keys[0].value = "say \"hi\" \\ \t";
  spec.keys[1].name = "table.time";
  spec.keys[1].value = std::chrono::milliseconds{90500};
  spec.keys[2].name = "real";
  spec.keys[2].value = 2.0;
  spec.keys[3].name = "list";
  spec.keys[3].value = config_value::list{"a", "b"};
  spec.keys[4].name = "unset";
  const auto first = otp::parse_configuration(spec, {});
  REQUIRE(first.has_value());
  const std::string written = first->values.to_toml();
  for (auto& key : spec.keys) key.value = config_value{key.value.type()};
  const auto again = otp::parse_configuration(
      spec, {.arguments = {"--config=written"}, .environment = {}, .read_file = [&](const auto&) {
               return std::optional{written};
             }});
  REQUIRE(again.has_value());
  for (std::size_t at = 0; at < spec.keys.size(); ++at) {
    CHECK(again->values.entries()[at].value == first->values.entries()[at].value);
  }
}
