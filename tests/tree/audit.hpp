// Whether the tree is whole: asks every supervisor for its children and every worker who it is.
#pragma once

#include "tree/plan.hpp"

#include <cstdint>
#include <string>

namespace tree {

/// What is missing, wrong or too much; empty if nothing is. `processes` is how many there are.
/// On a thread that has entered the runtime.
std::string find_fault(const plan& of, std::int64_t processes);

}  // namespace tree
