// The workloads on CAF 0.17, as its manual writes actors: event-based, with behaviors, `request` and `then`
// for calls, and returned values for answers. Requests have no timeout, which is CAF's fastest way: one
// costs it a timer each. Of the timers only those that fire have a counterpart. One file, like those of the
// other peers, so that a peer can be read from its first workload to its last.
#include "support/actor_workloads.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <vector>

namespace {

using bench::outcome;
using bench::settings;
using caf::actor;
using caf::behavior;
using caf::event_based_actor;
using std::uint64_t;

using collect_atom = caf::atom_constant<caf::atom("collect")>;
using go_atom = caf::atom_constant<caf::atom("go")>;
using leave_atom = caf::atom_constant<caf::atom("leave")>;
using ping_atom = caf::atom_constant<caf::atom("ping")>;
using pong_atom = caf::atom_constant<caf::atom("pong")>;

using number = std::promise<uint64_t>;

/// CAF with as many workers as were asked for. Does not wait for actors that refer to each other.
class world {
 public:
  explicit world(const settings& with) : config_{with}, system_{config_} {
    system_.await_actors_before_shutdown(false);
  }
  caf::actor_system* operator->() { return &system_; }

 private:
  struct config : caf::actor_system_config {
    explicit config(const settings& with) {
      set("scheduler.max-threads", static_cast<std::size_t>(with.threads));
    }
  };
  config config_;
  caf::actor_system system_;
};

/// Counts the numbers that come in and announces their sum with the last.
behavior summing(event_based_actor* self, uint64_t expected, number* done) {
  return {[=, left = expected, sum = uint64_t{0}](uint64_t value) mutable {
    sum += value;
    if (--left == 0) {
      done->set_value(sum);
      self->quit();
    }
  }};
}

// ---- W1

behavior echo() {
  return {[](uint64_t value) { return value; }};
}

behavior pinging(event_based_actor* self, const actor& pong, uint64_t rounds, number* done) {
  self->send(pong, rounds);
  return {[=, sum = uint64_t{0}](uint64_t left) mutable {
    sum += left;
    if (left == 1) {
      done->set_value(sum);
      self->quit();
    } else {
      self->send(pong, left - 1);
    }
  }};
}

outcome ping_pong(const settings& with) {
  const bench::ping_pong_size size{with};
  number done;
  world system{with};
  const auto pong = system->spawn(echo);
  const bench::stopwatch watch;
  system->spawn(pinging, pong, size.rounds, &done);
  const auto sum = done.get_future().get();
  return measured(watch, fmt::format("{} round trips", size.rounds), size.rounds, sum,
                  size.checksum());
}

// ---- W2

struct client : event_based_actor {
  client(caf::actor_config& config, std::vector<actor> all, unsigned its_number, uint64_t how_many,
         actor told)
      : event_based_actor{config},
        servers{std::move(all)},
        order{its_number},
        each{how_many},
        parent{std::move(told)} {}

  behavior make_behavior() override {
    next();
    return {[](go_atom) {}};
  }
  void next() {
    if (sent == each) {
      send(parent, sum);
      return quit();
    }
    ++sent;
    request(servers[(order + sent) % servers.size()], caf::infinite, sent)
        .then([this](uint64_t answer) {
          sum += answer;
          next();
        });
  }

  std::vector<actor> servers;
  unsigned order;
  uint64_t each;
  actor parent;
  uint64_t sent = 0;
  uint64_t sum = 0;
};

outcome calls(const settings& with, unsigned clients, unsigned server_count) {
  const bench::call_size size{with, clients, server_count};
  number done;
  world system{with};
  std::vector<actor> servers;
  for (unsigned i = 0; i < server_count; ++i) servers.push_back(system->spawn(echo));
  const auto parent = system->spawn(summing, uint64_t{clients}, &done);
  const bench::stopwatch watch;
  for (unsigned c = 0; c < clients; ++c) system->spawn<client>(servers, c, size.each, parent);
  const auto sum = done.get_future().get();
  return measured(watch,
                  fmt::format("{} clients, {} servers, {} requests each, no timeout", clients,
                              server_count, size.each),
                  size.total(), sum, size.checksum());
}

// ---- W3

caf::behavior sending(event_based_actor* self, const actor& to, uint64_t each) {
  self->send(self, uint64_t{1});
  return {[=](uint64_t first) {
    const auto end = std::min(first + bench::a_turn, each + 1);
    for (auto i = first; i != end; ++i) self->send(to, i);
    if (end > each) return self->quit();
    self->send(self, end);
  }};
}

outcome fan_in(const settings& with, unsigned senders, uint64_t messages) {
  const bench::fan_in_size size{with, senders, messages};
  number done;
  world system{with};
  const auto receiver = system->spawn(summing, size.total(), &done);
  const bench::stopwatch watch;
  for (unsigned s = 0; s < senders; ++s) system->spawn(sending, receiver, size.each);
  const auto sum = done.get_future().get();
  return measured(watch, fmt::format("{} senders, {} messages each", senders, size.each),
                  size.total(), sum, size.checksum());
}

// ---- W4

struct node : event_based_actor {
  node(caf::actor_config& config, uint64_t its_number, uint64_t nodes, actor told)
      : event_based_actor{config}, order{its_number}, size{nodes}, parent{std::move(told)} {}

  behavior make_behavior() override {
    return {[this](const actor& other) { next = other; },
            [this](uint64_t left) {
              ++visits;
              if (left > 0) {
                send(next, left - 1);
              } else {
                send(this, collect_atom::value, uint64_t{0}, size);
              }
            },
            [this](collect_atom, uint64_t sum, uint64_t left) {
              sum += order * visits;
              if (left > 1) {
                send(next, collect_atom::value, sum, left - 1);
              } else {
                send(parent, sum);
              }
            }};
  }

  uint64_t order;
  uint64_t size;
  uint64_t visits = 0;
  actor parent;
  actor next;
};

outcome rings(const settings& with, const bench::ring_size& size) {
  number done;
  world system{with};
  const auto parent = system->spawn(summing, uint64_t{size.rings}, &done);
  const bench::stopwatch watch;
  caf::scoped_actor self{*system.operator->()};
  for (unsigned r = 0; r < size.rings; ++r) {
    std::vector<actor> nodes;
    for (uint64_t i = 0; i < size.nodes; ++i) {
      nodes.push_back(system->spawn<node>(i + 1, uint64_t{size.nodes}, parent));
    }
    for (unsigned i = 0; i < size.nodes; ++i) self->send(nodes[i], nodes[(i + 1) % size.nodes]);
    self->send(nodes[0], size.hops);
  }
  const auto sum = done.get_future().get();
  return measured(watch,
                  fmt::format("{} rings of {}, {} hops each", size.rings, size.nodes, size.hops),
                  size.total(), sum, size.checksum());
}

// ---- W5

behavior answering_once(event_based_actor* self) {
  return {[self](uint64_t value) {
    self->quit();
    return value;
  }};
}

struct batches : event_based_actor {
  batches(caf::actor_config& config, uint64_t count, number* told)
      : event_based_actor{config}, left{count}, done{told} {}

  behavior make_behavior() override {
    batch();
    return {[this](uint64_t value) {
      sum += value;
      if (++answers % bench::short_life_size::batch != 0) return;
      if (--left > 0) return batch();
      done->set_value(sum);
      quit();
    }};
  }
  void batch() {
    for (uint64_t i = 1; i <= bench::short_life_size::batch; ++i) {
      send(spawn<caf::lazy_init>(answering_once), i);
    }
  }

  uint64_t left;
  uint64_t answers = 0;
  uint64_t sum = 0;
  number* done;
};

outcome short_lives(const settings& with) {
  const bench::short_life_size size{with};
  number done;
  world system{with};
  const bench::stopwatch watch;
  system->spawn<batches>(size.batches, &done);
  const auto sum = done.get_future().get();
  return measured(watch, fmt::format("{} x spawn, message, answer, end", size.total()),
                  size.total(), sum, size.checksum());
}

behavior skynet(event_based_actor* self, const actor& parent, uint64_t first, uint64_t leaves) {
  if (leaves == 1) {
    self->send(parent, first);
    self->quit();
    return {};
  }
  const auto share = leaves / 10;
  for (uint64_t i = 0; i < 10; ++i) {
    self->spawn(skynet, caf::actor_cast<actor>(self), first + i * share, share);
  }
  return {[=, left = 10, sum = uint64_t{0}](uint64_t value) mutable {
    sum += value;
    if (--left > 0) return;
    self->send(parent, sum);
    self->quit();
  }};
}

outcome tree(const settings& with) {
  const bench::skynet_size size{with};
  number done;
  world system{with};
  const auto parent = system->spawn(summing, uint64_t{1}, &done);
  const bench::stopwatch watch;
  system->spawn(skynet, parent, uint64_t{0}, size.leaves);
  const auto sum = done.get_future().get();
  return measured(watch, fmt::format("skynet, {} leaves", size.leaves), size.total(), sum,
                  size.checksum());
}

// ---- W6

behavior holding(event_based_actor*, uint64_t its_number) {
  return {[its_number](go_atom) { return its_number; }};
}

outcome idle(const settings& with) {
  const bench::idle_size size{with};
  number done;
  world system{with};
  std::vector<actor> actors(size.processes);
  const auto before = bench::resident_bytes();
  const bench::stopwatch watch;
  for (uint64_t i = 0; i < size.processes; ++i) actors[i] = system->spawn(holding, i);
  const auto seconds = watch.seconds();
  // The answers come when all have begun.
  const auto parent = system->spawn(summing, size.processes, &done);
  for (const auto& each : actors) caf::send_as(parent, each, go_atom::value);
  const auto sum = done.get_future().get();
  const auto full = bench::resident_bytes();
  auto result = measured(watch, fmt::format("{} idle actors", size.processes), size.processes, sum,
                         size.checksum());
  result.seconds = seconds;
  result.extra = fmt::format(
      "bytes={:.1f}", static_cast<double>(full - before) / static_cast<double>(size.processes));
  return result;
}

// ---- W7

behavior subscriber(event_based_actor* self, uint64_t expected, const actor& parent) {
  return {[=, left = expected, sum = uint64_t{0}](uint64_t value) mutable {
    sum += value;
    if (--left > 0) return;
    self->send(parent, sum);
    self->quit();
  }};
}

void publishing(event_based_actor* self, const std::vector<actor>& to, uint64_t messages) {
  for (uint64_t i = 1; i <= messages; ++i) {
    const auto message = caf::make_message(i);  // one for all, counted
    for (const auto& each : to) self->send(each, message);
  }
}

outcome fan_out(const settings& with) {
  const bench::fan_out_size size{with};
  number done;
  world system{with};
  const auto parent = system->spawn(summing, size.subscribers, &done);
  std::vector<actor> subscribers;
  for (uint64_t i = 0; i < size.subscribers; ++i) {
    subscribers.push_back(system->spawn(subscriber, size.messages, parent));
  }
  const bench::stopwatch watch;
  system->spawn(publishing, subscribers, size.messages);
  const auto sum = done.get_future().get();
  return measured(watch,
                  fmt::format("{} messages to {} subscribers", size.messages, size.subscribers),
                  size.total(), sum, size.checksum());
}

// ---- W8

struct big : event_based_actor {
  big(caf::actor_config& config, unsigned its_number, uint64_t how_many, actor told)
      : event_based_actor{config},
        order{its_number},
        random{its_number + 1},
        pings{how_many},
        parent{std::move(told)} {}

  behavior make_behavior() override {
    return {[this](const std::vector<actor>& others) {
              all = others;
              next();
            },
            [this](ping_atom) -> caf::result<pong_atom, unsigned> {
              ++answered;
              return {pong_atom::value, order};
            },
            [this](pong_atom, unsigned from) {
              if (from == expected) ++pongs;
              if (pongs == pings) {
                send(parent, pongs);
              } else {
                next();
              }
            },
            [this](leave_atom) {
              send(parent, answered);
              quit();
            }};
  }
  void next() {
    expected = bench::big_size::next(random);
    send(all[expected], ping_atom::value);
  }

  unsigned order;
  unsigned expected = 0;
  std::uint32_t random;
  uint64_t pings;
  uint64_t pongs = 0;
  uint64_t answered = 0;
  actor parent;
  std::vector<actor> all;
};

outcome savina_big(const settings& with) {
  const bench::big_size size{with};
  number pongs;
  number answers;
  world system{with};
  const auto first = system->spawn(summing, uint64_t{size.actors}, &pongs);
  const auto last = system->spawn(summing, uint64_t{size.actors}, &answers);
  // The pongs are announced to one, the pings that were answered to another.
  behavior (*relay)(event_based_actor*, actor, actor, unsigned) =
      [](event_based_actor* self, actor one, actor other, unsigned count) -> behavior {
    return {[=, left = count](uint64_t value) mutable {
      self->send(left > 0 ? one : other, value);
      if (left > 0) --left;
    }};
  };
  const auto parent = system->spawn(relay, first, last, size.actors);
  const bench::stopwatch watch;
  std::vector<actor> actors;
  for (unsigned i = 0; i < size.actors; ++i) {
    actors.push_back(system->spawn<big>(i, size.pings, parent));
  }
  caf::scoped_actor self{*system.operator->()};
  for (const auto& each : actors) self->send(each, actors);
  auto sum = pongs.get_future().get();
  for (const auto& each : actors) self->send(each, leave_atom::value);
  sum += answers.get_future().get();
  return measured(watch, fmt::format("{} actors, {} pings each", size.actors, size.pings),
                  size.total(), sum, size.checksum());
}

// ---- W9

behavior firing(event_based_actor* self, uint64_t timers, number* done) {
  for (uint64_t i = 1; i <= timers; ++i) {
    self->delayed_send(self, std::chrono::milliseconds{bench::timer_size::delay_ms(i)}, i);
  }
  return summing(self, timers, done);
}

outcome fire(const settings& with) {
  const bench::timer_size size{with};
  number done;
  world system{with};
  const bench::stopwatch watch;
  system->spawn(firing, size.timers, &done);
  const auto sum = done.get_future().get();
  return measured(watch, fmt::format("{} timers of 1 to 1000 ms", size.timers), size.timers, sum,
                  bench::sum_to(size.timers));
}

}  // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<caf::actor>)

int main(int argc, char** argv) {
  auto workloads = bench::actor_workloads({.ping_pong = ping_pong,
                                           .calls = calls,
                                           .fan_in = fan_in,
                                           .rings = rings,
                                           .short_lives = short_lives,
                                           .tree = tree,
                                           .idle = idle,
                                           .fan_out = fan_out,
                                           .savina_big = savina_big});
  workloads.push_back({"W9a", "timers that fire", fire});
  return bench::run_main({.program = "otp_bench_caf", .implementation = "caf"}, workloads, argc,
                         argv);
}
