// Names (W11): look-up in a registry, calls by key, and broadcasts to the subscribers of a topic.
#include "workloads.hpp"
#include <otp/gen_server.hpp>
#include <otp/pubsub.hpp>
#include <otp/receive.hpp>
#include <otp/registry.hpp>
#include <otp/via.hpp>

#include <fmt/format.h>

#include <string>

namespace otp_bench {

namespace in_registries {

using bench::outcome;
using bench::settings;
using otp::this_process::self;

using rooms_registry = otp::registry<std::string, std::uint64_t>;

struct number {
  std::uint64_t value;
};

class room : public otp::gen_server<room> {
 public:
  struct get {
    using reply = std::uint64_t;
  };
  explicit room(std::uint64_t number) : number_{number} {}
  std::uint64_t handle_call(get) { return number_; }

 private:
  std::uint64_t number_;
};

std::string key(std::uint64_t i) { return fmt::format("room:{}", i); }

// Runs `work(rooms, keys, i)` a million times, i from 0 on, among a thousand rooms that hold their numbers.
template <class Work>
outcome among_rooms(const settings& with, std::string_view what, Work work) {
  constexpr std::uint64_t room_count = 1'000;
  const auto count = with.part(1'000) * room_count;
  otp::runtime rt{quiet(with)};
  bench::stopwatch watch;
  const auto sum = in_process(rt, [&] {
    const auto rooms = otp::start_link<rooms_registry>(otp::registry_keys::unique);
    std::vector<std::string> keys;
    for (std::uint64_t i = 0; i < room_count; ++i) {
      keys.push_back(key(i));
      otp::start_link<room>({.name = otp::via<room>(rooms, keys.back(), i)}, i);
    }
    watch = bench::stopwatch{};
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < count; ++i) total += work(rooms, keys[i * 617 % room_count]);
    return total;
  });
  return measured(watch, fmt::format("{} {}, {} keys", count, what, room_count), count, sum,
                  count / room_count * bench::sum_to(room_count - 1));
}

outcome look_ups(const settings& with) {
  return among_rooms(with, "look-ups", [](const auto& rooms, const std::string& name) {
    return otp::lookup(rooms, name).front().value;
  });
}

outcome calls_by_key(const settings& with) {
  return among_rooms(with, "calls by key", [](const auto& rooms, const std::string& name) {
    return otp::call(otp::via<room>(rooms, name), room::get{});
  });
}

class listener : public otp::gen_server<listener> {
 public:
  using info = otp::messages<otp::shared<number>>;
  listener(otp::server_ref<otp::pubsub> bus, std::uint64_t expected, otp::pid parent)
      : left_{expected}, parent_{parent} {
    otp::subscribe(bus, "room:lobby");
  }
  void handle_info(const otp::shared<number>& n) {
    sum_ += n->value;
    if (--left_ == 0) otp::send(parent_, number{sum_});
  }

 private:
  std::uint64_t left_;
  std::uint64_t sum_ = 0;
  otp::pid parent_;
};

outcome broadcasts(const settings& with) {
  const auto subscribers = with.part(10'000);
  constexpr std::uint64_t messages = 100;
  otp::runtime rt{quiet(with)};
  bench::stopwatch watch;
  const auto sum = in_process(rt, [&] {
    const auto bus = otp::start_link<otp::pubsub>({.name = "bench.pubsub"});
    for (std::uint64_t i = 0; i < subscribers; ++i) otp::start<listener>(bus, messages, self());
    watch = bench::stopwatch{};
    for (std::uint64_t i = 1; i <= messages; ++i) otp::broadcast(bus, "room:lobby", number{i});
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < subscribers; ++i) {
      total += otp::receive([](number n) { return n.value; });
    }
    return total;
  });
  return measured(watch, fmt::format("{} broadcasts to {} subscribers", messages, subscribers),
                  subscribers * messages, sum, subscribers * bench::sum_to(messages));
}

}  // namespace in_registries

workloads registries() {
  using namespace in_registries;
  return {
      {"W11_lookup", "look-up of a key in a registry", look_ups},
      {"W11_call", "calls of servers by their keys", calls_by_key},
      {"W11_pubsub", "broadcasts to 10,000 subscribers of a topic", broadcasts},
  };
}

}  // namespace otp_bench
