// Draws random programs.
#pragma once

#include "program.hpp"

#include <cstdint>

namespace differential {

/// The program of `seed`: always the same one. At least six processes, of which two are servers,
/// and twenty operations. Programs with even seeds are calm; in the others, processes perform up to
/// four operations in one go, and sometimes two of them at the same time.
program generate(std::uint64_t seed);

}  // namespace differential
