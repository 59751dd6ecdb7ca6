// How a pool of workers decides: who gets which worker, who waits, who has waited too long, and what
// becomes of a worker whose borrower is gone. Pure, like the supervisors: events in, actions out.
//
// A worker is idle (the one that has been idle longest goes first) or lent. A request waits (the oldest is
// served first) or holds a worker. There are never idle workers and waiting requests at the same time.
//
// A request ends when its owner gives the worker back, when the owner dies, when the worker dies, or when
// a deadline passes. Only a borrower that gives its worker back knows that it is in order. After a deadline
// the worker is replaced, for it is in use; after the owner's death too, unless the pool was told that its
// workers are good for the next at any time.
#pragma once

#include <otp/infinity.hpp>
#include <otp/pid.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace otp::detail::pooling {

// One request for a worker. Later requests have greater tickets.
enum class ticket : std::uint64_t {};

// What is done with a worker whose borrower died: it may be in the midst of anything, or it is known to be
// good for everybody at any time.
enum class abandoned : bool { replace, reuse };

enum class refusal : std::uint8_t {
  none_free,  // and the request was not willing to wait
  timeout,    // it has waited until its deadline
  stopping,   // the pool ends
};

// ---- events

struct worker_up {
  pid worker;
};
struct worker_down {
  pid worker;
};
struct checkout {
  pooling::ticket ticket;
  pid owner;
  bool may_wait = true;
  std::chrono::nanoseconds wait_until = infinity;  // by the clock that deadline_passed shows
  std::chrono::nanoseconds hold_until = infinity;
};
struct give_back {  // also of a request that still waits: its owner has lost interest
  pooling::ticket ticket;
};
struct owner_down {
  pid owner;
};
struct deadline_passed {  // what wake_at asked for
  std::chrono::nanoseconds now;
};
struct stop {};

using event =
    std::variant<worker_up, worker_down, checkout, give_back, owner_down, deadline_passed, stop>;

// ---- actions

struct grant {
  pooling::ticket ticket;
  pid worker;
};
struct refuse {
  pooling::ticket ticket;
  refusal why;
};
struct
    replace {  // end this worker; it is forgotten here, and the new one is announced by worker_up
  pid worker;
};
struct watch {  // tell when this process dies
  pid owner;
};
struct unwatch {
  pid owner;
};
struct wake_at {  // instead of the time asked for before
  std::chrono::nanoseconds when;
};

using action = std::variant<grant, refuse, replace, watch, unwatch, wake_at>;

}  // namespace otp::detail::pooling

namespace otp::detail {

class pool_fsm {
 public:
  explicit pool_fsm(pooling::abandoned how = pooling::abandoned::replace) : abandoned_{how} {}

  // What to do now, in this order. Valid until the next call.
  std::span<const pooling::action> decide(const pooling::event& what) {
    actions_.clear();
    std::visit([this](const auto& event) { on(event); }, what);
    ask_to_be_woken();
    return actions_;
  }

  std::size_t idle() const noexcept { return idle_.size(); }
  std::size_t lent() const noexcept { return lent_.size(); }
  std::size_t waiting() const noexcept { return waiting_.size(); }

 private:
  struct request {
    pid owner;
    pid worker{};                       // nobody while it waits
    std::chrono::nanoseconds deadline;  // of what it is doing now
    std::chrono::nanoseconds hold_until;
  };
  using request_entry = std::unordered_map<pooling::ticket, request>::iterator;

  // ---- workers

  void on(const pooling::worker_up& up) { lend_or_keep(up.worker); }

  void on(const pooling::worker_down& down) {
    if (const auto lent = lent_.find(down.worker); lent != lent_.end()) {
      // Its borrower hears of that from its own calls. What it gives back later is not known any more.
      end_request(requests_.find(lent->second));
    } else if (const auto found = std::find(idle_.begin(), idle_.end(), down.worker);
               found != idle_.end()) {
      idle_.erase(found);
    }
  }

  void lend_or_keep(pid worker) {
    if (waiting_.empty()) return idle_.push_back(worker);
    lend(requests_.find(*waiting_.begin()), worker);
  }

  void lend(request_entry to, pid worker) {
    waiting_.erase(to->first);
    set_deadline(to, to->second.hold_until);
    to->second.worker = worker;
    lent_.emplace(worker, to->first);
    act(pooling::grant{to->first, worker});
  }

  // ---- requests

  void on(const pooling::checkout& wanted) {
    if (stopping_) return act(pooling::refuse{wanted.ticket, pooling::refusal::stopping});
    if (idle_.empty() && !wanted.may_wait) {
      return act(pooling::refuse{wanted.ticket, pooling::refusal::none_free});
    }
    const auto entry = requests_
                           .emplace(wanted.ticket, request{.owner = wanted.owner,
                                                           .deadline = infinity,
                                                           .hold_until = wanted.hold_until})
                           .first;
    auto& of_owner = owners_[wanted.owner];
    if (of_owner.empty()) act(pooling::watch{wanted.owner});
    of_owner.push_back(wanted.ticket);
    if (idle_.empty()) {
      waiting_.insert(wanted.ticket);
      set_deadline(entry, wanted.wait_until);
    } else {
      const pid worker = idle_.front();
      idle_.pop_front();
      lend(entry, worker);
    }
  }

  void on(const pooling::give_back& back) {
    const auto entry = requests_.find(back.ticket);
    if (entry == requests_.end()) return;  // it has ended already: a deadline, a dead worker
    if (const pid worker = end_request(entry)) lend_or_keep(worker);
  }

  void on(const pooling::owner_down& down) {
    const auto found = owners_.find(down.owner);
    if (found == owners_.end()) return;
    const std::vector<pooling::ticket> all = std::move(found->second);
    owners_.erase(found);  // it needs no unwatch
    std::vector<pid> abandoned;
    for (const pooling::ticket each : all) {
      if (const pid worker = end_request(requests_.find(each))) abandoned.push_back(worker);
    }
    // Only now, so that no worker goes to another request of the same dead owner.
    for (const pid worker : abandoned) take_over(worker);
  }

  void take_over(pid abandoned) {
    if (abandoned_ == pooling::abandoned::reuse) return lend_or_keep(abandoned);
    act(pooling::replace{abandoned});
  }

  // Returns the worker that the request held, if it held one.
  pid end_request(request_entry entry) {
    const auto [ticket, ended] = *entry;
    set_deadline(entry, infinity);
    requests_.erase(entry);
    waiting_.erase(ticket);
    lent_.erase(ended.worker);
    if (const auto owner = owners_.find(ended.owner); owner != owners_.end()) {
      std::erase(owner->second, ticket);
      if (owner->second.empty()) {
        owners_.erase(owner);
        act(pooling::unwatch{ended.owner});
      }
    }
    return ended.worker;
  }

  void on(const pooling::stop&) {
    stopping_ = true;
    while (!waiting_.empty()) {
      const pooling::ticket next = *waiting_.begin();
      end_request(requests_.find(next));
      act(pooling::refuse{next, pooling::refusal::stopping});
    }
  }

  // ---- deadlines

  void set_deadline(request_entry of, std::chrono::nanoseconds when) {
    if (of->second.deadline != infinity) deadlines_.erase({of->second.deadline, of->first});
    if (when != infinity) deadlines_.insert({when, of->first});
    of->second.deadline = when;
  }

  void on(const pooling::deadline_passed& passed) {
    woken_at_ = infinity;
    while (!deadlines_.empty() && deadlines_.begin()->first <= passed.now) {
      const pooling::ticket late = deadlines_.begin()->second;
      if (const pid worker = end_request(requests_.find(late))) {
        act(pooling::replace{worker});  // its borrower may be using it this moment
      } else {
        act(pooling::refuse{late, pooling::refusal::timeout});
      }
    }
  }

  // Deadlines come and go with every request, but few of them pass. So a timer that would go off too early
  // is left alone: when it does, there is nothing to do but to set it anew.
  void ask_to_be_woken() {
    if (deadlines_.empty() || deadlines_.begin()->first >= woken_at_) return;
    woken_at_ = deadlines_.begin()->first;
    act(pooling::wake_at{woken_at_});
  }

  template <class Action>
  void act(Action what) {
    actions_.emplace_back(what);
  }

  pooling::abandoned abandoned_;
  bool stopping_ = false;

  std::deque<pid> idle_;               // the one that has been idle longest first
  std::set<pooling::ticket> waiting_;  // the oldest first
  std::unordered_map<pid, pooling::ticket> lent_;
  std::unordered_map<pooling::ticket, request> requests_;
  std::unordered_map<pid, std::vector<pooling::ticket>>
      owners_;  // their requests, the oldest first

  std::set<std::pair<std::chrono::nanoseconds, pooling::ticket>> deadlines_;
  std::chrono::nanoseconds woken_at_ = infinity;

  std::vector<pooling::action> actions_;
};

}  // namespace otp::detail
