// One timer of send_after: who decides whether it fires or is cancelled.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/detail/timer_cell.hpp>
#include <otp/timer.hpp>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

using namespace otp_test;
using otp::detail::armed_timer;
using otp::detail::timer_cell;
using otp::detail::timer_cells;

namespace {

timer_cell& cell_with(int& calls) {
  auto& cell = timer_cells::instance().take();
  cell.target_serial = 0;
  cell.callback = [](void* context) { ++*static_cast<int*>(context); };
  cell.context = &calls;
  return cell;
}

}  // namespace

TEST_CASE("cells that are out at the same time differ, and come again", "[timer_cell]") {
  auto& cells = timer_cells::instance();
  std::set<timer_cell*> out;
  for (int i = 0; i < 1000; ++i) out.insert(&cells.take());
  CHECK(out.size() == 1000);
  for (auto* const cell : out) cells.give(*cell);
  auto& again = cells.take();
  CHECK(out.count(&again) == 1);
  cells.give(again);
}

TEST_CASE("a cell moves on only from the phase and the serial that it has", "[timer_cell]") {
  auto& cell = timer_cells::instance().take();
  const auto serial = timer_cell::serial_of(cell.state);
  cell.state = serial << timer_cell::phase_bits | timer_cell::armed;
  CHECK(!cell.advance(serial + 1, timer_cell::armed, timer_cell::cancelled));
  CHECK(!cell.advance(serial, timer_cell::in_transit, timer_cell::cancelled));
  CHECK(cell.advance(serial, timer_cell::armed, timer_cell::over));
  CHECK(!cell.advance(serial, timer_cell::armed, timer_cell::cancelled));
  cell.release();
}

TEST_CASE("a cell that was released has another serial", "[timer_cell]") {
  auto& cell = timer_cells::instance().take();
  const auto serial = timer_cell::serial_of(cell.state);
  cell.release();
  CHECK(timer_cell::serial_of(cell.state) == serial + 1);
  CHECK(timer_cell::phase_of(cell.state) == timer_cell::over);
}

TEST_CASE("releasing a cell destroys the message that was not sent", "[timer_cell]") {
  const auto held = std::make_shared<int>(0);
  auto& message = otp::detail::timed_envelope<job>(job{[held] { return ""s; }, {}});
  auto& cell = otp::detail::prepare_timer("a test", 1ms, otp::detail::owned_envelope{&message});
  CHECK(held.use_count() == 2);
  cell.release();
  CHECK(held.use_count() == 1);
}

TEST_CASE("a callback is called when the timer fires", "[timer_cell]") {
  otp::testing::simulation sim{1, quiet};
  int calls = 0;
  const auto timer = otp::detail::arm_cell(sim.runtime().core(), cell_with(calls), 1'000'000);
  sim.advance(999'999ns);
  CHECK(calls == 0);
  sim.advance(1ns);
  CHECK(calls == 1);
  CHECK(!otp::detail::cancel_cell(timer, 0));
  sim.advance(1h);
  CHECK(calls == 1);
}

TEST_CASE("a callback of a cancelled timer is not called", "[timer_cell]") {
  otp::testing::simulation sim{1, quiet};
  int calls = 0;
  auto& core = sim.runtime().core();
  // Before and after its worker has taken it over from us.
  const auto early = otp::detail::arm_cell(core, cell_with(calls), 1'000'000);
  CHECK(otp::detail::cancel_cell(early, 0) == 1'000'000);
  const auto late = otp::detail::arm_cell(core, cell_with(calls), 1'000'000);
  sim.advance(400'000ns);
  CHECK(otp::detail::cancel_cell(late, core.now()) == 600'000);
  CHECK(!otp::detail::cancel_cell(late, core.now()));
  sim.advance(1h);
  CHECK(calls == 0);
}

TEST_CASE("a callback whose runtime goes is called, so that whoever waits hears", "[timer_cell]") {
  int calls = 0;
  {
    otp::runtime rt{quiet};
    otp::detail::arm_cell(rt.core(), cell_with(calls), 3'600'000'000'000);
  }
  CHECK(calls == 1);
}

TEST_CASE("of a timer's firing and its cancelling by another thread one happens", "[timer_cell]") {
  struct shared {
    std::atomic<int> fired{0};
    std::atomic<int> cancelled{0};
  } counts;
  constexpr int count = 2000;
  {
    otp::runtime rt{quiet};
    for (int i = 0; i < count; ++i) {
      auto& cell = timer_cells::instance().take();
      cell.target_serial = 0;
      cell.callback = [](void* context) { ++static_cast<shared*>(context)->fired; };
      cell.context = &counts;
      const auto timer = otp::detail::arm_cell(rt.core(), cell, i % 50 * 1000);
      for (int spin = 0; spin < i % 300; ++spin) std::atomic_signal_fence(std::memory_order_seq_cst);
      if (otp::detail::cancel_cell(timer, 0)) ++counts.cancelled;
    }
    while (counts.fired + counts.cancelled < count) std::this_thread::yield();
  }
  CHECK(counts.fired + counts.cancelled == count);
}
