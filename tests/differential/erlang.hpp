// A running Erlang node that plays programs, many at the same time.
#pragma once

#include "outcome.hpp"
#include "program.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>

namespace differential {

/// Throws std::runtime_error when Erlang does not start or has ended.
class erlang_node {
 public:
  /// `directory` holds differential.beam.
  explicit erlang_node(const std::string& directory);
  erlang_node(const erlang_node&) = delete;
  erlang_node& operator=(const erlang_node&) = delete;
  ~erlang_node();

  /// Starts playing a program. At most 4000 at the same time.
  void send(std::uint32_t number, const program& what);

  /// Waits for the end of one of them: its number, and what happened.
  std::pair<std::uint32_t, outcome> next();

 private:
  void read_all(char* to, std::size_t count);

  pid_t child_ = -1;
  int to_ = -1;
  int from_ = -1;
};

}  // namespace differential
