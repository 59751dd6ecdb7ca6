// Whether what happens here may be what happened on Erlang.
#pragma once

#include "outcome.hpp"
#include "program.hpp"

namespace differential {

/// How far the outcome of Erlang is looked for: in so many orders of the whole program; then, from
/// so many of them, step by step, in so many orders for each.
inline constexpr unsigned whole_orders = 16;
inline constexpr unsigned beginnings = 3;
inline constexpr unsigned orders_of_a_step = 400;
inline constexpr unsigned calm_orders_of_a_step = 60;
/// The same while shrinking, when most answers are "not found".
inline constexpr unsigned few_orders_of_a_step = 60;
/// How many orders of a calm program are compared with each other.
inline constexpr unsigned calm_orders = 4;

struct verdict {
  bool agrees = false;
  bool steady = true;   ///< Of a calm program: whether all orders gave the same outcome.
  bool strict = true;   ///< Whether it agrees even in what dying processes still read.
  unsigned orders = 0;  ///< How many were played until one agreed.
  outcome here;         ///< When they differ: the outcome here that is most like Erlang's.
};

/// Some order must give what happened on Erlang.
verdict judge(const program& what, const outcome& erlang, unsigned of_a_step = orders_of_a_step);

/// Whether some order gives `wanted`.
bool can_happen(const program& what, const outcome& wanted);

}  // namespace differential
