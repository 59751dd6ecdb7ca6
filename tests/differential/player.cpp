// The driver of a program: gives out the steps, lets everything settle, and writes down what is
// told.
#include "player.hpp"

#include "actor.hpp"
#include "protocol.hpp"
#include "server.hpp"
#include <otp/process.hpp>
#include <otp/receive.hpp>
#include <otp/start.hpp>
#include <otp/testing/simulation.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace differential {

namespace {

/// Somebody has not answered in `patience`, or there is no end of news.
struct stuck {};

constexpr int most_rounds = 1000;

/// Tells the processes what to do, and writes down what they tell.
class driver {
 public:
  driver(const program& what, std::string prefix, order when, std::size_t steps)
      : program_{what},
        prefix_{std::move(prefix)},
        when_{std::move(when)},
        steps_{std::min(steps, what.steps.size())} {}

  outcome play() {
    for (const auto& label : program_.processes) start_one(label);
    try {
      while (step_ < steps_) play_step(program_.steps[step_]);
    } catch (const stuck&) {
      note({"driver", {}, "driver", "stuck"});
    }
    for (const char* name : {"a", "b", "x"}) {
      const auto holder = otp::whereis(prefix_ + name);
      note({"driver", {}, "names", name + std::string{holder ? " " : " nobody"}, holder});
    }
    end();
    return named();
  }

 private:
  void start_one(const std::string& label) {
    actor self{label, otp::this_process::self(), prefix_};
    watch(label, label.starts_with("s") ? otp::start<server>(self, std::string{"at_once"}).pid()
                                        : otp::spawn([self]() mutable { self.obey(); }));
  }

  void watch(const std::string& label, const otp::pid& who) {
    otp::monitor(who);
    alive_[label] = who;
    know(label, who);
  }

  void know(const std::string& label, const otp::pid& who) {
    known_.pids[label] = who;
    labels_[who] = label;
  }

  void play_step(const step& what) {
    const auto turn = step_ < when_.turns.size() ? when_.turns[step_] : 0;
    for (unsigned i = 0; i < turn; ++i) otp::this_runtime::random();
    ++step_;
    if (what.empty()) return tick();
    const bool timed = takes_time(what);
    if (timed && armed_) tick();
    for (const auto& part : what) {
      if (const auto who = alive_.find(part.who); who != alive_.end()) {
        otp::send(who->second, orders{part.operations, known_, turn % 2 == 1});
      }
    }
    settle();
    if (timed) tick();
  }

  void tick() {
    settle();
    otp::sleep(tick_time);
    armed_ = false;
    settle();
  }

  /// Until every living process has answered twice without anything new.
  void settle() {
    const auto enough = round_ + most_rounds;
    for (int quiet = 2; quiet > 0; ++round_) {
      if (round_ == enough) throw stuck{};
      changed_ = false;
      waiting_.clear();
      for (const auto& [label, who] : alive_) {
        otp::send(who, ping{round_});
        waiting_.insert(label);
      }
      while (!waiting_.empty()) take_one();
      while (otp::receive([&](told what) { return note(std::move(what)), true; },
                          otp::after(std::chrono::nanoseconds{0}, [] { return false; }))) {
      }
      quiet = changed_ ? 2 : quiet - 1;
    }
  }

  void take_one() {
    otp::receive(
        [&](const pong& answer) {
          if (answer.round == round_) waiting_.erase(answer.label);
        },
        [&](told what) { note(std::move(what)); }, [&](const born& child) { take(child); },
        [&](const monitor_made& made) { known_.monitors[made.slot] = made.ref; },
        [&](const timer_made& made) {
          known_.timers[made.slot] = made.ref;
          armed_ = true;
        },
        [&](const otp::down& end) { take(end); }, otp::after(patience, [] { throw stuck{}; }));
  }

  void take(const born& child) {
    changed_ = true;
    if (!child.starter) return know(child.label, child.who);
    watch(child.label, child.who);
    otp::send(child.starter, watched{});
  }

  void take(const otp::down& end) {
    const auto& label = labels_.at(end.process);
    alive_.erase(label);
    waiting_.erase(label);
    note({"driver", end.process, {}, "gone " + reason_text(end.reason)});
  }

  void note(told what) {
    changed_ = true;
    happened_.emplace_back(step_, std::move(what));
  }

  void end() {
    for (const auto& [slot, timer] : known_.timers) otp::cancel_timer(timer);
    for (const auto& [label, who] : alive_) otp::exit(who, otp::reason::kill);
    for (auto left = alive_.size(); left > 0; --left) {
      const bool ended = otp::receive([](const otp::down&) { return true; },
                                      otp::after(patience, [] { return false; }));
      if (!ended) return note({"driver", {}, "driver", "somebody survives a kill"});
    }
  }

  /// With labels for pids.
  outcome named() const {
    std::vector<event> events;
    for (const auto& [when, what] : happened_) {
      events.push_back({static_cast<int>(when), what.observer,
                        what.source ? label(what.source) : what.source_text,
                        what.text + (what.subject ? label(what.subject) : "")});
    }
    return outcome{std::move(events)};
  }

  std::string label(const otp::pid& who) const {
    const auto found = labels_.find(who);
    return found == labels_.end() ? "?" : found->second;
  }

  const program& program_;
  std::string prefix_;
  order when_;
  std::size_t steps_;
  std::size_t step_ = 0;
  int round_ = 0;
  bool armed_ = false;
  bool changed_ = false;
  world known_;
  std::map<std::string, otp::pid> alive_;
  std::map<otp::pid, std::string> labels_;
  std::set<std::string> waiting_;
  std::vector<std::pair<std::size_t, told>> happened_;
};

bool ends(otp::runtime& world) {
  for (int tries = 0; tries < 1000; ++tries) {
    if (world.stop(std::chrono::nanoseconds::zero())) return true;
  }
  return false;
}

}  // namespace

outcome simulate(const program& what, const order& when, std::size_t steps) {
  const auto result = std::make_shared<std::optional<outcome>>();
  auto sim =
      std::make_unique<otp::testing::simulation>(when.seed, otp::runtime_options{.console = {}});
  otp::spawn([&, result] { *result = driver{what, "", when, steps}.play(); });
  sim->advance(std::chrono::minutes{30});
  // A library whose rules are broken on purpose may have processes that nobody can end.
  if (!ends(sim->runtime())) static_cast<void>(sim.release());
  if (!*result) return outcome{{{0, "driver", "driver", "does not end"}}};
  return std::move(**result);
}

std::future<outcome> start_playing(otp::runtime& where, const program& what, unsigned number) {
  std::promise<outcome> promise;
  auto result = promise.get_future();
  where.spawn([&what, number, promise = std::move(promise)]() mutable {
    promise.set_value(driver{what, fmt::format("{}_", number), {}, what.steps.size()}.play());
  });
  return result;
}

}  // namespace differential
