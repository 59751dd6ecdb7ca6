// The program otp_tree: builds a tree of supervisors, lets it be shaken, and sees that it is whole
// again, that it stops, and that nothing is left.
#include "tree/audit.hpp"
#include "tree/plan.hpp"
#include "tree/storm.hpp"
#include <otp/detail/timer_cell.hpp>
#include <otp/runtime.hpp>
#include <otp/supervisor.hpp>

#include <fmt/core.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tree {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

constexpr std::string_view usage =
    R"(otp_tree builds a tree of supervisors with workers, kills workers and supervisors at random while
others call them, and then waits until the tree is whole, stops it, and looks for what is left.

  otp_tree [options]

  --seconds N   how long (default 2)
  --kills N     at most so many kills (default: no limit)
  --workers N   at least 5 (default 1000)
  --threads N   scheduler threads, at least 2 (default 2)
  --seed N      repeats where the blows fall, though not when (default: drawn, and printed)

Ends with 0; with 1 when the tree was not as it should be; with 2 when it does not understand.
)";

struct options {
  std::uint64_t seconds = 2;
  std::uint64_t kills = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t workers = 1000;
  std::uint64_t threads = 2;
  std::uint64_t seed = static_cast<std::uint64_t>(clock::now().time_since_epoch().count());
};

/// Sets one of the options; what is wrong otherwise.
std::optional<std::string> set_option(options& all, std::string_view name, std::string_view value) {
  const auto into = [&]() -> std::uint64_t* {
    if (name == "--seconds") return &all.seconds;
    if (name == "--kills") return &all.kills;
    if (name == "--workers") return &all.workers;
    if (name == "--threads") return &all.threads;
    if (name == "--seed") return &all.seed;
    return nullptr;
  }();
  if (into == nullptr) return fmt::format("there is no option \"{}\"", name);
  const auto* const end = value.data() + value.size();
  const auto [at, error] = std::from_chars(value.data(), end, *into);
  if (error == std::errc{} && at == end) return std::nullopt;
  return fmt::format("{} needs a number, not \"{}\"", name, value);
}

std::optional<std::string> read_options(const std::vector<std::string_view>& words, options& into) {
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) return fmt::format("{} needs a value", words[i]);
    if (auto problem = set_option(into, words[i], words[i + 1])) return problem;
  }
  if (into.workers < kinds.size()) return "--workers needs at least 5: one for each branch";
  if (into.threads < 2) return "--threads needs at least 2: the killers run at the same time";
  return std::nullopt;
}

/// Until the tree is whole, and until it has stopped. Both take a second at most; on a slow machine
/// under a sanitizer longer.
constexpr auto patience = 60s;
/// When all has taken so much longer than the storm, somebody waits for what does not come.
constexpr auto grace = 4 * patience;

[[noreturn]] void give_up(const options& how, std::string_view why) {
  fmt::print(stderr, "otp_tree: {}; --workers {} --seed {}\n", why, how.workers, how.seed);
  std::fflush(nullptr);
  std::_Exit(1);
}

class trial {
 public:
  explicit trial(const options& how)
      : options_{how},
        plan_{make_plan(how.workers)},
        counts_{std::make_shared<census>(how.workers)} {}

  /// Ends the program when something is not as it should be.
  void run() {
    std::shared_ptr<otp::detail::runtime_core> core;
    {
      otp::runtime rt{{.threads = static_cast<unsigned>(options_.threads), .console = std::nullopt}};
      core = rt.core().shared_from_this();
      const auto here = rt.enter();
      runtime_ = &rt;
      const auto root = otp::start(root_spec(plan_, counts_));
      await_wholeness("before the storm");
      first_starts_ = counts_->worker_starts;
      first_supervisors_ = counts_->supervisor_starts;
      blow();
      await_wholeness("after the storm");
      stop(root);
      runtime_ = nullptr;
    }
    expect(counts_->workers_alive == 0, "workers were not destroyed");
    expect(core->stacks.in_use() == 0, "stacks are in use");
    expect(otp::detail::timer_cells::instance().in_use() == 0, "timers are in use");
    fmt::print("nothing is left\n");
  }

 private:
  void say(clock::time_point began) const {
    const auto passed = std::chrono::duration<double>{clock::now() - began}.count();
    fmt::print(
        "{:6.1f} s: {} kills, {} of them of supervisors; {} workers and {} supervisors were started "
        "again; {} calls were answered, {} failed\n",
        passed, counts_->kills.load(), counts_->supervisor_kills.load(),
        counts_->worker_starts - first_starts_, counts_->supervisor_starts - first_supervisors_,
        counts_->answered.load(), counts_->failed.load());
    std::fflush(stdout);
  }

  void blow() {
    storm weather{plan_, counts_, options_.seed, options_.kills};
    const auto began = clock::now();
    const auto end = began + std::chrono::seconds{options_.seconds};
    weather.start();
    auto next_word = began + 5s;
    while (!weather.is_over() || !weather.calm()) {
      std::this_thread::sleep_for(10ms);
      if (clock::now() >= end) weather.stop();
      if (clock::now() < next_word) continue;
      say(began);
      next_word += 5s;
    }
    say(began);
  }

  void await_wholeness(std::string_view when) {
    const auto began = clock::now();
    for (;;) {
      const auto fault = find_fault(plan_, runtime_->process_count());
      if (fault.empty()) break;
      expect(clock::now() - began < patience, fault);
      std::this_thread::sleep_for(10ms);
    }
    const auto passed = std::chrono::duration<double, std::milli>{clock::now() - began}.count();
    fmt::print("{} the tree is whole, {} processes: seen after {:.0f} ms\n", when,
               runtime_->process_count(), passed);
  }

  void stop(const otp::server_ref<otp::supervisor>& root) {
    const auto began = clock::now();
    otp::stop(root, otp::reason::shutdown, patience);  // throws when it takes longer
    const auto passed = std::chrono::duration<double, std::milli>{clock::now() - began}.count();
    fmt::print("it stopped in {:.0f} ms\n", passed);
    while (runtime_->process_count() != 0) {
      expect(clock::now() - began < patience, "processes are left after the stop");
      std::this_thread::sleep_for(1ms);
    }
  }

  void expect(bool holds, std::string_view otherwise) const {
    if (!holds) give_up(options_, otherwise);
  }

  options options_;
  plan plan_;
  shared_census counts_;
  otp::runtime* runtime_ = nullptr;
  std::uint64_t first_starts_ = 0;
  std::uint64_t first_supervisors_ = 0;
};

/// Runs a trial, and gives up when it does not end.
void run(const options& how) {
  std::promise<void> over;
  std::thread guard{[&how, ended = over.get_future()] {
    if (ended.wait_for(std::chrono::seconds{how.seconds} + grace) == std::future_status::ready) return;
    give_up(how, "it does not go on");
  }};
  trial{how}.run();
  over.set_value();
  guard.join();
}

}  // namespace

}  // namespace tree

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "--help") {
    fmt::print("{}", tree::usage);
    return 0;
  }
  tree::options how;
  if (const auto problem = tree::read_options(words, how)) {
    fmt::print(stderr, "otp_tree: {}; --help shows what there is\n", *problem);
    return 2;
  }
  fmt::print("{} workers, {} threads, --seed {}\n", how.workers, how.threads, how.seed);
  tree::run(how);
  return 0;
}
