// The workloads that compare otp with its peers: `otp_bench --threads N WORKLOAD`.
//
// Prints one tab-separated line: RES, workload, implementation, threads, parameters, operations,
// seconds, nanoseconds per operation, operations per second, CPU seconds, extra. The extra column
// holds a checksum that only the whole work can give.

#include <otp/gen_server.hpp>
#include <otp/receive.hpp>
#include <otp/runtime.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct outcome {
  std::string parameters;
  std::uint64_t operations;
  std::uint64_t checksum;
};

// ---- W1: two processes, one message to and fro

struct ball {
  otp::pid from;
  std::uint64_t left;
};

/// Servers: between messages they own no stack.
class player : public otp::gen_server<player> {
 public:
  using info = otp::messages<ball>;
  explicit player(std::promise<std::uint64_t>* done) : done_{done} {}

  void handle_info(ball b) {
    ++hits_;
    if (b.left == 0) {
      if (done_ != nullptr) done_->set_value(hits_);
      return;
    }
    otp::send(b.from, ball{otp::this_process::self(), b.left - 1});
  }

 private:
  std::promise<std::uint64_t>* done_;
  std::uint64_t hits_ = 0;
};

outcome w1(otp::runtime& rt) {
  constexpr std::uint64_t rounds = 2'000'000;
  std::promise<std::uint64_t> done;
  auto finished = done.get_future();
  const auto scope = rt.enter();
  const auto ping = otp::start<player>(&done);
  const auto pong = otp::start<player>(static_cast<std::promise<std::uint64_t>*>(nullptr));
  otp::send(pong.pid(), ball{ping.pid(), 2 * rounds - 1});
  return {"2M round trips, servers", rounds, finished.get()};
}

/// Bodies: receive loops, each keeps a stack while it waits.
outcome w1_body(otp::runtime& rt) {
  constexpr std::uint64_t rounds = 2'000'000;
  std::promise<std::uint64_t> done;
  auto finished = done.get_future();
  rt.spawn([&done] {
    const auto pong = otp::spawn([] {
      for (bool more = true; more;) {
        more = otp::receive([](ball b) {
          otp::send(b.from, ball{otp::this_process::self(), b.left});
          return b.left > 1;
        });
      }
    });
    std::uint64_t sum = 0;
    for (std::uint64_t left = rounds; left > 0; --left) {
      otp::send(pong, ball{otp::this_process::self(), left});
      sum += otp::receive([](ball b) { return b.left > 0 ? 2U : 0U; });
    }
    done.set_value(sum);
  });
  return {"2M round trips, receive loops", rounds, finished.get()};
}

// ---- W2: calls

class echo_server : public otp::gen_server<echo_server> {
 public:
  struct echo {
    using reply = std::uint64_t;
    std::uint64_t value;
  };
  std::uint64_t handle_call(echo request) { return request.value; }
};

outcome calls(otp::runtime& rt, unsigned clients, unsigned servers, std::string parameters) {
  constexpr std::uint64_t total = 1'000'000;
  const auto each = total / clients;
  const auto scope = rt.enter();
  std::vector<otp::server_ref<echo_server>> targets;
  for (unsigned i = 0; i < servers; ++i) targets.push_back(otp::start<echo_server>());
  std::promise<std::uint64_t> done;
  auto finished = done.get_future();
  struct report {
    std::uint64_t sum;
  };
  otp::spawn([&] {
    const auto parent = otp::this_process::self();
    for (unsigned c = 0; c < clients; ++c) {
      otp::spawn([&, c] {
        std::uint64_t sum = 0;
        for (std::uint64_t i = 1; i <= each; ++i) {
          sum += otp::call(targets[(c + i) % servers], echo_server::echo{i});
        }
        otp::send(parent, report{sum});
      });
    }
    std::uint64_t sum = 0;
    for (unsigned c = 0; c < clients; ++c) sum += otp::receive([](report r) { return r.sum; });
    done.set_value(sum);
  });
  return {std::move(parameters), each * clients, finished.get()};
}

// ---- W3: many senders, one receiver

struct item {
  std::uint64_t value;
};

class sink : public otp::gen_server<sink> {
 public:
  using info = otp::messages<item>;
  sink(std::uint64_t expected, std::promise<std::uint64_t>* done)
      : left_{expected}, done_{done} {}
  void handle_info(item i) {
    sum_ += i.value;
    if (--left_ == 0) done_->set_value(sum_);
  }

 private:
  std::uint64_t left_;
  std::uint64_t sum_ = 0;
  std::promise<std::uint64_t>* done_;
};

outcome fan_in(otp::runtime& rt, unsigned senders, std::uint64_t each, std::string parameters) {
  const auto scope = rt.enter();
  std::promise<std::uint64_t> done;
  auto finished = done.get_future();
  const auto receiver = otp::start<sink>(each * senders, &done);
  for (unsigned s = 0; s < senders; ++s) {
    otp::spawn([receiver, each] {
      for (std::uint64_t i = 1; i <= each; ++i) otp::send(receiver.pid(), item{i});
    });
  }
  return {std::move(parameters), each * senders, finished.get()};
}

// ---- W4: a token around a ring

struct token {
  std::uint64_t left;
};

class ring_node : public otp::gen_server<ring_node> {
 public:
  struct join {
    otp::pid next;
  };
  using info = otp::messages<token, join>;
  explicit ring_node(std::promise<std::uint64_t>* done) : done_{done} {}
  void handle_info(join j) { next_ = j.next; }
  void handle_info(token t) {
    if (t.left == 0) {
      done_->set_value(otp::this_process::self().serial & 0xFFFF);
    } else {
      otp::send(next_, token{t.left - 1});
    }
  }

 private:
  otp::pid next_;
  std::promise<std::uint64_t>* done_;
};

outcome w4(otp::runtime& rt) {
  constexpr std::uint64_t hops = 5'000'000;
  constexpr unsigned size = 1'000;
  const auto scope = rt.enter();
  std::promise<std::uint64_t> done;
  auto finished = done.get_future();
  std::vector<otp::pid> nodes;
  for (unsigned i = 0; i < size; ++i) nodes.push_back(otp::start<ring_node>(&done).pid());
  for (unsigned i = 0; i < size; ++i) {
    otp::send(nodes[i], ring_node::join{nodes[(i + 1) % size]});
  }
  otp::send(nodes[0], token{hops});
  // The token ends where it began, since the ring's size divides the hops.
  const auto last = finished.get();
  return {"1000 processes, 5M hops", hops, last == (nodes[0].serial & 0xFFFF) ? hops : 0};
}

// ---- W5: short lives

outcome w5a(otp::runtime& rt) {
  constexpr std::uint64_t batches = 1'000;
  constexpr std::uint64_t batch = 1'000;
  std::promise<std::uint64_t> done;
  auto finished = done.get_future();
  rt.spawn([&done] {
    std::uint64_t sum = 0;
    const auto parent = otp::this_process::self();
    for (std::uint64_t b = 0; b < batches; ++b) {
      for (std::uint64_t i = 1; i <= batch; ++i) {
        const auto child = otp::spawn([parent] {
          otp::receive([parent](item m) { otp::send(parent, m); });
        });
        otp::send(child, item{i});
      }
      for (std::uint64_t i = 0; i < batch; ++i) sum += otp::receive([](item m) { return m.value; });
    }
    done.set_value(sum);
  });
  return {"1M spawn + message + ack + exit, batches of 1000", batches * batch, finished.get()};
}

const std::map<std::string_view, std::function<outcome(otp::runtime&)>> workloads{
    {"W1", w1},
    {"W1_body", w1_body},
    {"W2a", [](auto& rt) { return calls(rt, 1, 1, "1 client, 1 server, 1M calls"); }},
    {"W2b", [](auto& rt) { return calls(rt, 64, 1, "64 clients, 1 server, 1M calls"); }},
    {"W2c", [](auto& rt) { return calls(rt, 64, 64, "64 clients, 64 servers, 1M calls"); }},
    {"W3a", [](auto& rt) { return fan_in(rt, 8, 1'000'000, "8 senders, 1M messages each"); }},
    {"W3b", [](auto& rt) { return fan_in(rt, 1, 5'000'000, "1 sender, 5M messages"); }},
    {"W4", w4},
    {"W5a", w5a},
};

int usage(std::FILE* out) {
  fmt::print(out, "usage: otp_bench --threads N WORKLOAD\nworkloads:");
  for (const auto& [name, run] : workloads) fmt::print(out, " {}", name);
  fmt::print(out, "\n");
  return out == stdout ? 0 : 64;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments{argv + 1, argv + argc};
  if (arguments.size() == 1 && arguments[0] == "--help") return usage(stdout);
  if (arguments.size() != 3 || arguments[0] != "--threads") return usage(stderr);
  const auto threads = std::strtoul(std::string{arguments[1]}.c_str(), nullptr, 10);
  const auto chosen = workloads.find(arguments[2]);
  if (chosen == workloads.end() || threads == 0 || threads > 1024) return usage(stderr);

  otp::runtime rt{{.threads = static_cast<unsigned>(threads)}};
  const auto cpu = std::clock();
  const auto start = std::chrono::steady_clock::now();
  const auto result = chosen->second(rt);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  const auto operations = static_cast<double>(result.operations);
  fmt::print("RES\t{}\totp\t{}\t{}\t{}\t{:.6f}\t{:.1f}\t{:.1f}\t{:.3f}\tchecksum={}\n",
             chosen->first, threads, result.parameters, result.operations, wall.count(),
             wall.count() * 1e9 / operations, operations / wall.count(),
             static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC, result.checksum);
}
