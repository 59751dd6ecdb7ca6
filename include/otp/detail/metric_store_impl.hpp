// How events find their metrics.
#pragma once

#include <otp/config.hpp>
#include <otp/metric_store.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace otp {

OTP_DECL metric_store::metric_store(std::vector<metric> metrics,
                                    std::function<void(std::string_view)> on_warning)
    : on_warning_{std::move(on_warning)} {
  for (metric& each : metrics) {
    for (const auto& before : recorders_) {
      if (before->about().kind() == each.kind() && before->about().name() == each.name()) {
        throw std::invalid_argument{fmt::format("otp: there are two {} metrics \"{}\"; name them "
                                                "apart and say `event_name` and `measurement`",
                                                to_string(each.kind()), each.name())};
      }
    }
    recorders_.push_back(std::make_unique<detail::metric_recorder>(std::move(each)));
  }
  for (const auto& each : recorders_) {
    const auto event = event_name::of(each->about().event());
    auto known = std::find_if(groups_.begin(), groups_.end(),
                              [&](const group& other) { return other.event == event; });
    if (known == groups_.end()) known = groups_.insert(known, group{event, {}});
    known->recorders.push_back(each.get());
  }
  std::sort(groups_.begin(), groups_.end(), [](const group& a, const group& b) {
    return a.event.hash() < b.event.hash();
  });
}

OTP_DECL std::vector<event_name> metric_store::events() const {
  std::vector<event_name> all;
  all.reserve(groups_.size());
  for (const auto& each : groups_) all.push_back(each.event);
  return all;
}

OTP_DECL void metric_store::record(event_name event, const fields& measurements,
                                   const fields& metadata) {
  auto at = std::lower_bound(
      groups_.begin(), groups_.end(), event.hash(),
      [](const group& each, std::uint64_t hash) { return each.event.hash() < hash; });
  for (; at != groups_.end() && at->event.hash() == event.hash(); ++at) {
    if (at->event != event) continue;
    for (auto* const each : at->recorders) {
      if (const auto warning = each->record(measurements, metadata); warning && on_warning_) {
        on_warning_(*warning);
      }
    }
  }
}

OTP_DECL std::vector<metric_reading> metric_store::read() const {
  std::vector<metric_reading> all;
  all.reserve(recorders_.size());
  for (const auto& each : recorders_) all.push_back(each->read());
  return all;
}

OTP_DECL metric_attachment::metric_attachment(telemetry_table& table, std::string id,
                                              std::shared_ptr<metric_store> store)
    : table_{table}, id_{std::move(id)} {
  const auto events = store->events();
  const bool attached = table_.attach_many(
      id_, events, [store = std::move(store)](const telemetry_event& event) {
        store->record(event.name, event.measurements, event.metadata);
      });
  if (!attached) {
    throw std::invalid_argument{fmt::format(
        "otp: the telemetry handler id \"{}\" is taken; give the metrics one of their own", id_)};
  }
}

}  // namespace otp
