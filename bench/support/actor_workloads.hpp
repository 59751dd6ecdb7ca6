// The workloads that actors of any kind can do: their letters, their questions and their sizes, which are
// the same for all contestants. Each brings the functions.
#pragma once

#include "support/bench.hpp"
#include "support/sizes.hpp"

#include <cstdint>
#include <vector>

namespace bench {

struct actor_programs {
  outcome (*ping_pong)(const settings&);
  outcome (*calls)(const settings&, unsigned clients, unsigned servers);
  outcome (*fan_in)(const settings&, unsigned senders, std::uint64_t messages);
  outcome (*rings)(const settings&, const ring_size&);
  outcome (*short_lives)(const settings&);
  outcome (*tree)(const settings&);
  outcome (*idle)(const settings&);
  outcome (*fan_out)(const settings&);
  outcome (*savina_big)(const settings&);
};

/// W1 to W8 with the functions of one contestant.
inline std::vector<workload> actor_workloads(const actor_programs& of) {
  const auto calls = [of](unsigned clients, unsigned servers) {
    return [=](const settings& with) { return of.calls(with, clients, servers); };
  };
  const auto fan_in = [of](unsigned senders, std::uint64_t messages) {
    return [=](const settings& with) { return of.fan_in(with, senders, messages); };
  };
  const auto rings = [of](unsigned count, unsigned nodes, std::uint64_t hops) {
    return [=](const settings& with) { return of.rings(with, {with, count, nodes, hops}); };
  };
  return {
      {"W1", "a message to and fro between two actors", of.ping_pong},
      {"W2a", "requests of one client to one server", calls(1, 1)},
      {"W2b", "requests of 64 clients to one server", calls(64, 1)},
      {"W2c", "requests of 64 clients to 64 servers in turn", calls(64, 64)},
      {"W3a", "8 senders to one receiver", fan_in(8, 1'000'000)},
      {"W3b", "one sender to one receiver", fan_in(1, 5'000'000)},
      {"W4", "a token goes round a ring of 1,000", rings(1, 1'000, 5'000'000)},
      {"W4b", "tokens go round 100 rings of 100", rings(100, 100, 50'000)},
      {"W5a", "start, one message, its answer, and the end", of.short_lives},
      {"W5b", "skynet: a tree of actors with a million leaves", of.tree},
      {"W6", "bytes of an idle actor", of.idle},
      {"W7", "one publisher sends to 10,000 subscribers", of.fan_out},
      {"W8", "Savina's big: 200 actors ping each other at random", of.savina_big},
  };
}

}  // namespace bench
