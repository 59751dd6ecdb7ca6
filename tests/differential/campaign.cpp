// Many programs at the same time, and what becomes of those that differ.
#include "campaign.hpp"

#include "generate.hpp"
#include "player.hpp"
#include "shrink.hpp"
#include <otp/runtime.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <future>
#include <utility>

namespace differential {

namespace {

constexpr int replays = 3;

void print(const std::string& text) {
  fmt::print("{}", text);
  std::fflush(stdout);
}

bool may_be(const program& what, const outcome& here, const outcome& erlang) {
  return here == erlang || can_happen(what, here);
}

}  // namespace

std::size_t campaign::run() {
  const auto began = std::chrono::steady_clock::now();
  std::size_t started = 0;
  std::size_t done = 0;
  while (done < options_.programs && differences_ < options_.enough) {
    while (started < options_.programs && under_way_.size() + arrived_.size() < options_.at_once) {
      const auto seed = options_.calm ? (options_.seed + started++) * 2 : options_.seed + started++;
      auto next = generate(seed);
      erlang_.send(++number_, next);
      under_way_.emplace(number_, std::pair{seed, std::move(next)});
    }
    if (arrived_.empty()) await_one();
    const auto [seed, what, happened] = std::move(arrived_.front());
    arrived_.pop_front();
    examine(seed, what, happened);
    progress(++done);
    if (suspects_.size() >= options_.enough || done == options_.programs) examine_suspects();
  }
  while (!under_way_.empty()) await_one();
  play_on_threads();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!options_.quiet) print(summary(took.count()));
  return differences_;
}

void campaign::await_one() {
  auto [number, happened] = erlang_.next();
  auto played = under_way_.extract(number);
  auto& [seed, what] = played.mapped();
  arrived_.push_back({seed, std::move(what), std::move(happened)});
}

void campaign::examine(std::uint64_t seed, const program& what, const outcome& erlang) {
  mix_.add(what, erlang);
  const auto result = judge(what, erlang);
  if (!result.steady) ++unsteady_;
  if (!result.agrees) {
    suspects_.push_back({seed, what, erlang});
  } else if (!result.strict) {
    ++loose_;
  } else {
    ++orders_[result.orders];
    if (seed % options_.threads_every == 0) for_threads_.push_back({seed, what, erlang});
  }
}

void campaign::examine_suspects() {
  while (!under_way_.empty()) await_one();  // now Erlang has nothing else to do
  for (const auto& each : std::exchange(suspects_, {})) {
    if (differences_ >= options_.enough) return;
    if (differs_alone(each)) {
      ++differences_;
      report(each.seed, each.what);
    } else {
      ++only_under_load_;
    }
  }
}

bool campaign::differs_alone(const found& suspect) {
  for (int i = 0; i < replays; ++i) {
    const auto again = play_on_erlang(suspect.what);
    if (again != suspect.erlang && judge(suspect.what, again).agrees) return false;
  }
  return true;
}

void campaign::report(std::uint64_t seed, const program& what) {
  auto small = shrink(what, [this](const auto& all) { return try_all(all); });
  auto erlang = play_on_erlang(small);
  auto result = judge(small, erlang);
  if (result.agrees) {  // when one looks longer; so the difference was lost
    small = what;
    erlang = play_on_erlang(small);
    result = judge(small, erlang);
  }
  print(fmt::format("\nthe program of seed {} differs; shrunk to {} operations:\n\n{}\n{}\n", seed,
                    count_operations(small), to_text(small), difference(result.here, erlang)));
}

std::vector<bool> campaign::try_all(const std::vector<program>& all) {
  std::map<std::uint32_t, std::size_t> under_way;
  std::vector<bool> fails(all.size());
  std::size_t next = 0;
  bool one_is_known = false;
  while ((next < all.size() && !one_is_known) || !under_way.empty()) {
    while (next < all.size() && under_way.size() < 30 && !one_is_known) {
      erlang_.send(++number_, all[next]);
      under_way.emplace(number_, next++);
    }
    const auto [number, happened] = erlang_.next();
    const auto index = under_way.extract(number).mapped();
    fails[index] = !judge(all[index], happened, few_orders_of_a_step).agrees;
    one_is_known = one_is_known || fails[index];
  }
  return fails;
}

void campaign::play_on_threads() {
  for (const unsigned threads : {1U, 2U}) {
    otp::runtime runtime{{.threads = threads, .console = std::nullopt}};
    std::vector<std::future<outcome>> playing;
    for (const auto& each : for_threads_) {
      playing.push_back(start_playing(runtime, each.what, static_cast<unsigned>(playing.size())));
    }
    for (std::size_t i = 0; i < playing.size(); ++i) {
      const auto& [seed, what, erlang] = for_threads_[i];
      auto here = playing[i].get();
      // Its time is real, too.
      for (int again = 0; again < replays && !may_be(what, here, erlang); ++again) {
        here = start_playing(runtime, what, 0).get();
      }
      if (may_be(what, here, erlang)) continue;
      ++differences_;
      print(fmt::format("\non {} threads the program of seed {} differs:\n\n{}\n{}\n", threads,
                        seed, to_text(what), difference(here, erlang)));
    }
  }
}

outcome campaign::play_on_erlang(const program& what) {
  erlang_.send(++number_, what);
  return erlang_.next().second;
}

void campaign::progress(std::size_t done) const {
  if (options_.quiet || isatty(STDERR_FILENO) == 0 || done % 50 != 0) return;
  fmt::print(stderr, "\r{} of {} programs", done, options_.programs);
  if (done == options_.programs) fmt::print(stderr, "\n");
}

std::string campaign::summary(double seconds) const {
  std::map<unsigned, std::size_t> upto;
  for (const auto& [orders, count] : orders_) {
    unsigned limit = 1;
    while (limit < orders) limit *= 4;
    upto[limit] += count;
  }
  const std::uint64_t stride = options_.calm ? 2 : 1;
  auto text = fmt::format("seeds {} to {}, in {:.0f} s\n{}", options_.seed * stride,
                          (options_.seed + options_.programs - 1) * stride, seconds, mix_.table());
  text += "Erlang's outcome was found here in order";
  unsigned above = 0;
  for (const auto& [limit, count] : upto) {
    text += above + 1 >= limit ? fmt::format(" {}: {};", limit, count)
                               : fmt::format(" {} to {}: {};", above + 1, limit, count);
    above = limit;
  }
  text += fmt::format(
      "\nthe same but for what dying processes still read: {}\ncalm programs with several outcomes "
      "here: {}\ndiffered only while Erlang was busy: {}\nplayed on 1 and on 2 threads: {}\n"
      "differences: {}\n",
      loose_, unsteady_, only_under_load_, for_threads_.size(), differences_);
  return text;
}

std::vector<outcome> campaign::play_on_erlang(const std::vector<program>& all) {
  const auto first = number_ + 1;
  for (const auto& each : all) erlang_.send(++number_, each);
  std::vector<outcome> outcomes(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto [number, happened] = erlang_.next();
    outcomes[number - first] = std::move(happened);
  }
  return outcomes;
}

bool campaign::show(const program& what) {
  const auto erlang = play_on_erlang(what);
  const auto result = judge(what, erlang);
  print(to_text(erlang));
  print(result.agrees ? fmt::format("the same here, in order {}\n", result.orders)
                      : fmt::format("\nnot here:\n{}", difference(result.here, erlang)));
  return result.agrees;
}

}  // namespace differential
