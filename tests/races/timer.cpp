// Exit against timer, and cancelling against firing.
// Rows: P-090 P-091 P-092 P-093 P-095 P-103
#include "races/harness.hpp"
#include <otp/timer.hpp>

namespace races {

namespace {

/// The timer fires on the left when its thread has nothing else to do, which sleep brings about.
void let_timers_fire() { otp::sleep(0s); }

class firing_at_the_dying : public against_exit {
 public:
  static constexpr std::string_view name = "timer_exit";
  static constexpr std::array<std::string_view, 2> outcomes{"received", "too late: lost"};

  void left(round& r) override {
    const auto other = mortal(r);
    otp::monitor(other);
    const auto timer = otp::send_after(0s, other, parcel{r.number()});
    r.left_at_line();
    let_timers_fire();
    await<otp::down>();
    require(!otp::cancel_timer(timer), "a timer whose target has ended was cancelled");
  }

  std::size_t outcome(const round&) override { return received_ ? 0 : 1; }

 protected:
  void last_act(const round& r) override {
    auto message = take_if_there<parcel>();
    received_ = message.has_value();
    if (received_) require(message->open() == r.number(), "a message of another round");
  }

 private:
  bool received_ = false;
};
const entry<firing_at_the_dying> fired;

class cancelling_for_the_dying : public against_exit {
 public:
  static constexpr std::string_view name = "timer_cancel_exit";
  static constexpr std::array<std::string_view, 2> outcomes{"cancelled",
                                                            "too late: nothing to cancel"};

  void left(round& r) override {
    const auto other = mortal(r);
    const auto timer = otp::send_after(1h, other, parcel{r.number()});
    r.left_at_line();
    const auto left = otp::cancel_timer(timer);
    cancelled_ = left.has_value();
    require(!cancelled_ || *left > 59min, "the time that was left is wrong");
    require(!otp::cancel_timer(timer) && !otp::read_timer(timer), "a timer was cancelled twice");
  }

  std::size_t outcome(const round&) override { return cancelled_ ? 0 : 1; }

 private:
  bool cancelled_ = false;
};
const entry<cancelling_for_the_dying> dropped;

/// Made and fired on the left, cancelled on the right.
class cancelling_while_firing : public race {
 public:
  static constexpr std::string_view name = "timer_cancel_fire";
  static constexpr std::array<std::string_view, 2> outcomes{"cancelled: it never comes",
                                                            "too late: it came"};

  void left(round& r) override {
    timer_ = otp::send_after(0s, self(), parcel{r.number()});
    r.left_at_line();
    let_timers_fire();
    spin_until([&] { return asked_.load(std::memory_order_acquire) == r.number(); });
    let_timers_fire();
    auto message = take_if_there<parcel>();
    came_ = message.has_value();
    if (came_) require(message->open() == r.number(), "a message of another round");
    expect_silence();
  }
  void right(round& r) override {
    r.right_at_line();
    const auto timer = timer_;
    cancelled_ = otp::cancel_timer(timer).has_value();
    require(!otp::cancel_timer(timer), "a timer was cancelled twice");
    asked_.store(r.number(), std::memory_order_release);
  }
  std::size_t outcome(const round&) override {
    require(came_ != cancelled_, came_ ? "a cancelled timer came" : "a timer was neither");
    return cancelled_ ? 0 : 1;
  }

 private:
  otp::timer_ref timer_;
  bool came_ = false;
  bool cancelled_ = false;
  std::atomic<std::uint64_t> asked_{0};
};
const entry<cancelling_while_firing> cancelled;

}  // namespace

}  // namespace races
