#include "chat/clock.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace chatroom::chat {
namespace {

struct parts {
  std::chrono::year_month_day day;
  std::chrono::hh_mm_ss<std::chrono::milliseconds> time;
};

parts split(timestamp when) {
  const auto midnight = std::chrono::floor<std::chrono::days>(when);
  return {std::chrono::year_month_day{midnight}, std::chrono::hh_mm_ss{when - midnight}};
}

constexpr std::array<std::string_view, 12> month_names{
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

}  // namespace

std::string hours_and_minutes(timestamp when) {
  const auto [_, time] = split(when);
  return fmt::format("{:02}:{:02}", time.hours().count(), time.minutes().count());
}

std::string iso8601(timestamp when) {
  const auto [day, time] = split(when);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

std::string calendar_day(timestamp when) {
  const auto [day, _] = split(when);
  const std::size_t month = static_cast<unsigned>(day.month()) - 1;
  return fmt::format("{} {} {}", static_cast<unsigned>(day.day()), month_names.at(month),
                     static_cast<int>(day.year()));
}

}  // namespace chatroom::chat
