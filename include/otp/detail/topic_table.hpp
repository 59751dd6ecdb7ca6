// Who has subscribed to which topic, in the order of subscribing. Knows nothing of processes beyond
// their pids; otp/pubsub.hpp makes a service of it.
#pragma once

#include <otp/field.hpp>
#include <otp/pid.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

/// One subscription, as a dispatcher sees it. A process that subscribed twice has two.
struct subscriber {
  pid process{};
  field_value metadata{};
};

}  // namespace otp

namespace otp::detail {

/// Subscriptions, parted by topic so that topics rarely meet at a lock.
///
/// Readers get a list that does not change any more; it is made when somebody reads after a change,
/// so that neither ten thousand subscriptions in a row nor ten thousand broadcasts cost more than
/// they must. A broadcast goes to those who were subscribed when it began.
/// Thread safety: every member may be called from any thread.
class topic_table {
 public:
  using list = std::vector<subscriber>;

  /// Adds a subscription. Returns whether its owner had none in this part of the table, so that
  /// somebody has to watch it.
  bool add(std::string_view topic, const pid& who, field_value metadata) {
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

  /// Removes all subscriptions of `who` to the topic (B-007).
  void remove(std::string_view topic, const pid& who) {
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

  /// Removes all subscriptions of `who` (B-008).
  void remove_all(const pid& who) {
    for (part& p : parts_) {
      const std::lock_guard lock{p.mutex};
      const auto owner = p.owned.find(who);
      if (owner == p.owned.end()) continue;
      for (const auto& [topic, ages] : owner->second) forget(p, topic, ages);
      p.owned.erase(owner);
    }
  }

  /// Returns those subscribed now, the oldest subscription first; nullptr when there are none.
  std::shared_ptr<const list> subscribers(std::string_view topic) {
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

 private:
  struct topic_entry {
    std::uint64_t next = 0;
    std::map<std::uint64_t, subscriber> by_age;
    std::shared_ptr<const list> current;  // null after a change
  };
  struct alignas(64) part {
    std::mutex mutex;
    std::map<std::string, topic_entry, std::less<>> topics;  // none without subscriptions
    std::map<pid, std::map<std::string, std::vector<std::uint64_t>, std::less<>>> owned;
  };

  part& part_of(std::string_view topic) noexcept {
    return parts_[std::hash<std::string_view>{}(topic) % parts_.size()];
  }

  static void forget(part& p, const std::string& topic, const std::vector<std::uint64_t>& ages) {
    const auto at = p.topics.find(topic);
    for (const std::uint64_t age : ages) at->second.by_age.erase(age);
    at->second.current.reset();
    if (at->second.by_age.empty()) p.topics.erase(at);
  }

  std::array<part, 16> parts_;
};

}  // namespace otp::detail
