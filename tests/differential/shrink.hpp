// Smaller programs that may fail in the same way.
#pragma once

#include "program.hpp"

#include <functional>
#include <vector>

namespace differential {

/// Programs with less in them than `what`, those with much less first: without some steps,
/// operations or processes, with operations one after the other, and with plainer reasons.
std::vector<program> smaller(const program& what);

/// Which of these programs fail; all are tried at once.
using trial = std::function<std::vector<bool>(const std::vector<program>&)>;

/// Replaces `what` by a smaller program that fails as long as there is one.
program shrink(program what, const trial& fails);

}  // namespace differential
