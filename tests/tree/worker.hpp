// The workers of the tree, in all the manners that a supervisor has to deal with.
#pragma once

#include "tree/plan.hpp"
#include <otp/child_spec.hpp>
#include <otp/gen_server.hpp>
#include <otp/process.hpp>

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace tree {

/// Every third one traps exits. Of these every twentieth takes longer to stop than it may.
class worker : public otp::gen_server<worker> {
 public:
  struct number {
    using reply = std::size_t;
  };
  struct crash {};

  worker(shared_census counts, std::size_t its_number);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker();

  std::size_t handle_call(number) { return number_; }
  otp::noreply handle_cast(crash) { throw std::runtime_error{"crash"}; }
  void terminate(const otp::exit_reason&);

 private:
  shared_census counts_;
  std::size_t number_;
};

/// Keeps a pool full: starts those workers that are not there. When it or the pool is started again
/// it does so again.
class filler : public otp::gen_server<filler> {
 public:
  filler(shared_census counts, group of) : counts_{std::move(counts)}, group_{std::move(of)} {}
  void init();

 private:
  shared_census counts_;
  group group_;
};

otp::child_spec worker_spec(const shared_census& counts, std::size_t number);

}  // namespace tree
