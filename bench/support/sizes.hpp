// The size of every workload and the checksum it must end with: the same for all contestants.
#pragma once

#include "support/bench.hpp"

#include <cstdint>

namespace bench {

/// 1 + 2 + ... + n.
constexpr std::uint64_t sum_to(std::uint64_t n) { return n * (n + 1) / 2; }

/// W1: a ball with the number of rounds left goes to and fro; the checksum sums what comes back.
struct ping_pong_size {
  explicit ping_pong_size(const settings& with) : rounds{with.part(2'000'000)} {}
  std::uint64_t rounds;
  std::uint64_t checksum() const { return sum_to(rounds); }
};

/// W2: each client calls with 1, 2, 3 ... and sums the answers, which are the same numbers.
struct call_size {
  call_size(const settings& with, unsigned client_count, unsigned server_count,
            std::uint64_t calls = 1'000'000)
      : clients{client_count}, servers{server_count}, each{with.part(calls / client_count)} {}
  unsigned clients;
  unsigned servers;
  std::uint64_t each;
  std::uint64_t total() const { return each * clients; }
  std::uint64_t checksum() const { return clients * sum_to(each); }
};

/// Messages after which who sends for long lets others have a turn, as the BEAM makes it do.
inline constexpr std::uint64_t a_turn = 256;

/// W3: each sender sends 1, 2, 3 ...; the receiver sums them.
struct fan_in_size {
  fan_in_size(const settings& with, unsigned sender_count, std::uint64_t messages)
      : senders{sender_count}, each{with.part(messages)} {}
  unsigned senders;
  std::uint64_t each;
  std::uint64_t total() const { return each * senders; }
  std::uint64_t checksum() const { return senders * sum_to(each); }
};

/// W4: a token goes round each ring; then a message collects how often each node has had it, times the
/// node's number.
struct ring_size {
  ring_size(const settings& with, unsigned ring_count, unsigned node_count, std::uint64_t hop_count)
      : rings{ring_count}, nodes{node_count}, hops{with.part(hop_count, node_count)} {}
  unsigned rings;
  unsigned nodes;
  std::uint64_t hops;  // of each ring
  std::uint64_t total() const { return hops * rings; }
  std::uint64_t checksum() const {
    // Node i gets the token with `hops` left, with `hops - nodes`, ..., beginning with node 0.
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < nodes; ++i) sum += (i + 1) * ((hops - i) / nodes + 1);
    return rings * sum;
  }
};

/// W5a: batches of processes, each gets a number, sends it back and ends.
struct short_life_size {
  explicit short_life_size(const settings& with) : batches{with.part(1'000)} {}
  std::uint64_t batches;
  static constexpr std::uint64_t batch = 1'000;
  std::uint64_t total() const { return batches * batch; }
  std::uint64_t checksum() const { return batches * sum_to(batch); }
};

/// W5b, skynet: each process starts ten, down to the leaves, which answer with their number.
struct skynet_size {
  explicit skynet_size(const settings& with) : leaves{1} {
    while (leaves * 10 <= with.part(1'000'000)) leaves *= 10;
  }
  std::uint64_t leaves;
  std::uint64_t total() const { return (leaves * 10 - 1) / 9; }
  std::uint64_t checksum() const { return sum_to(leaves - 1); }
};

/// W6: idle processes that hold their number.
struct idle_size {
  explicit idle_size(const settings& with) : processes{with.part(1'000'000)} {}
  std::uint64_t processes;
  std::uint64_t checksum() const { return sum_to(processes - 1); }
};

/// W7: the publisher sends 1, 2, 3 ... to each subscriber, which sums them.
struct fan_out_size {
  explicit fan_out_size(const settings& with)
      : subscribers{with.part(10'000)}, messages{with.part(1'000)} {}
  std::uint64_t subscribers;
  std::uint64_t messages;
  std::uint64_t total() const { return subscribers * messages; }
  std::uint64_t checksum() const { return subscribers * sum_to(messages); }
};

/// W8, Savina's "big": each actor pings a random one, waits for its pong, and again; the checksum is the
/// pings that were answered and the pongs that came.
struct big_size {
  explicit big_size(const settings& with) : pings{with.part(2'000)} {}
  static constexpr unsigned actors = 200;
  std::uint64_t pings;
  std::uint64_t total() const { return actors * pings; }
  std::uint64_t checksum() const { return 2 * total(); }

  /// Whom an actor pings next; the same small generator everywhere, as it is a part of the work.
  static unsigned next(std::uint32_t& state) {
    state = state * 69069U + 1U;
    return (state >> 16U) % actors;
  }
};

/// W9: timers; the checksum sums the numbers of those that fired, or counts those that were cancelled.
struct timer_size {
  explicit timer_size(const settings& with) : timers{with.part(1'000'000)} {}
  std::uint64_t timers;

  /// W9a: the delay of timer i, 1 to 1,000 ms in a mixed order.
  static std::uint64_t delay_ms(std::uint64_t i) { return 1 + i * 7919 % 1000; }
};

}  // namespace bench
