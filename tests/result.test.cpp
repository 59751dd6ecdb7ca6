// A value or the error that took its place.
#include <otp/result.hpp>

#include "support/catch.hpp"

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

struct incomparable {};

TEST_CASE("a result holds a value") {
  const otp::result<int> seven = 7;
  REQUIRE(seven.has_value());
  CHECK(seven);
  CHECK(*seven == 7);
  CHECK(seven.value() == 7);
}

TEST_CASE("a result holds an error") {
  const otp::result<int> none = otp::failure(otp::reason::noproc);
  CHECK_FALSE(none.has_value());
  CHECK_FALSE(none);
  CHECK(none.error() == otp::reason::noproc);
}

TEST_CASE("values convert, errors have to be marked") {
  const otp::result<std::string> text = "text";
  CHECK(*text == "text");
  const otp::result<std::string> none = otp::failure("no text");
  CHECK(none.error() == otp::exit_reason{"no text"});
  CHECK_FALSE(std::convertible_to<otp::exit_reason, otp::result<int>>);
}

TEST_CASE("the value may be an exit reason, and the error too") {
  const otp::result<otp::exit_reason> value = otp::reason::killed;
  REQUIRE(value);
  CHECK(*value == otp::reason::killed);
  const otp::result<otp::exit_reason> error = otp::failure(otp::reason::killed);
  CHECK_FALSE(error);
}

TEST_CASE("value() of a failed result throws its exit reason") {
  const otp::result<int> none = otp::failure(otp::reason::timeout);
  try {
    static_cast<void>(none.value());
    FAIL("nothing was thrown");
  } catch (const otp::exit_error& error) {
    CHECK(error.reason() == otp::reason::timeout);
  }
}

TEST_CASE("value() of a failed start throws start_error") {
  const otp::result<int, otp::start_failure> none =
      otp::failure(otp::start_failure{.reason = otp::reason::normal, .ignored = true});
  try {
    static_cast<void>(none.value());
    FAIL("nothing was thrown");
  } catch (const otp::start_error& error) {
    CHECK(error.ignored());
  }
}

TEST_CASE("value() throws bad_result_access when the error cannot be thrown") {
  const otp::result<int, std::string> none = otp::failure(std::string{"no"});
  CHECK_THROWS_AS(none.value(), otp::bad_result_access);
}

TEST_CASE("value_or replaces an error") {
  const otp::result<int> seven = 7;
  const otp::result<int> none = otp::failure(otp::reason::timeout);
  CHECK(seven.value_or(1) == 7);
  CHECK(none.value_or(1) == 1);
}

TEST_CASE("the members of the value can be reached by an arrow") {
  otp::result<std::string> text = "text";
  text->append("ure");
  CHECK(text->size() == 7);
}

TEST_CASE("a result of something that can only be moved is moved from") {
  otp::result<std::unique_ptr<int>> owner = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = std::move(owner).value();
  CHECK(*taken == 7);
  CHECK(owner.has_value());
}

TEST_CASE("a temporary result gives its value away, so that a loop over it does not dangle") {
  const auto make = [] { return otp::result<std::vector<int>>{std::vector<int>{1, 2, 3}}; };
  static_assert(std::is_same_v<decltype(make().value()), std::vector<int>>);
  int sum = 0;
  for (const int number : make().value()) {
    sum += number;
  }
  CHECK(sum == 6);
}

TEST_CASE("results are compared if their parts can be") {
  CHECK(otp::result<int>{7} == otp::result<int>{7});
  CHECK(otp::result<int>{7} != otp::result<int>{8});
  CHECK(otp::result<int>{7} != otp::result<int>{otp::failure(otp::reason::noproc)});
  CHECK(otp::result<void>{} == otp::result<void>{});
  CHECK_FALSE(std::equality_comparable<otp::result<incomparable>>);
}

TEST_CASE("a result without a value says only whether it went well") {
  const otp::result<void> well;
  CHECK(well);
  well.value();
  const otp::result<void> badly = otp::failure(otp::reason::noproc);
  CHECK_FALSE(badly);
  CHECK(badly.error() == otp::reason::noproc);
  CHECK_THROWS_AS(badly.value(), otp::exit_error);
}

TEST_CASE("results work in constant expressions") {
  constexpr otp::result<int, int> three = otp::failure{3};
  static_assert(!three && three.error() == 3 && three.value_or(7) == 7);
  static_assert(otp::result<int, int>{1}.value() == 1);
}

}  // namespace
