// otp_differential: random programs here and on Erlang.
#include "campaign.hpp"
#include "erlang.hpp"
#include "generate.hpp"
#include "judge.hpp"
#include "recorded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace differential {

namespace {

constexpr std::string_view usage =
    R"(usage: otp_differential [--programs N] [--seed S] [--at-once N] [--threads-every N]
       otp_differential --play FILE | --show SEED | --record FILE | --recorded FILE

Plays N random programs (default 1000), those of the seeds S, S+1, ..., on this library and on
Erlang, and compares what their processes saw. Exits with 1 when one differs, after printing it
shrunk.

  --at-once N        how many programs Erlang plays at the same time (200)
  --threads-every N  every so many programs one is played on real threads, too (50)
  --enough N         ends after so many differences (5)
  --calm             only programs without races, which are found out faster
  --quiet            prints differences only
  --play FILE        plays the program in FILE, and prints what happened or where it differs
  --show SEED        prints the program of a seed, and plays it
  --record FILE      plays N programs on Erlang, and writes them with their outcomes to FILE
  --recorded FILE    plays the programs in FILE here, and compares; needs no Erlang
  --beam FOLDER      where differential.beam is (the folder of this program)
)";

using arguments = std::map<std::string, std::string, std::less<>>;

const std::vector<std::string_view> known_options{
    "--programs", "--seed", "--at-once", "--threads-every", "--enough",
    "--play",     "--show", "--record",  "--recorded",      "--beam"};

/// The options with their values; prints what is wrong with them and returns nothing.
std::optional<arguments> read_arguments(const std::vector<std::string>& words) {
  arguments all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--quiet" || words[i] == "--calm") {
      all[words[i]] = "";
      continue;
    }
    const bool known =
        std::find(known_options.begin(), known_options.end(), words[i]) != known_options.end();
    if (!known || i + 1 == words.size()) {
      fmt::print(stderr, "otp_differential: {} {}; --help shows what there is\n",
                 known ? "no value for" : "there is no option", words[i]);
      return std::nullopt;
    }
    const auto& key = words[i];
    all[key] = words[++i];
  }
  return all;
}

std::uint64_t number(const arguments& all, std::string_view key, std::uint64_t otherwise) {
  const auto found = all.find(key);
  if (found == all.end()) return otherwise;
  const auto& text = found->second;
  std::uint64_t value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || at != text.data() + text.size()) {
    throw std::runtime_error{fmt::format("{} needs a number, not \"{}\"", key, text)};
  }
  return value;
}

int play_recorded(const std::string& path) {
  const auto all = read_recordings(path);
  std::size_t differences = 0;
  for (const auto& [what, erlang] : all) {
    const auto result = judge(what, erlang);
    if (result.agrees) continue;
    ++differences;
    fmt::print("\nthis differs:\n\n{}\n{}", to_text(what), difference(result.here, erlang));
  }
  fmt::print("{} recorded programs, {} differences\n", all.size(), differences);
  return differences == 0 && !all.empty() ? 0 : 1;
}

void record(campaign& with, const std::string& path, const campaign_options& options) {
  std::vector<program> programs;
  for (std::size_t i = 0; i < options.programs; ++i) programs.push_back(generate(options.seed + i));
  const auto outcomes = with.play_on_erlang(programs);
  std::vector<recording> all;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    // What takes long to find is no test for every day.
    const auto result = judge(programs[i], outcomes[i]);
    if (result.agrees && result.orders <= whole_orders) all.push_back({programs[i], outcomes[i]});
  }
  write_recordings(path, all);
  fmt::print("{} programs recorded\n", all.size());
}

program read_program(const std::string& path) {
  std::ifstream file{path};
  if (!file) throw std::runtime_error{"cannot read " + path};
  return parse_program(std::string{std::istreambuf_iterator<char>{file}, {}});
}

int run(const arguments& all, const std::string& folder) {
  if (const auto path = all.find("--recorded"); path != all.end())
    return play_recorded(path->second);
  campaign_options options;
  options.seed = number(all, "--seed", options.seed);
  options.programs = number(all, "--programs", options.programs);
  options.at_once = number(all, "--at-once", options.at_once);
  options.threads_every = number(all, "--threads-every", options.threads_every);
  options.enough = number(all, "--enough", options.enough);
  options.calm = all.contains("--calm");
  options.quiet = all.contains("--quiet");
  const auto beam = all.find("--beam");
  erlang_node erlang{beam == all.end() ? folder : beam->second};
  campaign with{erlang, options};
  if (const auto path = all.find("--record"); path != all.end()) {
    return record(with, path->second, options), 0;
  }
  if (const auto path = all.find("--play"); path != all.end()) {
    return with.show(read_program(path->second)) ? 0 : 1;
  }
  if (all.contains("--show")) {
    const auto what = generate(number(all, "--show", 0));
    fmt::print("{}\n", to_text(what));
    return with.show(what) ? 0 : 1;
  }
  return with.run() == 0 ? 0 : 1;
}

}  // namespace

}  // namespace differential

int main(int argc, char** argv) {
  const std::vector<std::string> words{argv + 1, argv + argc};
  if (!words.empty() && words.front() == "--help") {
    fmt::print("{}", differential::usage);
    return 0;
  }
  const std::string self{argv[0]};
  const auto slash = self.rfind('/');
  try {
    const auto all = differential::read_arguments(words);
    return all ? differential::run(*all, slash == std::string::npos ? "." : self.substr(0, slash))
               : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "otp_differential: {}\n", error.what());
    return 2;
  }
}
