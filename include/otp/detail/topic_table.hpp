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
  bool add(std::string_view topic, const pid& who, field_value metadata);

  /// Removes all subscriptions of `who` to the topic (B-007).
  void remove(std::string_view topic, const pid& who);

  /// Removes all subscriptions of `who` (B-008).
  void remove_all(const pid& who);

  /// Returns those subscribed now, the oldest subscription first; nullptr when there are none.
  std::shared_ptr<const list> subscribers(std::string_view topic);

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

  part& part_of(std::string_view topic) noexcept;

  static void forget(part& p, const std::string& topic, const std::vector<std::uint64_t>& ages);

  std::array<part, 16> parts_;
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/topic_table_impl.hpp>
#endif
