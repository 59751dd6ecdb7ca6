// What a generator knows while it draws a program: chance, who is there as far as that can be told
// without playing it, and the words that operations are made of.
#pragma once

#include "program.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace differential {

class draft {
 protected:
  explicit draft(std::uint64_t seed) : random_{seed} {}

  // ---- chance

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
  bool chance(std::size_t percent) { return below(100) < percent; }

  template <class Some>
  const auto& one_of(const Some& some) {
    return *std::next(std::begin(some), static_cast<std::ptrdiff_t>(below(std::size(some))));
  }

  // ---- who is there, as far as it can be known

  std::string new_plain() { return grown("p" + std::to_string(plain_++)); }
  std::string new_server() { return grown("s" + std::to_string(servers_++)); }
  std::string new_doomed() {
    const auto label = "p" + std::to_string(plain_++);
    all_.insert(label);
    return label;
  }
  std::string new_doomed_server() {
    const auto label = "s" + std::to_string(servers_++);
    all_.insert(label);
    return label;
  }
  std::string grown(std::string label) {
    all_.insert(label);
    alive_.insert(label);
    return label;
  }
  static bool is_server(const std::string& label) { return label[0] == 's'; }

  void die(const std::string& who) {
    if (alive_.erase(who) == 0) return;
    const auto linked = links_[who];
    for (const auto& peer : linked) {
      links_[peer].erase(who);
      if (!trapping_.contains(peer)) die(peer);
    }
  }

  void signalled(const std::string& who, const std::string& why) {
    const bool ignored = why == "normal" && who != actor_;
    if (why == "kill" || (!trapping_.contains(who) && !ignored)) die(who);
  }

  std::set<std::string> living(bool servers_only) const {
    std::set<std::string> some;
    for (const auto& each : alive_) {
      if (!servers_only || is_server(each)) some.insert(each);
    }
    return some;
  }

  /// Mostly a living process, mostly another one.
  std::string target() {
    const auto& from = chance(90) && !alive_.empty() ? alive_ : all_;
    auto who = one_of(from);
    if (who == actor_ && chance(80)) who = one_of(from);
    return who;
  }

  /// A server that the acting process may wait for: circles of calls are left out, because here the
  /// last call fails at once, and in OTP all of them time out.
  std::string server() {
    const bool any = chance(12);
    std::set<std::string> some;
    for (const auto& each : any ? all_ : living(true)) {
      if (is_server(each) && (!is_server(actor_) || rank(each) > rank(actor_))) some.insert(each);
    }
    return some.empty() ? "" : one_of(some);
  }
  static int rank(const std::string& label) { return std::stoi(label.substr(1)); }

  // ---- words

  std::string reason() {
    static const std::array words{"normal", "normal", "shutdown", "shutdown", "shutdown(late)",
                                  "kill",   "kill",   "boom",     "boom",     "boom",
                                  "bang",   "killed", "noproc"};
    return one_of(words);
  }
  std::string stop_reason() {
    static const std::array words{"normal", "normal", "shutdown", "shutdown(late)", "boom", "kill"};
    return one_of(words);
  }
  std::string any_name() { return chance(60) ? "a" : chance(60) ? "b" : "x"; }
  std::string new_monitor() { return owned(monitors_, "m"); }
  std::string new_timer() { return owned(timers_, "t"); }
  std::string number() { return std::to_string(++messages_); }

  using slots = std::vector<std::pair<std::string, std::string>>;  // slot, owner

  std::string owned(slots& some, const char* letter) {
    some.emplace_back(letter + std::to_string(some.size()), actor_);
    return some.back().first;
  }
  std::string slot_of(const slots& some) {
    if (some.empty()) return "";
    slots own;
    for (const auto& each : some) {
      if (each.second == actor_) own.push_back(each);
    }
    return one_of(own.empty() || chance(10) ? some : own).first;
  }

  std::mt19937_64 random_;
  std::string actor_;  ///< Who performs what is drawn next.
  std::set<std::string> all_, alive_, trapping_;
  std::map<std::string, std::set<std::string>> links_;
  slots monitors_, timers_;
  int plain_ = 0;
  int servers_ = 0;
  int messages_ = 0;
};

}  // namespace differential
