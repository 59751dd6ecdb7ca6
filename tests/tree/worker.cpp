#include "tree/worker.hpp"

#include <otp/child.hpp>
#include <otp/dynamic_supervisor.hpp>

#include <string>

namespace tree {

using namespace std::chrono_literals;

namespace {

constexpr auto allowed = 10ms;
constexpr auto too_long = 30ms;

bool is_slow(std::size_t number) { return number % 60 == 0; }

}  // namespace

worker::worker(shared_census counts, std::size_t its_number)
    : counts_{std::move(counts)}, number_{its_number} {
  if (number_ % 3 == 0) otp::this_process::trap_exit(true);
  counts_->worker_starts.fetch_add(1, std::memory_order_relaxed);
  counts_->workers_alive.fetch_add(1, std::memory_order_relaxed);
  counts_->is_now(number_, otp::this_process::self());
}

worker::~worker() { counts_->workers_alive.fetch_sub(1, std::memory_order_relaxed); }

void worker::terminate(const otp::exit_reason&) {
  if (is_slow(number_)) otp::sleep(too_long);
}

// The pool has the numbers from the first on, so its size says which is the next.
void filler::init() {
  const otp::name<otp::dynamic_supervisor> pool{group_.pool()};
  for (auto next = otp::count_children(pool).specs; next < group_.size; ++next) {
    const auto started = otp::start_child(pool, worker_spec(counts_, group_.first + next));
    if (!started) otp::exit(started.error().reason);
  }
}

otp::child_spec worker_spec(const shared_census& counts, std::size_t number) {
  auto spec = otp::child<worker>({.name = worker_name(number)}, counts, number);
  spec.id = "w" + std::to_string(number);
  if (is_slow(number)) spec.shutdown = allowed;
  if (number % 7 == 3) spec.shutdown = otp::brutal_kill;
  return spec;
}

}  // namespace tree
