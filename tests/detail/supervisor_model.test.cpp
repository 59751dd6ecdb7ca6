// The supervisor's state machine against a second, independent account of the same rules: one that
// starts and stops children by plain calls, keeps its list newest first and its restarts in a plain
// list, as OTP does. Random sequences of events have to leave the same trace.
#include "detail/sequences.hpp"
#include "detail/supervisor_world.hpp"
#include "support/catch.hpp"
#include <otp/detail/supervisor_fsm.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace supervision_test;
using otp_test::sequences;

namespace {

class reference {
 public:
  reference(strategy how, otp::restart_intensity intensity, const std::vector<child_spec>& specs,
            otp::auto_shutdown when)
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
    exit_reason why = reason::killed;
    bool expected = k.spec.shutdown.is_brutal_kill();
    children.note((expected ? "kill " : "exit ") + k.spec.id);
    if (!expected) {
      const habit manner = children.habit_of(k.spec.id);
      if (manner.overruns) {
        children.note("kill " + k.spec.id);
      } else {
        why = manner.ends_with.value_or(reason::shutdown);
        expected =
            why == reason::shutdown || (k.spec.restart != restart::permanent && why.is_orderly());
      }
    }
    if (!expected) report("shutdown_error", k, why);
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

exit_reason some_reason(std::mt19937_64& random) {
  switch (random() % 5) {
    case 0:
      return reason::normal;
    case 1:
      return reason::shutdown;
    case 2:
      return reason::shutdown("x"s);
    case 3:
      return reason::killed;
    default:
      return "boom"s;
  }
}

child_spec some_kid(std::mt19937_64& random, std::string id) {
  const auto shutdown =
      random() % 4 == 0 ? otp::shutdown_policy{otp::brutal_kill} : otp::shutdown_policy{};
  auto spec = kid(std::move(id), static_cast<restart>(random() % 3), shutdown)
                  .with({.type = static_cast<otp::child_type>(random() % 2)});
  spec.significant = random() % 3 == 0;
  return spec;
}

// Both sides get worlds that decide alike, as long as they are asked the same questions.
void let_chance_decide(world& children, std::uint64_t seed) {
  auto random = std::make_shared<std::mt19937_64>(seed);
  children.other_starts = [random] {
    switch ((*random)() % 8) {
      case 0:
        return fails("busy"s);
      case 1:
        return ignored;
      default:
        return up;
    }
  };
  children.other_habits = [random] {
    habit manner;
    manner.overruns = (*random)() % 8 == 0;
    if ((*random)() % 4 == 0) manner.ends_with = some_reason(*random);
    return manner;
  };
}

// Does one random thing to both, and returns what it was.
std::string step(std::mt19937_64& random, supervisor_driver& machine, reference& model) {
  const std::string id{static_cast<char>('a' + random() % 6)};
  switch (random() % 12) {
    case 0: {
      const child_spec spec = some_kid(random, random() % 20 == 0 ? "" : id);
      machine.add(spec);
      model.add(spec);
      return "start_child " + spec.id;
    }
    case 1:
      machine.terminate(id);
      model.terminate(id);
      return "terminate_child " + id;
    case 2:
      machine.revive(id);
      model.revive(id);
      return "restart_child " + id;
    case 3:
      machine.remove(id);
      model.remove(id);
      return "delete_child " + id;
    case 4:
    case 5: {
      const nanoseconds passed{static_cast<std::int64_t>(random() % 6)};
      machine.now += passed;
      model.now += passed;
      return "time passes";
    }
    case 6:
    case 7:
    case 8:
      if (machine.retries.empty() || model.retries.empty()) return "no retry";
      machine.retry();
      model.retry();
      return "retry";
    default: {  // the exit of a child, of a former child, or of nobody
      const std::uint64_t serial = 1 + random() % (machine.children.born_so_far() + 1);
      const pid process{0, static_cast<std::uint32_t>(serial - 1), serial};
      const exit_reason why = some_reason(random);
      machine.feed(supervision::child_exited{process, why, machine.now});
      model.exited(process, why);
      return "exit of process " + std::to_string(serial) + " with " + why.to_string();
    }
  }
}

}  // namespace

TEST_CASE("the state machine and the reference agree on random sequences of events") {
  for (std::uint64_t seed = 1; seed <= sequences(3000); ++seed) {
    std::mt19937_64 random{seed};
    const auto how = static_cast<strategy>(random() % 3);
    const otp::restart_intensity intensity{
        .max_restarts = static_cast<std::uint32_t>(random() % 8),
        .within = nanoseconds{1 + static_cast<std::int64_t>(random() % 10)}};
    std::vector<child_spec> specs;
    for (const char id : {'a', 'b', 'c', 'd'}) {
      if (random() % 4 != 0) specs.push_back(some_kid(random, std::string{id}));
    }
    const auto when = static_cast<otp::auto_shutdown>(random() % 3);
    for (auto& spec : specs) {
      const bool may_be = when != otp::auto_shutdown::never && spec.restart != restart::permanent;
      spec.significant = spec.significant && may_be;
    }
    supervisor_driver machine{how, intensity, specs, when};
    reference model{how, intensity, specs, when};
    let_chance_decide(machine.children, seed);
    let_chance_decide(model.children, seed);

    lines done{"boot"};
    machine.boot();
    model.boot();
    for (int i = 0; i < 40; ++i) {
      if (machine.children.trace != model.children.trace || machine.finished != model.finished ||
          machine.machine.which_children() != model.which_children()) {
        std::string story = "seed " + std::to_string(seed);
        for (const std::string& line : done) story += "\n  " + line;
        story += "\nmachine:";
        for (const std::string& line : machine.children.trace) story += "\n  " + line;
        story += "\nreference:";
        for (const std::string& line : model.children.trace) story += "\n  " + line;
        FAIL(story);
      }
      if (machine.finished) break;
      machine.forget();
      model.children.trace.clear();
      if (i == 38) {
        machine.stop();
        model.stop();
        done.push_back("stop");
      } else {
        done.push_back(step(random, machine, model));
      }
    }
    REQUIRE(machine.finished);
  }
}
