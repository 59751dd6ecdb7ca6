// Plays programs on this library, in virtual time and on real threads. The counterpart of
// differential.erl, statement for statement.
#pragma once

#include "outcome.hpp"
#include "program.hpp"
#include <otp/runtime.hpp>

#include <cstddef>
#include <cstdint>
#include <future>
#include <limits>
#include <vector>

namespace differential {

/// One of the orders in which things may happen in virtual time.
struct order {
  std::uint64_t seed = 1;
  /// For each step, which of the orders that may follow what was before; 0 where there is none.
  /// With an odd one, processes also let others go first in the middle of a burst, as Erlang's may
  /// be interrupted anywhere.
  std::vector<unsigned> turns{};
};

/// What happens in a simulated runtime of its own; only the first `steps` steps of the program.
outcome simulate(const program& what, const order& when,
                 std::size_t steps = std::numeric_limits<std::size_t>::max());

/// Starts `what` in a running runtime that others may use too; `number` sets its names apart from
/// those of other programs. `what` must live until the result is there.
std::future<outcome> start_playing(otp::runtime& where, const program& what, unsigned number);

}  // namespace differential
