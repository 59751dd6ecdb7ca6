// The program otp_conformance: lists the scenarios, plays one, and compares its trace with a recorded
// one.
#include "conformance/harness.hpp"

#include <otp/failed_to_start_child.hpp>
#include <otp/runtime.hpp>
#include <otp/testing/simulation.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace conformance {

namespace {

constexpr std::string_view usage =
    R"(otp_conformance plays scenarios whose traces were recorded on Erlang/OTP.

  otp_conformance --list            names the scenarios
  otp_conformance NAME [options]    plays one and prints its trace

  --threads N      on N scheduler threads (default 2); 0: in virtual time, in a random order
  --seed N         draws that order (default 1); counts up with --times
  --times N        plays it N times (default 1)
  --salt TEXT      appends TEXT to the scenario's own labels and values
  --expected FILE  compares with the trace in FILE instead of printing; with --salt, with what that
                   trace is with the other labels and values

Ends with 0; with 1 when a trace differs, which it shows; with 2 when it does not understand.
)";

struct options {
  std::string name;
  unsigned threads = 2;
  std::uint64_t seed = 1;
  unsigned times = 1;
  std::string salt;
  std::string expected;
};

/// The lines of the scenario that is played, from all its processes.
struct record {
  std::mutex mutex;
  std::string lines;
  std::string salt;
  std::set<std::string, std::less<>> words;
  bool over = false;  ///< main has ended: the original stops the whole system then.
};

record& current() {
  static record r;
  return r;
}

template <class N>
bool read_number(std::string_view text, N& into) {
  const auto end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, into);
  return error == std::errc{} && at == end;
}

/// What is wrong with the command line, or nothing.
std::optional<std::string> read_options(const std::vector<std::string_view>& arguments,
                                        options& into) {
  into.name = arguments.front();
  for (std::size_t i = 1; i < arguments.size(); i += 2) {
    const auto key = arguments[i];
    if (i + 1 == arguments.size()) return fmt::format("{} needs a value", key);
    const auto value = arguments[i + 1];
    bool good = true;
    if (key == "--threads") {
      good = read_number(value, into.threads);
    } else if (key == "--seed") {
      good = read_number(value, into.seed);
    } else if (key == "--times") {
      good = read_number(value, into.times);
    } else if (key == "--salt") {
      into.salt = value;
    } else if (key == "--expected") {
      into.expected = value;
    } else {
      return fmt::format("there is no option {}", key);
    }
    if (!good) return fmt::format("{} needs a number, not \"{}\"", key, value);
  }
  return std::nullopt;
}

void play_as_main(const scenario& what, std::promise<void>& over) {
  try {
    what.play();
  } catch (const otp::exit_error& error) {
    say("main: died {}", reason(error.reason()));
  } catch (const std::exception& error) {
    say("main: failed {}", error.what());
  }
  {
    const std::lock_guard lock{current().mutex};
    current().over = true;
  }
  over.set_value();
}

/// The process main, which ends with its promise: a killed main does not keep anybody waiting.
std::future<void> start_main(const scenario& what) {
  std::promise<void> over;
  auto future = over.get_future();
  otp::spawn([&what, over = std::move(over)]() mutable { play_as_main(what, over); });
  return future;
}

void wait_for_main(std::future<void>& over, std::chrono::seconds patience) {
  if (over.wait_for(patience) != std::future_status::ready) {
    say("main: does not end");
    return;
  }
  try {
    over.get();
  } catch (const std::future_error&) {
    say("main: was killed");
  }
}

/// Plays it once in a runtime of its own and returns the trace.
std::string play(const scenario& what, const options& how, std::uint64_t seed) {
  auto& record = current();
  record.lines.clear();
  record.words.clear();
  record.over = false;
  otp::runtime_options quiet{.threads = std::max(how.threads, 1U), .console = std::nullopt};
  if (how.threads == 0) {
    otp::testing::simulation world{seed, quiet};
    auto over = start_main(what);
    world.advance(1h);
    wait_for_main(over, 0s);
  } else {
    otp::runtime world{quiet};
    const auto scope = world.enter();
    auto over = start_main(what);
    wait_for_main(over, 60s);
  }
  return record.lines;
}

bool in_a_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// `text` with each of its words replaced by what `change` returns for it.
template <class Change>
std::string with_words(std::string_view text, Change change) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && in_a_word(text[end])) ++end;
    if (end == i) {
      result += text[i++];
      continue;
    }
    result += change(std::string{text.substr(i, end - i)});
    i = end;
  }
  return result;
}

/// The recorded trace with the salt after each word that the scenario called one.
std::string salted(const std::string& trace) {
  const auto& record = current();
  return with_words(trace, [&](std::string each) {
    return record.words.contains(each) ? each + record.salt : each;
  });
}

/// The recorded trace without the optional lines, of mistakes that types forbid here, that the port left
/// out.
std::string without_impossible(const std::string& expected, const std::string& printed) {
  std::string kept;
  std::istringstream lines{expected};
  for (std::string line; std::getline(lines, line);) {
    const bool optional = line.starts_with("optional: ");
    if (!optional || printed.find(line + "\n") != std::string::npos) kept += line + "\n";
  }
  return kept;
}

void show_difference(const std::string& expected, const std::string& printed) {
  std::istringstream left{expected};
  std::istringstream right{printed};
  std::string a;
  std::string b;
  for (int line = 1;; ++line) {
    const bool more_left = static_cast<bool>(std::getline(left, a));
    const bool more_right = static_cast<bool>(std::getline(right, b));
    if (!more_left && !more_right) return;
    if (more_left && more_right && a == b) continue;
    fmt::print(stderr, "line {}\n  expected: {}\n  printed:  {}\n", line,
               more_left ? a : "(nothing)", more_right ? b : "(nothing)");
  }
}

int run(const options& how) {
  const auto found = std::find_if(scenarios().begin(), scenarios().end(),
                                  [&](const scenario& s) { return s.name == how.name; });
  if (found == scenarios().end()) {
    fmt::print(stderr, "otp_conformance: there is no scenario \"{}\"; --list names them\n",
               how.name);
    return 2;
  }
  std::string recorded;
  if (!how.expected.empty()) {
    std::ifstream file{how.expected};
    if (!file) {
      fmt::print(stderr, "otp_conformance: cannot read {}\n", how.expected);
      return 2;
    }
    recorded.assign(std::istreambuf_iterator<char>{file}, {});
  }
  current().salt = how.salt;
  for (unsigned i = 0; i < how.times; ++i) {
    const auto trace = play(*found, how, how.seed + i);
    if (how.expected.empty()) {
      fmt::print("{}", trace);
      continue;
    }
    const auto expected = without_impossible(salted(recorded), trace);
    if (trace == expected) continue;
    fmt::print(stderr, "{} differs, run {} of {}, {} threads, seed {}\n", how.name, i + 1, how.times,
               how.threads, how.seed + i);
    show_difference(expected, trace);
    return 1;
  }
  return 0;
}

}  // namespace

std::vector<scenario>& scenarios() {
  static std::vector<scenario> all;
  return all;
}

void say_line(std::string line) {
  auto& record = current();
  const std::lock_guard lock{record.mutex};
  if (!record.over) record.lines += line + "\n";
}

std::string word(std::string_view text) {
  auto& record = current();
  const std::lock_guard lock{record.mutex};
  return with_words(text, [&](std::string each) {
    record.words.insert(each);
    return each + record.salt;
  });
}

std::string reason(const otp::exit_reason& why) {
  if (const auto* call = why.get<otp::call_info>()) {
    // Of the library's own operations it is the operation, of a call the name of the message's type.
    std::string_view name = call->message;
    if (name.substr(0, 5) == "sys::") name.remove_prefix(5);
    const auto is_operation = name == "stop" || name == "await" || name == "get_state";
    return fmt::format("{}-exit({})", is_operation ? name : "call", reason(call->inner));
  }
  if (const auto* failed = why.get<otp::failed_to_start_child>()) {
    return fmt::format("shutdown(failed_to_start_child({},{}))", failed->id, reason(failed->reason));
  }
  if (const auto* threw = why.get<otp::start_threw>()) {
    return fmt::format("exit_of({})", reason(threw->reason));
  }
  if (const auto* exception = why.get<otp::exception_info>()) {
    return fmt::format("error({})", exception->what);
  }
  if (why.type() == otp::exit_reason::kind::deadlock) return "calling_self";
  return why.to_string();
}

std::string raised(const std::exception& error) {
  if (dynamic_cast<const std::invalid_argument*>(&error) != nullptr) return "badarg";
  if (dynamic_cast<const otp::start_error*>(&error) != nullptr) return "start_error";
  return error.what();
}

}  // namespace conformance

int main(int argc, char** argv) {
  using namespace conformance;
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.empty() || arguments.front() == "--help") {
    fmt::print(arguments.empty() ? stderr : stdout, "{}", usage);
    return arguments.empty() ? 2 : 0;
  }
  if (arguments.front() == "--list") {
    std::vector<std::string_view> names;
    for (const auto& each : scenarios()) names.push_back(each.name);
    std::sort(names.begin(), names.end());
    for (const auto name : names) fmt::print("{}\n", name);
    return 0;
  }
  options how;
  if (const auto problem = read_options(arguments, how)) {
    fmt::print(stderr, "otp_conformance: {}; --help shows what there is\n", *problem);
    return 2;
  }
  return run(how);
}
