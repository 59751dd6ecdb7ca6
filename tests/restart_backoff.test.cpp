// The settings of a backoff: which are good, and what is said about the others.
#include "support/catch.hpp"
#include <otp/infinity.hpp>
#include <otp/restart_backoff.hpp>
#include <otp/supervisor_spec.hpp>

#include <chrono>
#include <limits>
#include <string>

using namespace std::chrono_literals;

namespace {

std::string refused(const otp::restart_backoff& backoff) {
  const auto valid = otp::validate(backoff);
  if (valid) return "good";
  constexpr std::string_view common = "the supervisor's backoff is wrong: ";
  CHECK(valid.error().text.starts_with(common));
  return valid.error().text.substr(common.size());
}

}  // namespace

TEST_CASE("a supervisor does not wait unless it is told to (V-037)") {
  CHECK(otp::supervisor_spec{}.backoff.base == 0s);
  CHECK(refused({}) == "good");
}

TEST_CASE("a backoff needs a base; all else has a default") {
  CHECK(refused({.base = 1s}) == "good");
  CHECK(refused({.base = 1s, .max = 1s}) == "good");
  CHECK(refused({.base = 1ns, .max = otp::infinity, .jitter = 1, .reset_after = 1ns}) == "good");
  CHECK(refused({.base = -1s}) ==
        ".base is negative; give the wait before the first restart, or zero for none");
  CHECK(refused({.max = 1s}) == ".base is missing; give the wait before the first restart");
  CHECK(refused({.jitter = 0.5}) == ".base is missing; give the wait before the first restart");
  CHECK(refused({.base = 2s, .max = 1s}) ==
        ".max is less than .base; give the longest wait, or leave it out to wait .base each time");
  CHECK(refused({.base = 1s, .reset_after = 0s}) ==
        ".reset_after must be more than zero; it says how long a child must run for its waits to "
        "begin with .base again");
}

TEST_CASE("jitter is a share") {
  const std::string advice =
      ".jitter must be from 0 to 1, the share of each wait that is left to chance";
  CHECK(refused({.base = 1s, .jitter = 1.5}) == advice);
  CHECK(refused({.base = 1s, .jitter = -0.1}) == advice);
  CHECK(refused({.base = 1s, .jitter = std::numeric_limits<double>::quiet_NaN()}) == advice);
}

TEST_CASE("a wrong backoff is wrong in a supervisor's spec too") {
  const auto valid = otp::validate(otp::supervisor_spec{.backoff = {.base = -1s}});
  REQUIRE_FALSE(valid);
  CHECK(valid.error().get<otp::invalid_supervisor>() != nullptr);
}
