// Who is where: the decisions of presence.
//
// A pure state machine: tracks and ends of processes go in, actions come out. The server performs
// them and decides nothing.
#pragma once

#include <otp/pid.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace chatroom::presence {

/// Names one track. An update gives it a new one.
enum class track_ref : std::uint64_t {};

/// What one process says about a key; in the chat, one tab of somebody.
struct meta {
  track_ref ref{};
  std::string about{};
  bool operator==(const meta&) const = default;
};

/// By key, the metas of all who track it, the oldest first.
using entries = std::map<std::string, std::vector<meta>, std::less<>>;

/// What has changed in a topic. A meta that was updated is in both.
struct diff {
  std::string topic;
  entries joins;
  entries leaves;
  bool operator==(const diff&) const = default;
};

/// One process tracks a key in a topic at most once.
struct place {
  std::string topic;
  std::string key;
  auto operator<=>(const place&) const = default;
};

namespace track_action {

/// Monitor the process, and call `gone` when it ends.
struct watch {
  otp::pid process;
  bool operator==(const watch&) const = default;
};
/// End that monitor.
struct unwatch {
  otp::pid process;
  bool operator==(const unwatch&) const = default;
};
/// Call `grace_over` with these when the time of grace is over.
struct wait_for_return {
  place where;
  track_ref ref{};
  bool operator==(const wait_for_return&) const = default;
};
/// Call `take_changes` soon: there is something to tell, and more may come till then.
struct tell_soon {
  bool operator==(const tell_soon&) const = default;
};

}  // namespace track_action

using action = std::variant<track_action::watch, track_action::unwatch,
                            track_action::wait_for_return, track_action::tell_soon>;
using actions = std::vector<action>;

/// The answer to a track or update: its reference, or nothing if it was refused.
struct tracked {
  std::optional<track_ref> ref;
  actions steps;
};

class tracker {
 public:
  /// References count up from there: what another tracker has given must not come again.
  explicit tracker(std::uint64_t first_ref) : next_ref_{first_ref} {}

  /// The process stands for the key from now on. It takes the place of one that is gone and in its
  /// time of grace, so that a reload is neither a leave nor one more (C-033). Refused if it does
  /// already.
  tracked track(const otp::pid& process, const place& where, std::string about);

  /// It has something else to say. Refused if it does not track that.
  tracked update(const otp::pid& process, const place& where, std::string about);

  /// It does not stand for the key any more: at once, without grace.
  actions untrack(const otp::pid& process, const place& where);

  /// The process has ended. What it tracked stays in the list for a time of grace.
  actions gone(const otp::pid& process);
  actions grace_over(const place& where, track_ref ref);

  /// What has changed since the last time, by topic, without what came and went meanwhile.
  std::vector<diff> take_changes();

  entries list(std::string_view topic) const;

  /// How many processes track something.
  std::size_t processes() const { return places_.size(); }

 private:
  struct track_entry {
    std::optional<otp::pid> process;  // nothing: it is gone, and the time of grace runs
    meta said;
  };
  using topic_entries = std::map<std::string, std::vector<track_entry>, std::less<>>;

  track_entry* find(const otp::pid& process, const place& where);
  std::optional<meta> remove(const place& where, track_ref ref);
  void joined(const place& where, const meta& one, actions& steps);
  void left(const place& where, const meta& one, actions& steps);
  diff& changes_of(const std::string& topic, actions& steps);

  std::uint64_t next_ref_;
  std::map<std::string, topic_entries, std::less<>> topics_;
  std::map<otp::pid, std::vector<place>> places_;
  std::map<std::string, diff> changes_;
  bool telling_ = false;
};

}  // namespace chatroom::presence
