// The file of recorded programs: text, with separators.
#include "recorded.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace differential {

namespace {

// Between a program and its outcome, and between two recordings.
constexpr std::string_view happened = "--\n";
constexpr std::string_view next = "====\n";

}  // namespace

std::vector<recording> read_recordings(const std::string& path) {
  std::ifstream file{path};
  if (!file) throw std::runtime_error{"cannot read " + path};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  std::vector<recording> all;
  for (const auto& each : split(text, next)) {
    const auto parts = split(each, happened);
    if (parts.size() == 2) all.push_back({parse_program(parts[0]), parse_outcome(parts[1])});
  }
  return all;
}

void write_recordings(const std::string& path, const std::vector<recording>& all) {
  std::ofstream file{path};
  for (const auto& each : all) {
    file << to_text(each.what) << happened << to_text(each.erlang) << next;
  }
  if (!file.flush()) throw std::runtime_error{"cannot write " + path};
}

}  // namespace differential
