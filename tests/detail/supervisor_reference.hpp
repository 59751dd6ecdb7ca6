// A second account of a supervisor's rules, independent of the first: it starts and stops children
// by plain calls, keeps its list newest first and its restarts in a plain list, as OTP does.
#pragma once

#include "detail/supervisor_world.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace supervision_test {

class supervisor_reference {
 public:
  supervisor_reference(strategy how, otp::restart_intensity intensity,
                       const std::vector<child_spec>& specs, otp::auto_shutdown when)
      : how_{how}, intensity_{intensity}, when_{when} {
    for (const child_spec& spec : specs) kids_.push_front({spec.with_defaults(), {}, {}});
  }

  world children;
  nanoseconds now{0};
  std::optional<exit_reason> finished;
  std::deque<std::pair<std::string, int>> retries;

  void boot() {
    if (const kid* failed = start_all(kids_.end())) {
      give_up(reason::shutdown(otp::failed_to_start_child{failed->spec.id, last_failure_}));
    }
  }

  void stop() { give_up(reason::shutdown); }

  void exited(pid process, const exit_reason& why) {
    const auto it = find([&](const kid& k) { return k.process && *k.process == process; });
    if (it == kids_.end()) return;
    const bool orderly = why.is_orderly();
    const bool significant = it->spec.significant;
    if (it->spec.restart == restart::permanent || !orderly) report("child_terminated", *it, why);
    if (it->spec.restart == restart::temporary) {
      kids_.erase(it);
    } else if (it->spec.restart == restart::transient && orderly) {
      it->process.reset();
    } else {
      return begin_again(it);
    }
    if (!significant) return;
    const auto left = std::count_if(kids_.begin(), kids_.end(), [](const kid& k) {
      return k.spec.significant && (k.process || k.waiting_attempt);
    });
    if (when_ == otp::auto_shutdown::any_significant || left == 0) give_up(reason::shutdown);
  }

  void retry() {
    const auto [id, attempt] = retries.front();
    retries.pop_front();
    const auto it = by_id(id);
    if (it != kids_.end() && it->waiting_attempt == attempt) begin_again(it);
  }

  void add(const child_spec& spec) {
    const bool may_be_significant =
        when_ != otp::auto_shutdown::never && spec.restart != restart::permanent;
    if (spec.id.empty() || (spec.significant && !may_be_significant)) {
      return reply("error(invalid_spec)");
    }
    if (const auto it = by_id(spec.id); it != kids_.end()) {
      return reply(it->process ? "error(already_started)" : "error(already_present)");
    }
    kids_.push_front({spec.with_defaults(), {}, {}});
    const auto it = kids_.begin();
    switch (start(*it)) {
      case outcome::kind::up:
        return reply("ok(pid)");
      case outcome::kind::ignored:
        if (spec.restart == restart::temporary) kids_.erase(it);
        return reply("ok");
      case outcome::kind::fails:
        kids_.erase(it);
        return reply("error(" + last_failure_.to_string() + ")");
    }
  }

  void terminate(const std::string& id) {
    const auto it = by_id(id);
    if (it == kids_.end()) return reply("error(not_found)");
    end(*it);
    if (it->spec.restart == restart::temporary) kids_.erase(it);
    reply("ok");
  }

  void revive(const std::string& id) {
    const auto it = by_id(id);
    if (it == kids_.end()) return reply("error(not_found)");
    if (it->process) return reply("error(running)");
    if (it->waiting_attempt) return reply("error(restarting)");
    switch (start(*it)) {
      case outcome::kind::up:
        return reply("ok(pid)");
      case outcome::kind::ignored:
        return reply("ok");
      case outcome::kind::fails:
        return reply("error(" + last_failure_.to_string() + ")");
    }
  }

  void remove(const std::string& id) {
    const auto it = by_id(id);
    if (it == kids_.end()) return reply("error(not_found)");
    if (it->process) return reply("error(running)");
    if (it->waiting_attempt) return reply("error(restarting)");
    kids_.erase(it);
    reply("ok");
  }

  otp::child_counts count_children() const {
    otp::child_counts counts;
    for (const kid& k : kids_) {
      ++counts.specs;
      counts.active += k.process ? 1U : 0U;
      (k.spec.type == otp::child_type::worker ? counts.workers : counts.supervisors) += 1;
    }
    return counts;
  }

  std::vector<otp::child_info> which_children() const {
    std::vector<otp::child_info> infos;
    for (const kid& k : kids_) {
      infos.push_back({k.spec.id, k.process.value_or(pid{}),
                       k.process           ? child_state::running
                       : k.waiting_attempt ? child_state::restarting
                                           : child_state::stopped,
                       k.spec.type, k.spec.restart, k.spec.shutdown});
    }
    return infos;
  }

 private:
  struct kid {
    child_spec spec;
    std::optional<pid> process;
    std::optional<int> waiting_attempt;
  };
  using position = std::list<kid>::iterator;

  template <class Predicate>
  position find(Predicate is_it) {
    return std::find_if(kids_.begin(), kids_.end(), is_it);
  }
  position by_id(const std::string& id) {
    return find([&](const kid& k) { return k.spec.id == id; });
  }

  void reply(const std::string& text) { children.note("reply " + text); }
  void report(const char* event, const kid& k, const exit_reason& why) {
    children.note(std::string{"report "} + event + " " + k.spec.id + " " + why.to_string());
  }

  outcome::kind start(kid& k) {
    k.waiting_attempt.reset();
    const outcome result = children.start(k.spec.id);
    if (result.how == outcome::kind::up) {
      k.process = children.born(k.spec.id);
      report("progress", k, reason::normal);
    }
    last_failure_ = result.why;
    return result.how;
  }

  // Starts everything from `oldest` (exclusive) to the newest that is not there; the one that
  // failed, if any.
  kid* start_all(position oldest) {
    for (position it = oldest; it != kids_.begin();) {
      --it;
      const auto how = start(*it);
      if (how == outcome::kind::fails) {
        report("start_error", *it, last_failure_);
        return &*it;
      }
      if (how == outcome::kind::ignored && it->spec.restart == restart::temporary) {
        it = kids_.erase(it);
      }
    }
    return nullptr;
  }

  void end(kid& k) {
    k.waiting_attempt.reset();
    if (!k.process) return;
    const exit_reason asked = k.spec.shutdown.is_brutal_kill() ? reason::killed : reason::shutdown;
    children.note((asked == reason::killed ? "kill " : "exit ") + k.spec.id);
    const habit manner = children.habit_of(k.spec.id);
    exit_reason why = manner.ends_with.value_or(asked);
    if (asked != reason::killed && manner.overruns) {
      children.note("kill " + k.spec.id);
      why = reason::killed;
    }
    const bool in_order = k.spec.restart != restart::permanent && why.is_orderly();
    if (why != asked && !in_order) report("shutdown_error", k, why);
    k.process.reset();
  }

  // Ends everything from the newest to `oldest` (exclusive).
  void end_all(position oldest) {
    for (position it = kids_.begin(); it != oldest;) {
      end(*it);
      it = it->spec.restart == restart::temporary ? kids_.erase(it) : std::next(it);
    }
  }

  void begin_again(position it) {
    const auto recent = std::count_if(history_.begin(), history_.end(), [&](nanoseconds then) {
      return then >= now - intensity_.within;
    });
    if (static_cast<std::uint64_t>(recent) >= intensity_.max_restarts) {
      report("shutdown", *it, otp::reached_max_restart_intensity{});
      it->process.reset();
      it->waiting_attempt.reset();
      return give_up(reason::shutdown);
    }
    history_.push_back(now);
    it->process.reset();
    it->waiting_attempt.reset();
    if (how_ == strategy::one_for_one) {
      if (start(*it) == outcome::kind::fails) {
        report("start_error", *it, last_failure_);
        try_later(*it);
      }
      return;
    }
    const position oldest = how_ == strategy::one_for_all ? kids_.end() : std::next(it);
    end_all(oldest);
    if (kid* failed = start_all(oldest)) try_later(*failed);
  }

  void try_later(kid& k) {
    k.waiting_attempt = ++attempts_;
    retries.emplace_back(k.spec.id, attempts_);
  }

  void give_up(const exit_reason& why) {
    end_all(kids_.end());
    children.note("finish " + why.to_string());
    finished = why;
  }

  strategy how_;
  otp::restart_intensity intensity_;
  otp::auto_shutdown when_;
  std::list<kid> kids_;  // newest first
  std::vector<nanoseconds> history_;
  exit_reason last_failure_;
  int attempts_ = 0;
};

}  // namespace supervision_test
