// The workloads for the two floors, which offer no more than this: run a function as an actor, one at a
// time. They show what messages cost where there are no processes, no replies and no supervision.
//
// A `World` has the threads. `World::actor` is constructed from it and is the base of every actor:
// `post(actor&, function)` runs the function later as that actor, `end()` destroys the actor itself after
// its turn. `World::run(function)` runs the function, then the actors, until `stop()` was called.
#pragma once

#include "support/actor_workloads.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace bench {

template <class World>
struct floor_workloads {
  using base = typename World::actor;

  // ---- W1

  struct player : base {
    using base::base;
    player* other = nullptr;
    std::uint64_t sum = 0;
    void take(std::uint64_t left) {
      sum += left;
      if (left == 1) return this->world().stop();
      this->post(*other, [to = other, next = left - 1] { to->back(next); });
    }
    void back(std::uint64_t left) {
      this->post(*other, [to = other, left] { to->take(left); });
    }
  };

  static outcome ping_pong(const settings& with) {
    const ping_pong_size size{with};
    World world{with.threads};
    player one{world};
    player two{world};
    one.other = &two;
    two.other = &one;
    const stopwatch watch;
    world.run([&] { one.post(two, [&] { two.back(size.rounds); }); });
    return measured(watch, fmt::format("{} round trips", size.rounds), size.rounds, one.sum,
                    size.checksum());
  }

  // ---- W2: a request carries the client; the answer is posted to it.

  struct client;
  struct server : base {
    using base::base;
    void take(client* from, std::uint64_t value) {
      this->post(*from, [from, value] { from->answered(value); });
    }
  };
  struct client : base {
    client(World& world, unsigned its_number, std::vector<std::unique_ptr<server>>* all,
           std::uint64_t how_many, std::atomic<unsigned>* busy_clients)
        : base{world}, number{its_number}, servers{all}, each{how_many}, busy{busy_clients} {}
    unsigned number;
    std::vector<std::unique_ptr<server>>* servers;
    std::uint64_t each;
    std::uint64_t sent = 0;
    std::uint64_t sum = 0;
    std::atomic<unsigned>* busy;

    void next() {
      if (sent == each) {
        if (busy->fetch_sub(1) == 1) this->world().stop();
        return;
      }
      ++sent;
      auto* const to = (*servers)[(number + sent) % servers->size()].get();
      this->post(*to, [to, me = this, value = sent] { to->take(me, value); });
    }
    void answered(std::uint64_t value) {
      sum += value;
      next();
    }
  };

  static outcome calls(const settings& with, unsigned clients, unsigned servers) {
    const call_size size{with, clients, servers};
    World world{with.threads};
    std::vector<std::unique_ptr<server>> all_servers;
    for (unsigned i = 0; i < servers; ++i) all_servers.push_back(std::make_unique<server>(world));
    std::atomic<unsigned> busy{clients};
    std::vector<std::unique_ptr<client>> all;
    for (unsigned i = 0; i < clients; ++i) {
      all.push_back(std::make_unique<client>(world, i, &all_servers, size.each, &busy));
    }
    const stopwatch watch;
    world.run([&] {
      for (auto& each : all) each->post(*each, [c = each.get()] { c->next(); });
    });
    std::uint64_t sum = 0;
    for (auto& each : all) sum += each->sum;
    return measured(watch,
                    fmt::format("{} clients, {} servers, {} requests each, no timeout", clients,
                                servers, size.each),
                    size.total(), sum, size.checksum());
  }

  // ---- W3

  struct counter : base {
    counter(World& world, std::uint64_t expected) : base{world}, left{expected} {}
    std::uint64_t left;
    std::uint64_t sum = 0;
    void take(std::uint64_t value) {
      sum += value;
      if (--left == 0) this->world().stop();
    }
  };
  struct sender : base {
    using base::base;
    std::uint64_t sent = 0;
    void send(counter* to, std::uint64_t each) {
      while (sent < each) {
        this->post(*to, [to, i = ++sent] { to->take(i); });
        if (sent % a_turn == 0 && sent < each) {
          return this->post(*this, [this, to, each] { send(to, each); });
        }
      }
    }
  };

  static outcome fan_in(const settings& with, unsigned senders, std::uint64_t messages) {
    const fan_in_size size{with, senders, messages};
    World world{with.threads};
    counter receiver{world, size.total()};
    std::vector<std::unique_ptr<sender>> all;
    for (unsigned i = 0; i < senders; ++i) all.push_back(std::make_unique<sender>(world));
    const stopwatch watch;
    world.run([&] {
      for (auto& each : all) {
        each->post(*each, [&, s = each.get()] { s->send(&receiver, size.each); });
      }
    });
    return measured(watch, fmt::format("{} senders, {} messages each", senders, size.each),
                    size.total(), receiver.sum, size.checksum());
  }

  // ---- W4

  struct node : base {
    using base::base;
    node* next = nullptr;
    std::uint64_t visits = 0;
    std::atomic<unsigned>* busy = nullptr;
    void token(std::uint64_t left) {
      ++visits;
      if (left > 0) return this->post(*next, [to = next, less = left - 1] { to->token(less); });
      if (busy->fetch_sub(1) == 1) this->world().stop();
    }
  };

  static outcome rings(const settings& with, const ring_size& size) {
    World world{with.threads};
    std::atomic<unsigned> busy{size.rings};
    std::vector<std::unique_ptr<node>> all;
    const stopwatch watch;
    for (unsigned r = 0; r < size.rings; ++r) {
      for (unsigned i = 0; i < size.nodes; ++i) all.push_back(std::make_unique<node>(world));
      for (unsigned i = 0; i < size.nodes; ++i) {
        auto& each = *all[r * size.nodes + i];
        each.next = all[r * size.nodes + (i + 1) % size.nodes].get();
        each.busy = &busy;
      }
    }
    world.run([&] {
      for (unsigned r = 0; r < size.rings; ++r) {
        auto* const first = all[r * size.nodes].get();
        first->post(*first, [&, first] { first->token(size.hops); });
      }
    });
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < all.size(); ++i) sum += (i % size.nodes + 1) * all[i]->visits;
    return measured(watch,
                    fmt::format("{} rings of {}, {} hops each", size.rings, size.nodes, size.hops),
                    size.total(), sum, size.checksum());
  }

  // ---- W5: an actor of its own for each

  struct parent : base {
    parent(World& world, std::uint64_t count) : base{world}, batches{count} {}
    std::uint64_t batches;
    std::uint64_t answers = 0;
    std::uint64_t sum = 0;

    struct child : base {
      using base::base;
      void take(parent* to, std::uint64_t value) {
        this->post(*to, [to, value] { to->answered(value); });
        this->end();
      }
    };
    void batch() {
      for (std::uint64_t i = 1; i <= short_life_size::batch; ++i) {
        auto* const made = new child{this->world()};
        this->post(*made, [made, me = this, i] { made->take(me, i); });
      }
    }
    void answered(std::uint64_t value) {
      sum += value;
      if (++answers % short_life_size::batch != 0) return;
      if (--batches == 0) return this->world().stop();
      batch();
    }
  };

  static outcome short_lives(const settings& with) {
    const short_life_size size{with};
    World world{with.threads};
    parent one{world, size.batches};
    const stopwatch watch;
    world.run([&] { one.post(one, [&] { one.batch(); }); });
    return measured(watch, fmt::format("{} x new, message, answer, delete", size.total()),
                    size.total(), one.sum, size.checksum());
  }

  struct branch : base {
    branch(World& world, branch* over) : base{world}, above{over} {}
    branch* above;  // none: the root
    unsigned answers = 0;
    std::uint64_t sum = 0;

    void grow(std::uint64_t first, std::uint64_t leaves) {
      if (leaves == 1) return finish(first);
      const auto share = leaves / 10;
      for (std::uint64_t i = 0; i < 10; ++i) {
        auto* const made = new branch{this->world(), this};
        this->post(*made, [made, from = first + i * share, share] { made->grow(from, share); });
      }
    }
    void add(std::uint64_t value) {
      sum += value;
      if (++answers == 10) finish(sum);
    }
    void finish(std::uint64_t value) {
      sum = value;
      if (above == nullptr) return this->world().stop();
      this->post(*above, [to = above, value] { to->add(value); });
      this->end();
    }
  };

  static outcome tree(const settings& with) {
    const skynet_size size{with};
    World world{with.threads};
    branch root{world, nullptr};
    const stopwatch watch;
    world.run([&] { root.post(root, [&] { root.grow(0, size.leaves); }); });
    return measured(watch, fmt::format("skynet, {} leaves", size.leaves), size.total(), root.sum,
                    size.checksum());
  }

  // ---- W6

  struct holder : base {
    holder(World& world, std::uint64_t its_number) : base{world}, number{its_number} {}
    std::uint64_t number;
  };

  static outcome idle(const settings& with) {
    const idle_size size{with};
    World world{with.threads};
    std::vector<std::unique_ptr<holder>> all(size.processes);
    const auto before = resident_bytes();
    const stopwatch watch;
    for (std::uint64_t i = 0; i < size.processes; ++i) {
      all[i] = std::make_unique<holder>(world, i);
    }
    const auto full = resident_bytes();
    std::uint64_t sum = 0;
    for (const auto& each : all) sum += each->number;
    auto result = measured(watch, fmt::format("{} idle actors", size.processes), size.processes,
                           sum, size.checksum());
    result.extra = fmt::format(
        "bytes={:.1f}", static_cast<double>(full - before) / static_cast<double>(size.processes));
    return result;
  }

  // ---- W7

  struct subscriber : base {
    subscriber(World& world, std::uint64_t expected, std::atomic<std::uint64_t>* busy_ones)
        : base{world}, left{expected}, busy{busy_ones} {}
    std::uint64_t left;
    std::uint64_t sum = 0;
    std::atomic<std::uint64_t>* busy;
    void take(std::uint64_t value) {
      sum += value;
      if (--left == 0 && busy->fetch_sub(1) == 1) this->world().stop();
    }
  };

  struct publisher : base {
    publisher(World& world, std::vector<std::unique_ptr<subscriber>>& subscribers)
        : base{world}, all{subscribers} {}
    std::vector<std::unique_ptr<subscriber>>& all;
    std::uint64_t sent = 0;
    void send(std::uint64_t total) {
      while (sent < total) {
        auto& to = *all[sent % all.size()];
        this->post(to, [&to, i = sent / all.size() + 1] { to.take(i); });
        if (++sent % a_turn == 0 && sent < total) {
          return this->post(*this, [this, total] { send(total); });
        }
      }
    }
  };

  static outcome fan_out(const settings& with) {
    const fan_out_size size{with};
    World world{with.threads};
    std::atomic<std::uint64_t> busy{size.subscribers};
    std::vector<std::unique_ptr<subscriber>> all;
    for (std::uint64_t i = 0; i < size.subscribers; ++i) {
      all.push_back(std::make_unique<subscriber>(world, size.messages, &busy));
    }
    publisher from{world, all};
    const stopwatch watch;
    world.run([&] { from.post(from, [&] { from.send(size.total()); }); });
    std::uint64_t sum = 0;
    for (auto& each : all) sum += each->sum;
    return measured(watch,
                    fmt::format("{} messages to {} subscribers", size.messages, size.subscribers),
                    size.total(), sum, size.checksum());
  }

  // ---- W8

  struct big : base {
    big(World& world, unsigned its_number, std::uint64_t how_many,
        std::vector<std::unique_ptr<big>>* others, std::atomic<unsigned>* busy_ones)
        : base{world},
          number{its_number},
          random{its_number + 1},
          pings{how_many},
          all{others},
          busy{busy_ones} {}
    unsigned number;
    unsigned expected = 0;
    std::uint32_t random;
    std::uint64_t pings;
    std::uint64_t pongs = 0;
    std::uint64_t answered = 0;
    std::vector<std::unique_ptr<big>>* all;
    std::atomic<unsigned>* busy;

    void next() {
      expected = big_size::next(random);
      auto* const to = (*all)[expected].get();
      this->post(*to, [to, me = this] { to->pinged(me); });
    }
    void pinged(big* from) {
      ++answered;
      this->post(*from, [from, me = number] { from->ponged(me); });
    }
    void ponged(unsigned from) {
      if (from == expected) ++pongs;
      if (pongs < pings) return next();
      if (busy->fetch_sub(1) == 1) this->world().stop();
    }
  };

  static outcome savina_big(const settings& with) {
    const big_size size{with};
    World world{with.threads};
    std::atomic<unsigned> busy{size.actors};
    std::vector<std::unique_ptr<big>> all;
    for (unsigned i = 0; i < size.actors; ++i) {
      all.push_back(std::make_unique<big>(world, i, size.pings, &all, &busy));
    }
    const stopwatch watch;
    world.run([&] {
      for (auto& each : all) each->post(*each, [b = each.get()] { b->next(); });
    });
    std::uint64_t sum = 0;
    for (auto& each : all) sum += each->pongs + each->answered;
    return measured(watch, fmt::format("{} actors, {} pings each", size.actors, size.pings),
                    size.total(), sum, size.checksum());
  }

  static std::vector<workload> all() {
    return actor_workloads({.ping_pong = ping_pong,
                            .calls = calls,
                            .fan_in = fan_in,
                            .rings = rings,
                            .short_lives = short_lives,
                            .tree = tree,
                            .idle = idle,
                            .fan_out = fan_out,
                            .savina_big = savina_big});
  }
};

}  // namespace bench
