// Messages between processes: to and fro (W1), many to one (W3), around rings (W4), one to many (W7), and
// at random (W8). The processes are servers, which own no stack between messages; W1_body shows receive
// loops, which keep one.
#include "workloads.hpp"
#include <otp/gen_server.hpp>
#include <otp/receive.hpp>

#include <fmt/format.h>

#include <memory>

namespace otp_bench {

namespace in_messages {

using bench::outcome;
using bench::settings;

struct number {
  std::uint64_t value;
};

// ---- W1

struct ball {
  otp::pid from;
  std::uint64_t left;
};

class ping : public otp::gen_server<ping> {
 public:
  using info = otp::messages<ball>;
  ping(otp::pid pong, std::uint64_t rounds, promised_number* done) : left_{rounds}, done_{done} {
    otp::send(pong, ball{otp::this_process::self(), left_});
  }
  void handle_info(ball b) {
    sum_ += b.left;
    if (--left_ == 0) return done_->set(sum_);
    otp::send(b.from, ball{otp::this_process::self(), left_});
  }

 private:
  std::uint64_t left_;
  std::uint64_t sum_ = 0;
  promised_number* done_;
};

class pong : public otp::gen_server<pong> {
 public:
  using info = otp::messages<ball>;
  void handle_info(ball b) { otp::send(b.from, ball{otp::this_process::self(), b.left}); }
};

outcome ping_pong(const settings& with) {
  const bench::ping_pong_size size{with};
  promised_number done;
  otp::runtime rt{quiet(with)};
  const auto scope = rt.enter();
  const auto other = otp::start<pong>();
  const bench::stopwatch watch;
  otp::start<ping>(other.pid(), size.rounds, &done);
  const auto sum = done.get();
  return measured(watch, fmt::format("{} round trips, servers", size.rounds), size.rounds, sum,
                  size.checksum());
}

outcome ping_pong_bodies(const settings& with) {
  const bench::ping_pong_size size{with};
  otp::runtime rt{quiet(with)};
  const bench::stopwatch watch;
  const auto sum = in_process(rt, [&size] {
    const auto other = otp::spawn([] {
      for (;;)
        otp::receive([](ball b) { otp::send(b.from, ball{otp::this_process::self(), b.left}); });
    });
    std::uint64_t total = 0;
    for (auto left = size.rounds; left > 0; --left) {
      otp::send(other, ball{otp::this_process::self(), left});
      total += otp::receive([](ball b) { return b.left; });
    }
    return total;
  });
  return measured(watch, fmt::format("{} round trips, receive loops", size.rounds), size.rounds,
                  sum, size.checksum());
}

// ---- W3

class counter : public otp::gen_server<counter> {
 public:
  counter(std::uint64_t expected, promised_number* done) : left_{expected}, done_{done} {}
  void handle_cast(number n) {
    sum_ += n.value;
    if (--left_ == 0) done_->set(sum_);
  }

 private:
  std::uint64_t left_;
  std::uint64_t sum_ = 0;
  promised_number* done_;
};

outcome fan_in(const settings& with, unsigned senders, std::uint64_t messages) {
  const bench::fan_in_size size{with, senders, messages};
  promised_number done;
  otp::runtime rt{quiet(with)};
  const auto scope = rt.enter();
  const auto receiver = otp::start<counter>(size.total(), &done);
  const bench::stopwatch watch;
  for (unsigned s = 0; s < senders; ++s) {
    otp::spawn([receiver, each = size.each] {
      for (std::uint64_t i = 1; i <= each; ++i) {
        otp::cast(receiver, number{i});
        if (i % bench::a_turn == 0) otp::this_process::yield();
      }
    });
  }
  const auto sum = done.get();
  return measured(watch, fmt::format("{} senders, {} casts each", senders, size.each), size.total(),
                  sum, size.checksum());
}

// ---- W4

struct token {
  std::uint64_t left;
};
struct collect {
  std::uint64_t sum;
  unsigned left;
};

class node : public otp::gen_server<node> {
 public:
  struct join {
    otp::pid next;
  };
  using info = otp::messages<token, join, collect>;
  node(std::uint64_t number, unsigned size, otp::pid parent)
      : number_{number}, size_{size}, parent_{parent} {}

  void handle_info(join j) { next_ = j.next; }
  void handle_info(token t) {
    ++visits_;
    if (t.left > 0) return otp::send(next_, token{t.left - 1});
    otp::send(otp::this_process::self(), collect{0, size_});
  }
  void handle_info(collect c) {
    c.sum += number_ * visits_;
    if (--c.left > 0) return otp::send(next_, c);
    otp::send(parent_, number{c.sum});
  }

 private:
  std::uint64_t number_;
  std::uint64_t visits_ = 0;
  unsigned size_;
  otp::pid parent_;
  otp::pid next_;
};

outcome rings(const settings& with, const bench::ring_size& size) {
  otp::runtime rt{quiet(with)};
  const bench::stopwatch watch;
  const auto sum = in_process(rt, [&size] {
    std::vector<otp::pid> nodes(size.nodes);
    for (unsigned r = 0; r < size.rings; ++r) {
      for (unsigned i = 0; i < size.nodes; ++i) {
        nodes[i] = otp::start<node>(i + 1, size.nodes, otp::this_process::self()).pid();
      }
      for (unsigned i = 0; i < size.nodes; ++i) {
        otp::send(nodes[i], node::join{nodes[(i + 1) % size.nodes]});
      }
      otp::send(nodes[0], token{size.hops});
    }
    std::uint64_t total = 0;
    for (unsigned r = 0; r < size.rings; ++r)
      total += otp::receive([](number n) { return n.value; });
    return total;
  });
  return measured(watch,
                  fmt::format("{} rings of {}, {} hops each", size.rings, size.nodes, size.hops),
                  size.total(), sum, size.checksum());
}

// ---- W7

class subscriber : public otp::gen_server<subscriber> {
 public:
  using info = otp::messages<number>;
  subscriber(std::uint64_t expected, otp::pid parent) : left_{expected}, parent_{parent} {}
  void handle_info(number n) {
    sum_ += n.value;
    if (--left_ == 0) otp::send(parent_, number{sum_});
  }

 private:
  std::uint64_t left_;
  std::uint64_t sum_ = 0;
  otp::pid parent_;
};

outcome fan_out(const settings& with) {
  const bench::fan_out_size size{with};
  otp::runtime rt{quiet(with)};
  bench::stopwatch watch;
  const auto sum = in_process(rt, [&] {
    std::vector<otp::pid> subscribers;
    for (std::uint64_t i = 0; i < size.subscribers; ++i) {
      subscribers.push_back(otp::start<subscriber>(size.messages, otp::this_process::self()).pid());
    }
    watch = bench::stopwatch{};
    otp::spawn([subscribers = std::move(subscribers), messages = size.messages] {
      std::uint64_t sent = 0;
      for (std::uint64_t i = 1; i <= messages; ++i) {
        for (const auto& to : subscribers) {
          otp::send(to, number{i});
          if (++sent % bench::a_turn == 0) otp::this_process::yield();
        }
      }
    });
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < size.subscribers; ++i) {
      total += otp::receive([](number n) { return n.value; });
    }
    return total;
  });
  return measured(watch,
                  fmt::format("{} messages to {} subscribers", size.messages, size.subscribers),
                  size.total(), sum, size.checksum());
}

// ---- W8

class big : public otp::gen_server<big> {
 public:
  struct ping {
    otp::pid from;
  };
  struct pong {
    unsigned from;
  };
  struct leave {};
  struct meet {
    std::shared_ptr<const std::vector<otp::pid>> all;
  };
  using info = otp::messages<ping, pong, leave, meet>;

  big(unsigned number, std::uint64_t pings, otp::pid parent)
      : number_{number}, random_{number + 1}, pings_{pings}, parent_{parent} {}

  void handle_info(meet m) {
    all_ = std::move(m.all);
    next();
  }
  void handle_info(ping p) {
    ++answered_;
    otp::send(p.from, pong{number_});  // perhaps before it has met the others itself
  }
  void handle_info(pong p) {
    if (p.from == expected_) ++pongs_;
    if (pongs_ == pings_) {
      otp::send(parent_, number{pongs_});
    } else {
      next();
    }
  }
  void handle_info(leave) { otp::send(parent_, number{answered_}); }

 private:
  void next() {
    expected_ = bench::big_size::next(random_);
    otp::send((*all_)[expected_], ping{otp::this_process::self()});
  }

  unsigned number_;
  unsigned expected_ = 0;
  std::uint32_t random_;
  std::uint64_t pings_;
  std::uint64_t pongs_ = 0;
  std::uint64_t answered_ = 0;
  otp::pid parent_;
  std::shared_ptr<const std::vector<otp::pid>> all_;
};

outcome savina_big(const settings& with) {
  const bench::big_size size{with};
  otp::runtime rt{quiet(with)};
  const bench::stopwatch watch;
  const auto sum = in_process(rt, [&size] {
    std::vector<otp::pid> actors;
    for (unsigned i = 0; i < size.actors; ++i) {
      actors.push_back(otp::start<big>(i, size.pings, otp::this_process::self()).pid());
    }
    const auto all = std::make_shared<const std::vector<otp::pid>>(std::move(actors));
    for (const auto& each : *all) otp::send(each, big::meet{all});
    const auto hear_all = [&size] {
      std::uint64_t total = 0;
      for (unsigned i = 0; i < size.actors; ++i) {
        total += otp::receive([](number n) { return n.value; });
      }
      return total;
    };
    const auto pongs = hear_all();
    for (const auto& each : *all) otp::send(each, big::leave{});
    return pongs + hear_all();
  });
  return measured(watch, fmt::format("{} actors, {} pings each", size.actors, size.pings),
                  size.total(), sum, size.checksum());
}

}  // namespace in_messages

workloads messages() {
  using namespace in_messages;
  return {
      {"W1", "a message to and fro between two servers", ping_pong},
      {"W1_body", "the same between two receive loops", ping_pong_bodies},
      {"W3a", "8 senders cast to one server",
       [](const settings& with) { return fan_in(with, 8, 1'000'000); }},
      {"W3b", "one sender casts to one server",
       [](const settings& with) { return fan_in(with, 1, 5'000'000); }},
      {"W4", "a token goes round a ring of 1,000",
       [](const settings& with) {
         return rings(with, {with, 1, 1'000, 5'000'000});
       }},
      {"W4b", "tokens go round 100 rings of 100",
       [](const settings& with) {
         return rings(with, {with, 100, 100, 50'000});
       }},
      {"W7", "one publisher sends to 10,000 subscribers", fan_out},
      {"W8", "Savina's big: 200 actors ping each other at random", savina_big},
  };
}

}  // namespace otp_bench
