// How subscribers are added, removed and found.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/topic_table.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp::detail {

OTP_DECL bool topic_table::add(std::string_view topic, const pid& who, field_value metadata) {
  part& p = part_of(topic);
  const std::lock_guard lock{p.mutex};
  const auto at = p.topics.try_emplace(std::string{topic}).first;
  const std::uint64_t age = at->second.next++;
  at->second.by_age.emplace(age, subscriber{who, std::move(metadata)});
  at->second.current.reset();
  auto& owned = p.owned[who];
  const bool first = owned.empty();
  owned[at->first].push_back(age);
  return first;
}

OTP_DECL void topic_table::remove(std::string_view topic, const pid& who) {
  part& p = part_of(topic);
  const std::lock_guard lock{p.mutex};
  const auto owner = p.owned.find(who);
  if (owner == p.owned.end()) return;
  const auto subscriptions = owner->second.find(topic);
  if (subscriptions == owner->second.end()) return;
  forget(p, subscriptions->first, subscriptions->second);
  owner->second.erase(subscriptions);
  if (owner->second.empty()) p.owned.erase(owner);
}

OTP_DECL void topic_table::remove_all(const pid& who) {
  for (part& p : parts_) {
    const std::lock_guard lock{p.mutex};
    const auto owner = p.owned.find(who);
    if (owner == p.owned.end()) continue;
    for (const auto& [topic, ages] : owner->second) forget(p, topic, ages);
    p.owned.erase(owner);
  }
}

OTP_DECL std::shared_ptr<const topic_table::list> topic_table::subscribers(std::string_view topic) {
  part& p = part_of(topic);
  const std::lock_guard lock{p.mutex};
  const auto at = p.topics.find(topic);
  if (at == p.topics.end()) return nullptr;
  if (at->second.current == nullptr) {
    auto made = std::make_shared<list>();
    made->reserve(at->second.by_age.size());
    for (const auto& [age, each] : at->second.by_age) made->push_back(each);
    at->second.current = std::move(made);
  }
  return at->second.current;
}

OTP_DECL topic_table::part& topic_table::part_of(std::string_view topic) noexcept {
  return parts_[std::hash<std::string_view>{}(topic) % parts_.size()];
}

OTP_DECL void topic_table::forget(part& p, const std::string& topic,
                                  const std::vector<std::uint64_t>& ages) {
  const auto at = p.topics.find(topic);
  for (const std::uint64_t age : ages) at->second.by_age.erase(age);
  at->second.current.reset();
  if (at->second.by_age.empty()) p.topics.erase(at);
}

}  // namespace otp::detail
