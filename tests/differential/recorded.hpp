// Programs with what happened on Erlang, in a file: for machines that have no Erlang.
#pragma once

#include "outcome.hpp"
#include "program.hpp"

#include <string>
#include <vector>

namespace differential {

struct recording {
  program what;
  outcome erlang;
};

/// Throws std::runtime_error when the file cannot be read or written.
std::vector<recording> read_recordings(const std::string& path);
void write_recordings(const std::string& path, const std::vector<recording>& all);

}  // namespace differential
