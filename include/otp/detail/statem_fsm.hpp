// Decides what a state machine does next: which event comes, whether an enter call is due, and which
// timers run. Knows no process, no clock and no state: it is told what a handler asked for, and says
// which timers to start and stop.
//
// The events that wait stand in one line in front of the mailbox: inserted ones, then postponed ones
// that are tried again after a change of state, and when there are none, timeouts of zero in the
// order in which they were asked for (S-024, S-037, S-039, S-043).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace otp::detail {

/// What a handler did to the state. S-015, S-016: only a change tries postponed events again and ends
/// the state timeout; a repetition only calls enter.
enum class state_step : std::uint8_t { kept, repeated, changed };

enum class timeout_kind : std::uint8_t { event, state, named };

/// `Event` is moved through and never looked at. `Name` tells named timeouts apart.
template <class Event, class Name>
class statem_fsm {
 public:
  struct timeout_key {
    timeout_kind kind = timeout_kind::event;
    Name name{};
    friend bool operator==(const timeout_key&, const timeout_key&) = default;
  };

  enum class request : std::uint8_t { start, cancel, update };

  /// One timeout action. `event` is what comes when the time is over.
  struct timeout_request {
    timeout_key key;
    request what;
    std::chrono::nanoseconds time{};
    Event event{};
  };
  using timeout_requests = std::vector<timeout_request>;

  struct outcome {
    state_step step = state_step::kept;
    bool postpones = false;
    std::vector<Event> inserted = {};
    timeout_requests timeouts = {};
  };

  /// What the caller does with its timers: start one of `time`, or stop it.
  struct timer_action {
    std::uint64_t number;
    std::optional<std::chrono::nanoseconds> time;  ///< Nothing: stop it.
  };

  /// With `enter_calls`, a start, a change and a repetition of the state are followed by an enter call.
  explicit statem_fsm(bool enter_calls) : enter_calls_{enter_calls} {}

  /// An event came from the mailbox and is handled now.
  void received() { cancel({}); }

  /// The timer `number` is over: the event to handle now, or nothing if it is of no interest any more.
  std::optional<Event> fired(std::uint64_t number) {
    const auto it = std::find_if(timeouts_.begin(), timeouts_.end(),
                                 [&](const timeout& t) { return !t.zero && t.number == number; });
    if (it == timeouts_.end()) return std::nullopt;
    return take(it);
  }

  /// The event that comes before the mailbox is looked at, if there is one. It is handled now.
  std::optional<Event> next() {
    if (!waiting_.empty()) {
      cancel(
          {});  // any event ends the event timeout, inserted and repeated ones too (S-038, S-042)
      auto event = std::move(waiting_.back());
      waiting_.pop_back();
      return event;
    }
    const auto it =
        std::find_if(timeouts_.begin(), timeouts_.end(), [](const timeout& t) { return t.zero; });
    if (it == timeouts_.end()) return std::nullopt;
    return take(it);
  }

  /// `event` was handled, or nothing yet for what init asks for. Whether enter is to be called now;
  /// `entered` is told what that asked for.
  [[nodiscard]] bool handled(Event event, outcome asked, bool starting = false) {
    if (asked.postpones) postponed_.push_back(std::move(event));
    if (asked.step == state_step::changed) {
      come_next(postponed_);
      cancel({timeout_kind::state, {}});  // S-027
    }
    come_next(asked.inserted);
    if (enter_calls_ && (starting || asked.step != state_step::kept)) {
      asked_before_enter_ = std::move(asked.timeouts);
      return true;
    }
    request_all(std::move(asked.timeouts));
    return false;
  }

  /// The enter call is over. What it asks for comes after what the transition asked for.
  void entered(timeout_requests asked) {
    auto all = std::exchange(asked_before_enter_, {});
    all.insert(all.end(), std::make_move_iterator(asked.begin()),
               std::make_move_iterator(asked.end()));
    request_all(std::move(all));
  }

  /// What to do with the timers since this was asked last, in order.
  std::vector<timer_action> timer_actions() { return std::exchange(actions_, {}); }

 private:
  struct timeout {
    timeout_key key;
    bool zero;  ///< Waits in line, in the order of `timeouts_`, without a timer.
    std::uint64_t number;
    Event event;
  };
  using position = typename std::vector<timeout>::iterator;

  /// Puts `events` before all that wait.
  void come_next(std::vector<Event>& events) {
    waiting_.insert(waiting_.end(), std::make_move_iterator(events.rbegin()),
                    std::make_move_iterator(events.rend()));
    events.clear();
  }

  position find(const timeout_key& key) {
    return std::find_if(timeouts_.begin(), timeouts_.end(),
                        [&](const timeout& t) { return t.key == key; });
  }

  void stop(position it) {
    if (!it->zero) actions_.push_back({it->number, std::nullopt});
    timeouts_.erase(it);
  }

  void cancel(const timeout_key& key) {
    if (timeouts_.empty()) return;
    if (const auto it = find(key); it != timeouts_.end()) stop(it);
  }

  Event take(position it) {
    auto event = std::move(it->event);
    timeouts_.erase(it);
    cancel({});
    return event;
  }

  /// Of several requests for one timeout the last counts, in its place.
  void request_all(timeout_requests asked) {
    for (auto it = asked.begin(); it != asked.end(); ++it) {
      const bool last = std::none_of(std::next(it), asked.end(), [&](const timeout_request& later) {
        return later.key == it->key;
      });
      if (last) carry_out(std::move(*it));
    }
  }

  void carry_out(timeout_request asked) {
    const auto it = find(asked.key);
    if (asked.what == request::update && it != timeouts_.end()) {
      it->event = std::move(asked.event);  // S-040
      return;
    }
    if (it != timeouts_.end()) stop(it);
    if (asked.what == request::cancel) return;
    // An update of a timeout that does not run is one of zero.
    const bool zero = asked.what == request::update || asked.time.count() <= 0;
    if (!zero && asked.time == std::chrono::nanoseconds::max()) return;  // S-030
    const auto number = ++last_number_;
    if (!zero) actions_.push_back({number, asked.time});
    timeouts_.push_back({std::move(asked.key), zero, number, std::move(asked.event)});
  }

  bool enter_calls_;
  std::vector<Event> waiting_;  ///< The next one is the last.
  std::vector<Event> postponed_;
  std::vector<timeout> timeouts_;  ///< At most one of each key.
  timeout_requests asked_before_enter_;
  std::vector<timer_action> actions_;
  std::uint64_t last_number_ = 0;
};

}  // namespace otp::detail
