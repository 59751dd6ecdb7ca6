// The loads of the budget tests: one kind of operation, N times, in a runtime with one thread; or with two,
// of which a process that waits holds the other one.
//
//     otp_budget call 20000        prints how often memory was asked for, meanwhile
//     otp_budget sizes             prints how large the parts are that there are many of
//
// Everything is done 3,000 times before, so that free lists are full and tables have grown.
#include <otp/detail/call_envelope.hpp>
#include <otp/detail/process.hpp>
#include <otp/detail/timer_cell.hpp>
#include <otp/gen_server.hpp>
#include <otp/process.hpp>
#include <otp/receive.hpp>
#include <otp/runtime.hpp>
#include <otp/timer.hpp>

#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <optional>
#include <string>
#include <string_view>

// ---- every way to ask for memory leads here

namespace {
std::atomic<std::uint64_t> allocations{0};
}

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);

void* malloc(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_realloc(memory, size);
}
}

namespace {

// ---- messages and casts: to and fro between two servers

struct ball {
  otp::pid from;
  otp::pid referee;
  std::uint64_t left;
};
struct over {};

class player : public otp::gen_server<player> {
 public:
  using info = otp::messages<ball>;
  void handle_info(ball b) {
    if (b.left == 0) return otp::send(b.referee, over{});
    otp::send(b.from, ball{otp::this_process::self(), b.referee, b.left - 1});
  }
};

void message(std::uint64_t n) {
  static const auto one = otp::start<player>().pid();
  static const auto other = otp::start<player>().pid();
  otp::send(one, ball{other, otp::this_process::self(), n});
  otp::receive([](over) {});
}

class caster : public otp::gen_server<caster> {
 public:
  struct pass {
    otp::server_ref<caster> from;
    otp::pid referee;
    std::uint64_t left;
  };
  struct know {
    otp::server_ref<caster> me;
  };
  void handle_cast(know k) { me_ = k.me; }
  void handle_cast(pass p) {
    if (p.left == 0) return otp::send(p.referee, over{});
    otp::cast(p.from, pass{*me_, p.referee, p.left - 1});
  }

 private:
  std::optional<otp::server_ref<caster>> me_;
};

void cast(std::uint64_t n) {
  static const auto one = otp::start<caster>();
  static const auto other = otp::start<caster>();
  otp::cast(one, caster::know{one});
  otp::cast(other, caster::know{other});
  otp::cast(one, caster::pass{other, otp::this_process::self(), n});
  otp::receive([](over) {});
}

// ---- calls

class echo : public otp::gen_server<echo> {
 public:
  struct say {
    using reply = std::uint64_t;
    std::uint64_t what;
  };
  std::uint64_t handle_call(say s) { return s.what; }
};

class asking : public otp::gen_server<asking> {
 public:
  struct say {
    using reply = std::uint64_t;
    std::uint64_t what;
  };
  std::uint64_t handle_call(say s) { return otp::call(third_, echo::say{s.what}); }

 private:
  otp::server_ref<echo> third_ = otp::start<echo>();
};

template <class S>
void call_of(std::uint64_t n) {
  static const auto server = otp::start<S>();
  for (; n > 0; --n) {
    if (otp::call(server, typename S::say{n}) != n) std::abort();
  }
}

// ---- the life of a process

void spawn(std::uint64_t n) {
  for (; n > 0; --n) {
    const auto started = otp::spawn_monitor([] {});
    otp::receive([](otp::down) {});
    static_cast<void>(started);
  }
}

void start_and_stop(std::uint64_t n) {
  for (; n > 0; --n) otp::stop(otp::start<echo>());
}

/// With a call, so that the server gets round to it.
void monitor(std::uint64_t n) {
  static const auto server = otp::start<echo>();
  for (; n > 0; --n) {
    otp::demonitor(otp::monitor(server.pid()), true);
    otp::call(server, echo::say{n});
  }
}

// ---- timers

void timer_cancelled(std::uint64_t n) {
  for (; n > 0; --n) {
    otp::cancel_timer(otp::start_timer(std::chrono::hours{1}, otp::this_process::self(), over{}));
  }
}

void timer_fires(std::uint64_t n) {
  for (; n > 0; --n) {
    otp::send_after(std::chrono::nanoseconds{0}, otp::this_process::self(), over{});
    otp::receive([](over) {});
  }
}

struct load {
  std::string_view name;
  void (*run)(std::uint64_t n);
  unsigned threads = 1;
};
constexpr load loads[] = {{"message", message},
                          {"cast", cast},
                          {"call", call_of<echo>},
                          {"call_of_three", call_of<asking>},
                          {"spawn", spawn},
                          {"start_and_stop", start_and_stop},
                          {"monitor", monitor},
                          {"timer_cancelled", timer_cancelled},
                          {"timer_fires", timer_fires},
                          {"message_of_two_threads", message, 2},
                          {"call_of_two_threads", call_of<echo>, 2},
                          {"spawn_of_two_threads", spawn, 2}};

int run(const load& what, std::uint64_t n) {
  std::promise<std::uint64_t> counted;
  std::promise<void> holds;
  std::promise<void> release;
  otp::runtime rt{{.threads = what.threads, .console = std::nullopt}};
  if (what.threads == 2) {
    rt.spawn([&] {
      holds.set_value();
      release.get_future().wait();
    });
    holds.get_future().wait();
  }
  rt.spawn([&] {
    what.run(3000);
    const auto before = allocations.load();
    what.run(n);
    counted.set_value(allocations.load() - before);
  });
  fmt::print("{}\n", counted.get_future().get());
  release.set_value();
  return 0;
}

int sizes() {
  fmt::print("process {}\nenvelope {}\ncall_envelope {}\nwait_record {}\ntimer_cell {}\n",
             sizeof(otp::detail::process), sizeof(otp::detail::envelope),
             sizeof(otp::detail::call_envelope), sizeof(otp::detail::wait_record),
             sizeof(otp::detail::timer_cell));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  if (name == "sizes" && argc == 2) return sizes();
  const auto n = argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 0;
  for (const auto& one : loads) {
    if (one.name == name && n > 0) return run(one, n);
  }
  fmt::print(stderr, "usage: otp_budget LOAD TIMES | otp_budget sizes; the loads are:");
  for (const auto& one : loads) fmt::print(stderr, " {}", one.name);
  fmt::print(stderr, "\n");
  return 2;
}
