// The search for an order in which what happened on Erlang happens here.
#include "judge.hpp"

#include "player.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <vector>

namespace differential {

namespace {

std::size_t distance(const outcome& a, const outcome& b) {
  auto left = a.events();
  auto right = b.events();
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  std::vector<event> differing;
  std::set_symmetric_difference(left.begin(), left.end(), right.begin(), right.end(),
                                std::back_inserter(differing));
  return differing.size();
}

/// Looks for an order that gives what happened on Erlang.
class search {
 public:
  search(const program& what, const outcome& erlang)
      : what_{what}, erlang_{erlang}, essential_{erlang.without_last_reads()} {}

  bool in_whole_orders() {
    for (std::uint64_t seed = 1; seed <= whole_orders; ++seed) {
      if (agrees({seed, {}})) return true;
    }
    for (unsigned turn = 1; turn <= whole_orders; ++turn) {
      if (agrees({1, std::vector<unsigned>(what_.steps.size(), turn)})) return true;
    }
    return false;
  }

  /// Finds an order for the first step, with that one for the second, and so on.
  bool step_by_step(std::uint64_t seed, unsigned of_a_step) {
    order when{seed, {}};
    for (std::size_t steps = 1; steps <= what_.steps.size(); ++steps) {
      const auto wanted = erlang_.first_steps(steps);
      auto& turn = when.turns.emplace_back(0);
      while (simulate(what_, when, steps).first_steps(steps) != wanted) {
        ++played;
        if (++turn == of_a_step) return false;
      }
      ++played;
    }
    return agrees(when);
  }

  unsigned played = 0;
  bool alike = false;  ///< Whether some order agreed but for what dying processes still read.
  outcome nearest;

 private:
  bool agrees(const order& when) {
    ++played;
    auto here = simulate(what_, when);
    const bool same = here == erlang_;
    alike = alike || here.without_last_reads() == essential_;
    if (const auto far = distance(here, erlang_); far < distance_) {
      distance_ = far;
      nearest = std::move(here);
    }
    return same;
  }

  const program& what_;
  const outcome& erlang_;
  outcome essential_;
  std::size_t distance_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace

verdict judge(const program& what, const outcome& erlang, unsigned of_a_step) {
  search orders{what, erlang};
  // Of a calm program there is not much to look for.
  if (is_calm(what)) of_a_step = std::min(of_a_step, calm_orders_of_a_step);
  bool found = orders.in_whole_orders();
  const auto last = is_calm(what) ? 1 : beginnings;
  for (std::uint64_t seed = 1; seed <= last && !found; ++seed) {
    found = orders.step_by_step(seed, of_a_step);
  }
  verdict result{found || orders.alike, true, found, orders.played, std::move(orders.nearest)};
  if (!is_calm(what)) return result;
  for (std::uint64_t seed = 1; seed <= calm_orders && result.steady; ++seed) {
    result.steady = simulate(what, {seed, {}}) == result.here;
  }
  return result;
}

bool can_happen(const program& what, const outcome& wanted) { return judge(what, wanted).agrees; }

}  // namespace differential
