// The program otp_races: lists the races, and runs some or all of them.
#include "races/harness.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

namespace races {

namespace {

constexpr std::string_view usage =
    R"(otp_races lets two threads do at nearly the same moment what must not disturb each other, over
and over, and prints how often each possible outcome was seen.

  otp_races --list                  names the races
  otp_races [NAME...] [options]     runs these, or all

  --rounds N    rounds of each (default 100000)
  --threads N   scheduler threads, at least 2 (default 2)

Ends with 0; with 1 when something impossible was seen, when something was left over, or when, in
100000 rounds or more, an outcome was seen in less than a hundredth of them; with 2 when it does not
understand.
)";

struct options {
  std::vector<contest> chosen;
  std::uint64_t rounds = 100'000;
  unsigned threads = 2;
};

template <class N>
bool read_number(std::string_view text, N& into) {
  const auto end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, into);
  return error == std::errc{} && at == end;
}

/// What is wrong with the command line, or nothing.
std::optional<std::string> read_options(const std::vector<std::string_view>& arguments,
                                        options& into) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto word = arguments[i];
    if (word == "--rounds" || word == "--threads") {
      if (++i == arguments.size()) return fmt::format("{} needs a value", word);
      const bool good = word == "--rounds" ? read_number(arguments[i], into.rounds)
                                           : read_number(arguments[i], into.threads);
      if (!good) return fmt::format("{} needs a number, not \"{}\"", word, arguments[i]);
      continue;
    }
    const auto found = std::find_if(contests().begin(), contests().end(),
                                    [&](const contest& each) { return each.name == word; });
    if (found == contests().end()) return fmt::format("there is no race \"{}\"", word);
    into.chosen.push_back(*found);
  }
  if (into.rounds == 0) return "--rounds needs at least 1";
  if (into.threads < 2) return "--threads needs at least 2: two processes run at the same time";
  if (into.chosen.empty()) into.chosen = contests();
  return std::nullopt;
}

}  // namespace

}  // namespace races

int main(int argc, char** argv) {
  using namespace races;
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  std::sort(contests().begin(), contests().end(),
            [](const contest& a, const contest& b) { return a.name < b.name; });
  if (!arguments.empty() && arguments.front() == "--help") {
    fmt::print("{}", usage);
    return 0;
  }
  if (!arguments.empty() && arguments.front() == "--list") {
    for (const auto& each : contests()) fmt::print("{}\n", each.name);
    return 0;
  }
  options how;
  if (const auto problem = read_options(arguments, how)) {
    fmt::print(stderr, "otp_races: {}; --help shows what there is\n", *problem);
    return 2;
  }
  bool good = true;
  for (const auto& each : how.chosen) good = run(each, how.rounds, how.threads) && good;
  return good ? 0 : 1;
}
