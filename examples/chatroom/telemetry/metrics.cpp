#include "telemetry/metrics.hpp"

#include <otp/telemetry.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace chatroom::telemetry {
namespace {

constexpr std::string_view handler_id = "chatroom.telemetry";

const std::vector<otp::event_name>& events() {
  static const std::vector<otp::event_name> all{
      "chatroom.message.posted", "chatroom.repo.query",     "chatroom.endpoint.request",
      "chatroom.socket.opened",  "chatroom.socket.closed", "chatroom.view.mounted"};
  return all;
}

}  // namespace

struct metrics::counters {
  struct one {
    std::atomic<std::uint64_t> count{0};
    std::atomic<std::int64_t> total_ns{0};
  };
  std::vector<one> of_event = std::vector<one>(events().size());
};

metrics::metrics() : counters_{std::make_shared<counters>()} {
  otp::this_process::trap_exit(true);
  otp::telemetry::detach(handler_id);  // of a predecessor that was killed
  otp::telemetry::current().attach_many(
      std::string{handler_id}, events(), [all = counters_](const otp::telemetry_event& event) {
        for (std::size_t i = 0; i < events().size(); ++i) {
          if (events()[i] != event.name) continue;
          counters::one& mine = all->of_event[i];
          mine.count.fetch_add(1, std::memory_order_relaxed);
          for (const auto& [key, value] : event.measurements) {
            const auto* time = value.get<std::chrono::nanoseconds>();
            if (time != nullptr) mine.total_ns.fetch_add(time->count(), std::memory_order_relaxed);
          }
        }
      });
}

void metrics::terminate(const otp::exit_reason&) {
  otp::telemetry::detach(handler_id);
}

std::string metrics::format_status() const {
  std::string out = "events since the start of this process:";
  for (std::size_t i = 0; i < events().size(); ++i) {
    const counters::one& mine = counters_->of_event[i];
    const std::uint64_t count = mine.count.load(std::memory_order_relaxed);
    out += fmt::format("\n  {:<28} {}", events()[i].text(), count);
    const std::int64_t total = mine.total_ns.load(std::memory_order_relaxed);
    if (count > 0 && total > 0) {
      out += fmt::format("  mean {:.3f} ms", static_cast<double>(total) / static_cast<double>(count) / 1e6);
    }
  }
  return out;
}

}  // namespace chatroom::telemetry
