// The normal form of outcomes, and their comparison.
#include "outcome.hpp"

#include "program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <list>
#include <set>
#include <tuple>
#include <utility>

namespace differential {

namespace {

bool tells_an_end(const event& e) {
  return e.text.starts_with("exit ") || e.text.starts_with("down ");
}

auto group_of(const event& e) { return std::tie(e.step, e.observer, e.source); }

std::string line(const event& e) { return fmt::format("{} {}: {}", e.observer, e.source, e.text); }

std::vector<std::string> lines_of(const outcome& what, int when) {
  std::vector<std::string> lines;
  for (const auto& e : what.events()) {
    if (e.step == when) lines.push_back(line(e));
  }
  return lines;
}

}  // namespace

outcome::outcome(std::vector<event> events) : events_{std::move(events)} {
  // When two servers are started with a name at the same time, in OTP the second one may find that
  // out only in its own process, whose end a trapping starter then hears of. Here it is never made.
  std::erase_if(events_, [](const event& e) { return e.source == "?" && e.text == "exit normal"; });
  // Stable, and without std::stable_sort: clang reports what that uses in libstdc++ as deprecated.
  std::list<event> sorted{std::make_move_iterator(events_.begin()),
                          std::make_move_iterator(events_.end())};
  sorted.sort([](const event& a, const event& b) { return group_of(a) < group_of(b); });
  events_.assign(std::make_move_iterator(sorted.begin()), std::make_move_iterator(sorted.end()));
  for (auto it = events_.begin(); it != events_.end();) {
    const auto end = std::find_if(it, events_.end(), [&](const event& e) {
      return !tells_an_end(e) || group_of(e) != group_of(*it);
    });
    std::sort(it, end);
    it = end == it ? it + 1 : end;
  }
}

outcome outcome::first_steps(std::size_t count) const {
  outcome result{*this};
  std::erase_if(result.events_, [&](const event& e) {
    return static_cast<std::size_t>(e.step) > count || e.source == "names";
  });
  return result;
}

outcome outcome::without_last_reads() const {
  std::set<std::pair<int, std::string>> gone;
  for (const auto& e : events_) {
    if (e.observer == "driver" && e.text.starts_with("gone ")) gone.emplace(e.step, e.source);
  }
  outcome result{*this};
  std::erase_if(result.events_, [&](const event& e) {
    return gone.contains({e.step, e.observer}) &&
           (tells_an_end(e) || e.text.starts_with("message "));
  });
  return result;
}

std::string to_text(const outcome& what) {
  std::string text;
  for (const auto& e : what.events()) {
    text += fmt::format("{} {} {} {}\n", e.step, e.observer, e.source, e.text);
  }
  return text;
}

outcome parse_outcome(std::string_view text) {
  std::vector<event> events;
  for (const auto& each : split(text, "\n")) {
    const auto first = each.find(' ');
    const auto second = each.find(' ', first + 1);
    const auto third = each.find(' ', second + 1);
    if (third == std::string::npos) continue;
    events.push_back({std::stoi(each), each.substr(first + 1, second - first - 1),
                      each.substr(second + 1, third - second - 1), each.substr(third + 1)});
  }
  return outcome{std::move(events)};
}

std::string difference(const outcome& here, const outcome& erlang) {
  std::set<int> steps;
  for (const auto* side : {&here, &erlang}) {
    for (const auto& e : side->events()) steps.insert(e.step);
  }
  std::string text;
  for (const int when : steps) {
    const auto ours = lines_of(here, when);
    auto theirs = lines_of(erlang, when);
    if (ours == theirs) continue;
    text += fmt::format("step {}\n", when);
    for (const auto& each : ours) {
      const auto same = std::find(theirs.begin(), theirs.end(), each);
      text += fmt::format("  {} {}\n", same == theirs.end() ? "here  " : "both  ", each);
      if (same != theirs.end()) theirs.erase(same);
    }
    for (const auto& each : theirs) text += fmt::format("  erlang {}\n", each);
  }
  return text;
}

}  // namespace differential
