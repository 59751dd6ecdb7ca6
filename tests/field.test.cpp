// Fields: typed values with literal keys, as telemetry and the log carry them.
#include "support/catch.hpp"
#include <otp/field.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>

using namespace std::chrono_literals;

static_assert(!std::is_constructible_v<otp::field_value, void*>);
static_assert(!std::is_constructible_v<otp::field_value, std::unique_ptr<int>>);

TEST_CASE("a value keeps the kind of what it was made from") {
  CHECK(otp::field_value{true}.get<bool>() != nullptr);
  CHECK(*otp::field_value{7}.get<std::int64_t>() == 7);
  CHECK(*otp::field_value{7U}.get<std::int64_t>() == 7);
  CHECK(*otp::field_value{1.5F}.get<double>() == 1.5);
  CHECK(*otp::field_value{2s}.get<std::chrono::nanoseconds>() == 2s);
  CHECK(*otp::field_value{"text"}.get<std::string>() == "text");
  CHECK(*otp::field_value{std::string_view{"text"}}.get<std::string>() == "text");
  CHECK(otp::field_value{otp::pid{}}.get<otp::pid>() != nullptr);
  CHECK(otp::field_value{otp::exit_reason{}}.get<otp::exit_reason>() != nullptr);
  CHECK(otp::field_value{7}.get<bool>() == nullptr);
}

TEST_CASE("an unsigned number too large for the signed kind is held at its limit") {
  const otp::field_value value{std::numeric_limits<std::uint64_t>::max()};
  CHECK(*value.get<std::int64_t>() == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("values print as people read them") {
  CHECK(otp::field_value{}.to_string() == "nil");
  CHECK(otp::field_value{true}.to_string() == "true");
  CHECK(otp::field_value{-3}.to_string() == "-3");
  CHECK(otp::field_value{0.25}.to_string() == "0.25");
  CHECK(otp::field_value{1500ms}.to_string() == "1.5s");
  CHECK(otp::field_value{250ms}.to_string() == "250ms");
  CHECK(otp::field_value{12us}.to_string() == "12us");
  CHECK(otp::field_value{12ns}.to_string() == "12ns");
  CHECK(otp::field_value{-2ms}.to_string() == "-2ms");
  CHECK(otp::field_value{otp::exit_reason{"gone"}}.to_string() == "gone");
  CHECK(otp::field_value{otp::pid{0, 3, 42}}.to_string() == "<0.42>");
  const std::chrono::system_clock::time_point time{1'700'000'000'123ms};
  CHECK(otp::field_value{time}.to_string() == "2023-11-14T22:13:20.123Z");
  CHECK(otp::field_value{std::chrono::system_clock::time_point{-1ms}}.to_string() ==
        "1969-12-31T23:59:59.999Z");
  CHECK(fmt::format("{:>6}", otp::field_value{12}) == "    12");
}

TEST_CASE("fields keep their order and are found by key") {
  otp::fields list{{"room", "lobby"}, {"n", 3}};
  CHECK(list.size() == 2);
  CHECK(*list.get<std::string>("room") == "lobby");
  CHECK(list.get<bool>("room") == nullptr);
  CHECK(list.find("other") == nullptr);
  list.set("room", "hall");
  list.set("last", true);
  CHECK(list == otp::fields{{"room", "hall"}, {"n", 3}, {"last", true}});
}

TEST_CASE("merging takes the other list's values") {
  otp::fields list{{"a", 1}, {"b", 2}};
  list.merge({{"b", 3}, {"c", 4}});
  CHECK(list == otp::fields{{"a", 1}, {"b", 3}, {"c", 4}});
}
