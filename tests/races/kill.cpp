// Kill against wait: a process is killed as it begins to wait, and as its wait is just ending.
// Rows: P-008 P-029
#include "races/harness.hpp"
#include <otp/asio.hpp>
#include <otp/blocking.hpp>

#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace races {

namespace {

/// A process, made anew on the right in each round, that is killed by the left one. Its stack must
/// have been unwound when its end is over.
class against_kill : public race {
 public:
  void left(round& r) override {
    r.left_at_line();
    otp::exit(victim_, otp::reason::kill);
    killed_.store(r.number(), std::memory_order_release);
  }
  void right(round& r) override {
    passed_ = unwound_ = before_ = false;
    victim_ = start([this, &r, right = self()] {
      // Its state is seen by the right one, which gets the message.
      const std::shared_ptr<void> guard{nullptr, [this, &r, right](void*) {
                                          unwound_ = true;
                                          otp::send(right, parcel{r.number()});
                                        }};
      r.right_at_line();
      before_ = killed_.load(std::memory_order_acquire) == r.number();
      wait(r);
      passed_ = true;
    });
    begin_race(r);
    const auto end = await<otp::down>();
    require(end.process == victim_, "down of somebody else");
    ended_ = end.reason == otp::reason::normal;
    require(ended_ || end.reason == otp::reason::killed, "ended with another reason");
    await<parcel>().open();
    require(unwound_, "not unwound");
    require(passed_ || !ended_, "ended by itself in its wait");
  }

 protected:
  /// What the victim waits for.
  virtual void wait(const round& r) = 0;
  /// What the right one does meanwhile.
  virtual void begin_race(round&) {}

  bool killed_before() const { return before_; }
  bool passed() const { return passed_; }
  bool ended_by_itself() const { return ended_; }
  const otp::pid& victim() const { return victim_; }

 private:
  otp::pid victim_;
  std::atomic<std::uint64_t> killed_{0};
  bool before_ = false;
  bool passed_ = false;
  bool unwound_ = false;
  bool ended_ = false;
};

/// Nothing else ends the wait.
class kill_at_the_beginning : public against_kill {
 public:
  static constexpr std::string_view name = "kill_receive";
  static constexpr std::array<std::string_view, 2> outcomes{"killed before it waits",
                                                            "killed as it waits"};

  std::size_t outcome(const round&) override {
    require(!passed() && !ended_by_itself(), "it has lived through its kill");
    return killed_before() ? 0 : 1;
  }

 protected:
  void wait(const round&) override { await<boom>(); }
};
const entry<kill_at_the_beginning> beginning;

/// The wait may end by itself. That is noticed by what comes after it.
class kill_at_the_end : public against_kill {
 public:
  static constexpr std::array<std::string_view, 2> outcomes{"waited to the end",
                                                            "killed as it waits"};

  std::size_t outcome(const round&) override { return passed() ? 0 : 1; }
};

class kill_asleep : public kill_at_the_end {
 public:
  static constexpr std::string_view name = "kill_sleep";

 protected:
  void wait(const round&) override { otp::sleep(1ns); }
};
const entry<kill_asleep> asleep;

class kill_in_operation : public kill_at_the_end {
 public:
  static constexpr std::string_view name = "kill_asio";

 protected:
  void wait(const round&) override {
    boost::asio::steady_timer timer{otp::this_process::io_executor(), 1ns};
    timer.async_wait(otp::yield);
  }
};
const entry<kill_in_operation> in_operation;

class kill_in_blocking_work : public kill_at_the_end {
 public:
  static constexpr std::string_view name = "kill_blocking";

 protected:
  void wait(const round&) override {
    otp::blocking([] {});
  }
};
const entry<kill_in_blocking_work> in_blocking_work;

/// The right one sends what the victim waits for, the left one kills it.
class kill_with_message : public race {
 public:
  static constexpr std::string_view name = "kill_message";
  static constexpr std::array<std::string_view, 3> outcomes{
      "received, and ended by itself", "received, then killed", "killed, and the message lost"};

  void left(round& r) override {
    r.left_at_line();
    otp::exit(victim_, otp::reason::kill);
  }
  void right(round& r) override {
    received_ = false;
    victim_ = start([this, &r, right = self()] {
      otp::send(right, parcel{r.number()});
      require(await<parcel>().open() == r.number(), "a message of another round");
      received_ = true;
      look_at_signals();
    });
    await<parcel>().open();
    r.right_at_line();
    otp::send(victim_, parcel{r.number()});
    const auto end = await<otp::down>();
    killed_ = end.reason == otp::reason::killed;
    require(killed_ || (received_ && end.reason == otp::reason::normal), "ended in another way");
  }
  std::size_t outcome(const round&) override { return !received_ ? 2 : killed_ ? 1 : 0; }

 private:
  otp::pid victim_;
  bool received_ = false;
  bool killed_ = false;
};
const entry<kill_with_message> with_message;

}  // namespace

}  // namespace races
