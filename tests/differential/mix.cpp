// The table of what was performed.
#include "mix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace differential {

namespace {

/// How many operations `who` has performed in this step, the one that it died of included.
std::size_t performed_by(const std::string& who, int step_number, const outcome& happened) {
  std::size_t count = 0;
  bool gone = false;
  for (const auto& e : happened.events()) {
    if (e.step != step_number) continue;
    if (e.observer == who && e.source == "self" && e.text.find(" -> ") != std::string::npos)
      ++count;
    gone = gone || (e.observer == "driver" && e.source == who && e.text.starts_with("gone"));
  }
  return count + (gone ? 1 : 0);
}

/// Those that are there at the beginning, and those that the driver saw live later.
std::size_t processes_of(const program& what) {
  std::set<std::string> all{what.processes.begin(), what.processes.end()};
  for (const auto& each : what.steps) {
    for (const auto& part : each) {
      for (const auto& o : part.operations) {
        if (o[0].starts_with("spawn") || o[0].starts_with("start")) all.insert(o[1]);
      }
    }
  }
  return all.size();
}

}  // namespace

void mix::add(const program& what, const outcome& erlang) {
  const auto operations = count_operations(what);
  const auto processes = processes_of(what);
  fewest_operations_ = programs_ == 0 ? operations : std::min(fewest_operations_, operations);
  fewest_processes_ = programs_ == 0 ? processes : std::min(fewest_processes_, processes);
  ++programs_;
  calm_ += is_calm(what) ? 1 : 0;
  operations_ += operations;
  processes_ += processes;
  std::set<std::string> kinds;
  int number = 0;
  for (const auto& each : what.steps) {
    ++number;
    if (each.empty()) kinds.insert("tick");
    for (const auto& part : each) {
      const auto count = std::min(performed_by(part.who, number, erlang), part.operations.size());
      performed_ += count;
      for (std::size_t i = 0; i < count; ++i) kinds.insert(kind_of(part.operations[i]));
    }
  }
  for (const auto& kind : kinds) ++kinds_[kind];
}

std::string mix::table() const {
  const auto all = static_cast<double>(std::max<std::size_t>(programs_, 1));
  std::vector<std::pair<std::size_t, std::string>> rows;
  for (const auto& [kind, count] : kinds_) rows.emplace_back(count, kind);
  std::sort(rows.rbegin(), rows.rend());
  auto text = fmt::format(
      "{} programs, {} of them calm; processes: at least {}, {:.1f} on average; operations: at "
      "least "
      "{}, {:.1f} on average, of which {:.1f} were performed\n"
      "{} kinds of operations, each performed in so many programs of a hundred:\n",
      programs_, calm_, fewest_processes_, static_cast<double>(processes_) / all,
      fewest_operations_, static_cast<double>(operations_) / all,
      static_cast<double>(performed_) / all, kinds_.size());
  std::size_t column = 0;
  for (const auto& [count, kind] : rows) {
    const auto share = 100.0 * static_cast<double>(count) / all;
    text += fmt::format("  {:<24}{:5.1f}{}", kind, share, ++column % 3 == 0 ? "\n" : "");
  }
  return column % 3 == 0 ? text : text + '\n';
}

}  // namespace differential
