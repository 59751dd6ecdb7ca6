// A run of many random programs here and on Erlang.
#pragma once

#include "erlang.hpp"
#include "judge.hpp"
#include "mix.hpp"
#include "program.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace differential {

struct campaign_options {
  std::uint64_t seed = 1;  ///< Of the first program; the others follow.
  std::size_t programs = 1000;
  std::size_t at_once = 200;       ///< How many Erlang plays at the same time.
  std::size_t threads_every = 50;  ///< Every so many programs one is also played on real threads.
  std::size_t enough = 5;          ///< Ends after so many differences.
  bool calm = false;   ///< Only calm programs: every other seed, from twice the first one.
  bool quiet = false;  ///< Prints differences only.
};

class campaign {
 public:
  campaign(erlang_node& erlang, campaign_options options) : erlang_{erlang}, options_{options} {}

  /// Plays the programs, and prints what came of it. A program whose outcomes differ is replayed
  /// three times with nothing else to do, because Erlang's time is real: if they always differ, it
  /// is shrunk and printed. Returns the number of those.
  std::size_t run();

  /// Plays one program and prints both outcomes, or where they differ. Returns whether they agree.
  bool show(const program& what);

  /// What happens on Erlang.
  outcome play_on_erlang(const program& what);

  /// The same for many programs, which are played at the same time: at most 4000.
  std::vector<outcome> play_on_erlang(const std::vector<program>& all);

 private:
  struct found {
    std::uint64_t seed;
    program what;
    outcome erlang;
  };

  void await_one();
  void examine(std::uint64_t seed, const program& what, const outcome& erlang);
  void examine_suspects();
  bool differs_alone(const found& suspect);
  void report(std::uint64_t seed, const program& what);
  std::vector<bool> try_all(const std::vector<program>& all);
  void play_on_threads();
  void progress(std::size_t done) const;
  std::string summary(double seconds) const;

  erlang_node& erlang_;
  campaign_options options_;
  std::uint32_t number_ = 0;
  mix mix_;
  std::map<std::uint32_t, std::pair<std::uint64_t, program>>
      under_way_;  ///< By number: its seed too.
  std::deque<found> arrived_;
  std::deque<found> suspects_;
  std::deque<found> for_threads_;
  std::map<unsigned, std::size_t> orders_;  ///< After how many orders how many programs agreed.
  std::size_t loose_ = 0;
  std::size_t unsteady_ = 0;
  std::size_t only_under_load_ = 0;
  std::size_t differences_ = 0;
};

}  // namespace differential
