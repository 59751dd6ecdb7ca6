#include "tree/storm.hpp"

#include "tree/worker.hpp"
#include <otp/call.hpp>
#include <otp/error.hpp>
#include <otp/process.hpp>
#include <otp/supervisor.hpp>

#include <chrono>
#include <random>
#include <string>

namespace tree {

using namespace std::chrono_literals;

namespace {

/// Draws from its own seed: where the blows fall is the same each time, when they do is not.
class chance {
 public:
  explicit chance(std::uint64_t seed) : random_{seed} {}

  std::size_t below(std::size_t limit) { return random_() % limit; }
  const branch& branch_of(const plan& tree) { return tree.branches[below(tree.branches.size())]; }
  const group& group_of(const plan& tree) {
    const auto& all = branch_of(tree).groups;
    return all[below(all.size())];
  }
  std::size_t worker_of(const group& of) { return of.first + below(of.size); }

 private:
  std::mt19937_64 random_;
};

void count(std::atomic<std::uint64_t>& what) { what.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

class storm::killer {
 public:
  killer(storm& of, std::uint64_t seed) : storm_{of}, chance_{seed} {}

  void run() {
    while (!storm_.is_over()) {
      blow();
      otp::sleep(std::chrono::microseconds{chance_.below(1500)});
    }
  }

 private:
  void blow() {
    const auto drawn = chance_.below(1000);
    if (drawn < 2) return kill_supervisor(chance_.branch_of(storm_.plan_).name);
    if (drawn < 20) return kill_group(chance_.group_of(storm_.plan_));
    if (drawn < 24) return exhaust(chance_.group_of(storm_.plan_));
    kill_worker(chance_.below(storm_.plan_.workers));
  }

  void kill_group(const group& which) {
    const auto part = chance_.below(which.kind == group_kind::dynamic ? 3 : 1);
    kill_supervisor(part == 0 ? which.name : part == 1 ? which.pool() : which.filler());
  }

  void kill_supervisor(const std::string& name) {
    const auto victim = otp::whereis(name);
    if (!victim) return;
    otp::exit(victim, otp::reason::kill);
    count(storm_.counts_->kills);
    count(storm_.counts_->supervisor_kills);
  }

  void kill_worker(std::size_t number) {
    const auto victim = storm_.counts_->latest(number);
    if (!otp::is_alive(victim)) return;
    if (chance_.below(4) == 0) {
      otp::cast(otp::server_ref<worker>{victim}, worker::crash{});
    } else {
      otp::exit(victim, otp::reason::kill);
    }
    count(storm_.counts_->kills);
  }

  /// So often that the group gives up.
  void exhaust(const group& which) {
    for (int i = 0; i < 200 && !storm_.is_over(); ++i) {
      kill_worker(chance_.worker_of(which));
      otp::sleep(100us);
    }
  }

  storm& storm_;
  chance chance_;
};

/// Calls may fail, as whoever is called may just have been killed; they must not hang.
class storm::caller {
 public:
  caller(storm& of, std::uint64_t seed) : storm_{of}, chance_{seed} {}

  void run() {
    while (!storm_.is_over()) {
      try {
        call();
        count(storm_.counts_->answered);
      } catch (const otp::exit_error&) {
        count(storm_.counts_->failed);
      }
      otp::sleep(std::chrono::microseconds{chance_.below(1000)});
    }
  }

 private:
  void call() {
    const auto& where = chance_.group_of(storm_.plan_);
    const otp::name<otp::supervisor> supervisor{where.name};
    switch (chance_.below(5)) {
      case 0:
        otp::which_children(supervisor);
        return;
      case 1:
        otp::count_children(supervisor);
        return;
      case 2:
        otp::count_children(otp::name<otp::supervisor>{chance_.branch_of(storm_.plan_).name});
        return;
      case 3:
        // Where children wait before a restart, terminate_child would leave the group stopped.
        if (where.kind == group_kind::one_for_one || where.kind == group_kind::one_for_all) {
          return stop_and_start(supervisor, "w" + std::to_string(chance_.worker_of(where)));
        }
        [[fallthrough]];
      default:
        const auto who = storm_.counts_->latest(chance_.worker_of(where));
        otp::call(otp::server_ref<worker>{who}, worker::number{});
    }
  }

  // If the supervisor ends between the two, its successor starts the child.
  static void stop_and_start(const otp::name<otp::supervisor>& supervisor, const std::string& id) {
    otp::terminate_child(supervisor, id).value();
    for (;;) {
      const auto started = otp::restart_child(supervisor, id);
      if (started || started.error().what != otp::refusal::start_failed) return;
    }
  }

  storm& storm_;
  chance chance_;
};

void storm::start() {
  const auto spawn = [this](auto one) {
    at_work_.fetch_add(1, std::memory_order_relaxed);
    otp::spawn([this, one]() mutable {
      one.run();
      at_work_.fetch_sub(1, std::memory_order_release);
    });
  };
  spawn(killer{*this, seed_});
  spawn(killer{*this, seed_ + 1});
  spawn(caller{*this, seed_ + 2});
  spawn(caller{*this, seed_ + 3});
}

}  // namespace tree
