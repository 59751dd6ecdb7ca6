// What the programs of a run were made of.
#pragma once

#include "outcome.hpp"
#include "program.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace differential {

/// Counts what programs contain, and what of it was really performed: whoever is dead does nothing.
class mix {
 public:
  void add(const program& what, const outcome& erlang);

  /// The table, and the smallest numbers of processes and operations. Several lines.
  std::string table() const;

 private:
  std::size_t programs_ = 0;
  std::size_t calm_ = 0;
  std::size_t operations_ = 0;
  std::size_t performed_ = 0;
  std::size_t fewest_operations_ = 0;
  std::size_t processes_ = 0;
  std::size_t fewest_processes_ = 0;
  std::map<std::string, std::size_t> kinds_;  ///< In how many programs each was performed.
};

}  // namespace differential
