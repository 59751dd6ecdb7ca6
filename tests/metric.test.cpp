// What a metric's name and options mean, and which are refused (C-263).
#include "support/catch.hpp"
#include <otp/metric.hpp>

#include <chrono>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
namespace m = otp::metrics;
using unit = otp::metric_unit;

TEST_CASE("the last word of a metric's name is the measurement, the others are the event") {
  const auto by_name = m::sum("shop.repo.query.duration");
  CHECK(by_name.name() == "shop.repo.query.duration");
  CHECK(by_name.event() == "shop.repo.query");
  CHECK(by_name.measurement() == "duration");
  const auto by_options =
      m::last_value("stock", {.event_name = "shop.stock.counted", .measurement = "items"});
  CHECK(by_options.event() == "shop.stock.counted");
  CHECK(by_options.measurement() == "items");
  CHECK(m::counter("orders", {.event_name = "shop.order"}).measurement() == "orders");
}

TEST_CASE("a metric that cannot work is refused, and the error names it") {
  const auto keep = [](const otp::fields&) { return true; };
  const std::vector<std::function<otp::metric()>> wrong{
      [] { return m::counter(""); },
      [] { return m::counter("requests"); },
      [] { return m::counter("shop."); },
      [] { return m::counter(".requests"); },
      [] { return m::counter("shop..requests"); },
      [] { return m::counter("a.b", {.event_name = "a..b"}); },
      [] { return m::sum("a.b", {.tags = {""}}); },
      [] { return m::sum("a.b", {.tags = {"x", "y", "x"}}); },
      [&] { return m::sum("a.b", {.keep = keep, .drop = keep}); },
      [] { return m::sum("a.b", {.unit = unit::second, .measured_in = unit::byte}); },
      [] { return m::sum("a.b", {.measured_in = unit::byte}); },
      [] { return m::sum("a.b", {.max_series = 0}); },
      [] { return m::summary("a.b", {.window = 0}); },
      [] { return m::distribution("a.b", {}); },
      [] { return m::distribution("a.b", {1, 1}); },
      [] { return m::distribution("a.b", {2, 1}); },
      [] { return m::distribution("a.b", {1, std::numeric_limits<double>::infinity()}); },
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    INFO(i);
    CHECK_THROWS_AS(wrong[i](), std::invalid_argument);
  }
  try {
    m::distribution("shop.size", {2, 1});
  } catch (const std::invalid_argument& error) {
    CHECK(std::string{error.what()}.find("metric \"shop.size\": the bucket 1") != std::string::npos);
  }
}

TEST_CASE("durations are given in the metric's unit, numbers are converted if their unit is known") {
  const auto number = [](otp::metric_options options, const otp::field_value& value) {
    return m::sum("a.b", std::move(options)).number(value);
  };
  CHECK(number({}, 7) == 7.0);
  CHECK(number({}, -0.5) == -0.5);
  CHECK(number({}, 3us) == 3000.0);
  CHECK(number({.unit = unit::nanosecond}, 3us) == 3000.0);
  CHECK(number({.unit = unit::microsecond}, 1500ns) == 1.5);
  CHECK(number({.unit = unit::millisecond}, 700us) == 0.7);
  CHECK(number({.unit = unit::second}, 700ms) == 0.7);
  CHECK(number({.unit = unit::second}, 9) == 9.0);
  CHECK(number({.unit = unit::second, .measured_in = unit::millisecond}, 700) == 0.7);
  CHECK(number({.unit = unit::millisecond, .measured_in = unit::second}, 0.7) == 700.0);
  CHECK(number({.unit = unit::kilobyte, .measured_in = unit::byte}, 2500) == 2.5);
  CHECK(number({.unit = unit::kilobyte, .measured_in = unit::megabyte}, 2) == 2000.0);
  CHECK(number({.unit = unit::byte}, 1s) == std::nullopt);
  CHECK(number({}, "7") == std::nullopt);
  CHECK(number({}, true) == std::nullopt);
  CHECK(number({}, {}) == std::nullopt);
  CHECK(number({}, std::numeric_limits<double>::quiet_NaN()) == std::nullopt);
  CHECK(number({}, std::numeric_limits<double>::infinity()) == std::nullopt);
}

TEST_CASE("base units are seconds and bytes") {
  CHECK(otp::base_unit(unit::microsecond) == "seconds");
  CHECK(otp::base_unit(unit::megabyte) == "bytes");
  CHECK(otp::base_unit(unit::none) == "");
  CHECK(otp::to_base_unit(unit::millisecond, 700) == 0.7);
  CHECK(otp::to_base_unit(unit::megabyte, 3) == 3e6);
  CHECK(otp::to_base_unit(unit::none, 5) == 5.0);
  CHECK(otp::to_string(unit::kilobyte) == "kilobyte");
  CHECK(otp::to_string(otp::metric_kind::last_value) == "last_value");
}
