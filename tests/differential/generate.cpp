// Which operations a program gets, and when.
#include "generate.hpp"

#include "draft.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

namespace differential {

namespace {

class generator : draft {
 public:
  explicit generator(std::uint64_t seed) : draft{seed}, calm_{seed % 2 == 0} {
    for (int i = 0; i < 4; ++i) result_.processes.push_back(new_plain());
    for (int i = 0; i < 2; ++i) result_.processes.push_back(new_server());
    if (chance(30)) result_.processes.push_back(chance(50) ? new_plain() : new_server());
  }

  program generate() {
    const auto wanted = 22 + below(12);
    while (count_operations(result_) < wanted) {
      if (calm_) {
        calm_step();
      } else {
        busy_step();
      }
      if (armed_for_ > 0 && --armed_for_ == 0) result_.steps.emplace_back();
      wake_the_deaf(25);
    }
    wake_the_deaf(100);
    if (armed_for_ > 0) result_.steps.emplace_back();
    return std::move(result_);
  }

 private:
  // ---- steps

  void calm_step() {
    actor_ = alive_.empty() ? one_of(all_) : one_of(alive_);
    for (auto& what : draw(true)) result_.steps.push_back({{actor_, {std::move(what)}}});
  }

  void busy_step() {
    if (alive_.empty()) return calm_step();
    step bursts;
    const auto first = one_of(alive_);
    const auto second = one_of(alive_);
    if (chance(12)) {
      actor_ = first;
      if (const auto late = late_call(); !late.empty()) bursts.push_back({first, {late}});
    }
    const bool timed = !bursts.empty();
    if (!timed) bursts.push_back(draw_burst(first, 4, true));
    if (first != second && (timed ? chance(80) : chance(25))) {
      bursts.push_back(draw_burst(second, 3, !timed));
    }
    result_.steps.push_back(std::move(bursts));
    if (!is_fair(result_)) result_.steps.back().pop_back();
  }

  burst draw_burst(const std::string& who, std::size_t limit, bool timers) {
    burst result{who, {}};
    const auto count = 1 + below(limit);
    while (result.operations.size() < count) {
      actor_ = who;
      const auto armed = armed_for_;
      auto drawn = draw(false);
      if (!timers && armed_for_ != armed) {  // a short timer beside a call that takes time
        armed_for_ = armed;
        continue;
      }
      const auto before = result;
      for (auto& what : drawn) result.operations.push_back(std::move(what));
      auto so_far = result_;
      so_far.steps.push_back({result});
      if (!is_fair(so_far)) result = before;
    }
    return result;
  }

  void wake_the_deaf(std::size_t percent) {
    for (const auto& each : std::set<std::string>{deaf_}) {
      if (!chance(percent)) continue;
      deaf_.erase(each);
      if (alive_.contains(each)) result_.steps.push_back({{each, {{"hear"}}}});
    }
  }

  // ---- operations

  /// An operation, and before it what it needs.
  std::vector<operation> draw(bool alone) {
    for (;;) {
      must_trap_ = false;
      auto what = try_draw(alone);
      const auto missing = std::find(what.begin(), what.end(), std::string{});
      if (what.empty() || missing != what.end()) continue;
      if (must_trap_) return {{"trap", "on"}, std::move(what)};
      return {std::move(what)};
    }
  }

  struct choice {
    int weight;
    operation (generator::*make)();
  };

  operation try_draw(bool alone) {
    static const std::vector<choice> choices{
        {16, &generator::newborn}, {12, &generator::started}, {10, &generator::linked},
        {5, &generator::unlinked}, {10, &generator::watched}, {9, &generator::unwatched},
        {9, &generator::flags},    {9, &generator::sent},     {11, &generator::exits},
        {17, &generator::naming},  {5, &generator::asked},    {18, &generator::timing},
        {26, &generator::called},  {12, &generator::casts},   {4, &generator::stopped},
    };
    static const int total = [] {
      int sum = 0;
      for (const auto& each : choices) sum += each.weight;
      return sum;
    }();
    if (alone && chance(6)) return late_call();
    auto left = static_cast<int>(below(static_cast<std::size_t>(total)));
    for (const auto& each : choices) {
      left -= each.weight;
      if (left < 0) return (this->*each.make)();
    }
    return {};
  }

  operation newborn() {
    const auto way = below(3);
    const bool ends = chance(40);
    const std::array verbs{"spawn", "spawn_link", "spawn_monitor"};
    operation what{verbs[way], ends ? new_doomed() : new_plain()};
    if (way == 2) what.push_back(new_monitor());
    if (ends) what.push_back(reason());
    if (way == 1) linked_to(what[1], ends ? what.back() : "");
    return what;
  }

  void linked_to(const std::string& other, const std::string& its_end) {
    if (its_end.empty()) {
      links_[actor_].insert(other);
      links_[other].insert(actor_);
    } else if (its_end != "normal" && !trapping_.contains(actor_)) {
      die(actor_);
    }
  }

  operation started() {
    const bool link = chance(60);
    const auto fate = below(100);
    const std::string how = fate < 40   ? "ok"
                            : fate < 58 ? "ignore"
                            : fate < 79 ? "crash"
                                        : stop_reason();
    must_trap_ = link && fails_to_start(how) && trapping_.insert(actor_).second;  // see is_fair
    auto label = how == "ok" ? new_server() : new_doomed_server();
    operation what{link ? "start_link" : "start", std::move(label), how};
    if (chance(40)) what.emplace_back("x");
    if (link) linked_to(what[1], how == "ok" ? "" : how == "ignore" ? "normal" : how);
    return what;
  }
  operation linked() {
    const auto to = target();
    if (alive_.contains(to) && to != actor_) linked_to(to, "");
    return {"link", to};
  }

  operation unlinked() {
    const auto& peers = links_[actor_];
    const auto to = !peers.empty() && chance(80) ? one_of(peers) : target();
    links_[actor_].erase(to);
    links_[to].erase(actor_);
    return {"unlink", to};
  }

  operation watched() {
    if (chance(30)) return {"monitor_name", any_name(), new_monitor()};
    const auto to = target();
    return {"monitor", to, new_monitor()};
  }

  operation unwatched() {
    operation what{"demonitor", slot_of(monitors_)};
    if (!what[1].empty() && chance(50)) what.emplace_back("flush");
    return what;
  }

  operation flags() {
    if (!is_server(actor_) && chance(40)) {
      if (deaf_.erase(actor_) > 0) return {"hear"};
      deaf_.insert(actor_);
      return {"deaf"};
    }
    if (chance(65)) {
      trapping_.insert(actor_);
      return {"trap", "on"};
    }
    trapping_.erase(actor_);
    return {"trap", "off"};
  }

  operation sent() {
    if (chance(40)) return {"send_name", any_name(), number()};
    return {"send", target(), number()};
  }

  operation exits() {
    if (chance(75)) {
      auto to = target();
      auto why = reason();
      signalled(to, why);
      return {"exit", std::move(to), std::move(why)};
    }
    die(actor_);
    if (chance(40)) return {"raise"};
    return {"exit_self", reason()};
  }

  operation naming() {
    const auto way = below(100);
    if (way < 35) {
      const auto who = target();
      return {"register", who, is_server(who) && chance(60) ? "x" : chance(60) ? "a" : "b"};
    }
    if (way < 60) return {"unregister", any_name()};
    return {"whereis", any_name()};
  }

  operation asked() { return {"is_alive", target()}; }

  operation timing() {
    if (!timers_.empty() && chance(40)) return {chance(60) ? "cancel" : "read", slot_of(timers_)};
    const bool soon = chance(50);
    if (soon && armed_for_ == 0) armed_for_ = 3;
    const std::string delay = soon ? "short" : "long";
    if (chance(45)) return {"after_name", delay, any_name(), new_timer()};
    const auto to = target();
    return {"after", to, delay, new_timer()};
  }

  /// A call whose caller gives up.
  operation late_call() {
    const auto to = server();
    if (to.empty()) return {};
    if (chance(50)) return {"call", to, "busy"};
    return {"call", to, "keep"};
  }

  operation request(const std::string& to) {
    switch (below(9)) {
      case 0:
        return {"reply"};
      case 1:
        return {"twice"};
      case 2:
        return {"delegate"};
      case 3:
        return {"continue"};
      case 4:
        return die(to), operation{"stop", stop_reason()};
      case 5:
        return die(to), operation{"stop_reply", stop_reason()};
      case 6:
        return die(to), operation{"crash"};
      case 7:
        return die(to), operation{"exit", stop_reason()};
      default:
        return {"ask", further(to)};
    }
  }

  /// Whom a server asks in turn: itself, or one that the rule of server() allows.
  std::string further(const std::string& to) {
    std::set<std::string> some;
    for (const auto& each : all_) {
      const bool allowed = is_server(each) && (rank(each) > rank(to) || (each == to && chance(30)));
      if (allowed) some.insert(each);
    }
    if (some.empty()) return to;
    return one_of(some);
  }

  operation with(operation what, const operation& more) {
    what.insert(what.end(), more.begin(), more.end());
    return what;
  }

  operation called() {
    const auto way = below(100);
    if (way < 12 && !is_server(actor_)) {
      const std::array some{"reply", "twice", "continue"};
      return {"call_name", "x", one_of(some)};
    }
    if (way < 16 && is_server(actor_)) return {"call", actor_, "reply"};  // fails
    const auto to = server();
    if (to.empty()) return {};
    if (way > 84) {
      const std::array some{"reply", "crash", "reply"};
      operation what{"call_or_die", to, one_of(some)};
      if (what[2] == "crash") die(to);
      if (what[2] == "crash" || !alive_.contains(to)) die(actor_);
      return what;
    }
    return with({"call", to}, request(to));
  }

  operation casts() {
    if (chance(25)) return {"cast_name", "x", "note"};
    const auto some = living(true);
    const auto to = some.empty() || chance(15) ? server() : one_of(some);
    switch (below(4)) {
      case 0:
        return {"cast", to, "note"};
      case 1:
        return {"cast", to, "release"};
      case 2:
        return die(to), operation{"cast", to, "stop", stop_reason()};
      default:
        return die(to), operation{"cast", to, "crash"};
    }
  }

  operation stopped() {
    const auto to = server();
    if (to.empty()) return {};
    die(to);
    return {"stop", to, stop_reason()};
  }

  bool calm_;
  program result_;
  std::set<std::string> deaf_;
  bool must_trap_ = false;
  int armed_for_ = 0;  ///< Steps until the next tick; 0: no short timer runs.
};

}  // namespace

program generate(std::uint64_t seed) { return generator{seed}.generate(); }

}  // namespace differential
