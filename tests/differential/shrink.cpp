// The ways to make a program smaller, and the loop that tries them.
#include "shrink.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace differential {

namespace {

using steps = std::vector<step>;

void without_steps(const program& what, std::vector<program>& found) {
  const auto count = what.steps.size();
  for (auto length = count / 2; length > 0; length /= 2) {
    for (std::size_t from = 0; from + length <= count; from += length) {
      auto& next = found.emplace_back(what);
      const auto first = next.steps.begin() + static_cast<std::ptrdiff_t>(from);
      next.steps.erase(first, first + static_cast<std::ptrdiff_t>(length));
    }
  }
}

bool mentions(const program& what, const std::string& label) {
  return std::any_of(what.steps.begin(), what.steps.end(), [&](const step& each) {
    return std::any_of(each.begin(), each.end(), [&](const burst& part) {
      return part.who == label ||
             std::any_of(part.operations.begin(), part.operations.end(), [&](const operation& o) {
               return std::find(o.begin(), o.end(), label) != o.end();
             });
    });
  });
}

void without_idle_processes(const program& what, std::vector<program>& found) {
  auto next = what;
  std::erase_if(next.processes, [&](const std::string& label) { return !mentions(what, label); });
  if (next.processes.empty()) next.processes.push_back(what.processes.front());
  if (next != what) found.push_back(std::move(next));
}

/// Changes each operation in some way: `change(next, step, burst, operation)` edits the copy.
template <class Change>
void for_each_operation(const program& what, std::vector<program>& found, Change change) {
  for (std::size_t s = 0; s < what.steps.size(); ++s) {
    for (std::size_t b = 0; b < what.steps[s].size(); ++b) {
      for (std::size_t o = 0; o < what.steps[s][b].operations.size(); ++o) {
        auto next = what;
        change(next, s, b, o);
        if (next != what) found.push_back(std::move(next));
      }
    }
  }
}

void without_operations(const program& what, std::vector<program>& found) {
  for_each_operation(what, found, [](program& next, std::size_t s, std::size_t b, std::size_t o) {
    auto& bursts = next.steps[s];
    auto& operations = bursts[b].operations;
    operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(o));
    if (operations.empty()) bursts.erase(bursts.begin() + static_cast<std::ptrdiff_t>(b));
    if (bursts.empty()) next.steps.erase(next.steps.begin() + static_cast<std::ptrdiff_t>(s));
  });
}

/// The operations of one step one after the other.
void one_by_one(const program& what, std::vector<program>& found) {
  for (std::size_t s = 0; s < what.steps.size(); ++s) {
    steps apart;
    for (const auto& part : what.steps[s]) {
      for (const auto& o : part.operations) apart.push_back({{part.who, {o}}});
    }
    if (apart.size() < 2) continue;
    auto& next = found.emplace_back(what);
    const auto at = next.steps.erase(next.steps.begin() + static_cast<std::ptrdiff_t>(s));
    next.steps.insert(at, apart.begin(), apart.end());
  }
}

void with_plain_reasons(const program& what, std::vector<program>& found) {
  for_each_operation(what, found, [](program& next, std::size_t s, std::size_t b, std::size_t o) {
    for (auto& word : next.steps[s][b].operations[o]) {
      if (word == "shutdown" || word == "shutdown(late)" || word == "bang" || word == "killed" ||
          word == "noproc") {
        word = "boom";
      }
    }
  });
}

}  // namespace

std::vector<program> smaller(const program& what) {
  std::vector<program> found;
  without_steps(what, found);
  without_operations(what, found);
  without_idle_processes(what, found);
  one_by_one(what, found);
  with_plain_reasons(what, found);
  std::erase_if(found, [](const program& each) { return !is_fair(each); });
  return found;
}

program shrink(program what, const trial& fails) {
  for (;;) {
    auto candidates = smaller(what);
    const auto failing = fails(candidates);
    const auto first = std::find(failing.begin(), failing.end(), true);
    if (first == failing.end()) return what;
    what = std::move(candidates[static_cast<std::size_t>(first - failing.begin())]);
  }
}

}  // namespace differential
