// Send against slot reuse: what was sent to a process arrives when another one lives in its place.
// Rows: P-010 P-013
#include "races/harness.hpp"
#include <otp/call.hpp>
#include <otp/gen_server.hpp>

#include <functional>

namespace races {

namespace {

/// Takes the time that was drawn when it is moved for the first time, which is after its receiver
/// was looked up and before it is pushed; then calls `after`.
class hesitation {
 public:
  explicit hesitation(const round& r, std::function<void()> after = {})
      : steps_{r.offset()}, after_{std::move(after)} {}
  hesitation(hesitation&& other) noexcept {
    pause(std::exchange(other.steps_, 0));
    if (auto after = std::exchange(other.after_, nullptr)) after();
  }
  hesitation(const hesitation&) = delete;
  hesitation& operator=(const hesitation&) = delete;
  hesitation& operator=(hesitation&&) = delete;
  ~hesitation() = default;

 private:
  std::int64_t steps_ = 0;
  std::function<void()> after_;
};

/// Each round has two processes on the right, the second in the slot of the first: the runtime gives
/// it out again at once.
class slot_race : public race {
 public:
  void right(round& r) override {
    first_ = start([this, &r] { live_first(r); });
    born_.store(r.number(), std::memory_order_release);  // publishes first_
    await<otp::down>();
    next_ = start([this, &r] { live_next(r); });
    next_born_.store(r.number(), std::memory_order_release);  // publishes next_
    await<otp::down>();
    reused_ += first_.slot == next_.slot ? 1 : 0;
    expect_silence();
  }

  void end() override { require(reused_ > 0, "no slot was used again"); }

 protected:
  virtual void live_first(round& r) = 0;
  virtual void live_next(const round& r) = 0;

  /// For the left one.
  otp::pid first(const round& r) {
    spin_until([&] { return born_.load(std::memory_order_acquire) == r.number(); });
    return first_;
  }
  bool next_is_there(const round& r) const {
    return next_born_.load(std::memory_order_acquire) == r.number();
  }
  otp::pid next(const round& r) {
    spin_until([&] { return next_is_there(r); });
    return next_;
  }

 private:
  otp::pid first_;
  otp::pid next_;
  std::atomic<std::uint64_t> born_{0};
  std::atomic<std::uint64_t> next_born_{0};
  std::uint64_t reused_ = 0;
};

/// A message that tells where it ended.
class traced_parcel {
 public:
  traced_parcel(const round& r, otp::pid& dropped_by)
      : hesitation_{r}, parcel_{r.number()}, dropped_by_{&dropped_by} {}
  traced_parcel(traced_parcel&& other) noexcept
      : hesitation_{std::move(other.hesitation_)},
        parcel_{std::move(other.parcel_)},
        dropped_by_{std::exchange(other.dropped_by_, nullptr)} {}
  traced_parcel(const traced_parcel&) = delete;
  traced_parcel& operator=(const traced_parcel&) = delete;
  traced_parcel& operator=(traced_parcel&&) = delete;
  ~traced_parcel() {
    if (dropped_by_ != nullptr) *dropped_by_ = self();
  }

  std::uint64_t open() {
    dropped_by_ = nullptr;
    return parcel_.open();
  }

 private:
  hesitation hesitation_;
  parcel parcel_;
  otp::pid* dropped_by_;  // null: moved from, or opened
};

class send_to_a_slot : public slot_race {
 public:
  static constexpr std::string_view name = "slot_send";
  static constexpr std::array<std::string_view, 3> outcomes{
      "received", "lost: it has ended", "dropped by the next process in its slot"};

  void left(round& r) override {
    received_ = false;
    const auto to = first(r);
    dropped_by_ = {};
    r.left_meets();
    otp::send(to, traced_parcel{r, dropped_by_});
    sent_.store(r.number(), std::memory_order_release);
    by_next_ = next(r);
  }

  std::size_t outcome(const round&) override {
    require(received_ != static_cast<bool>(dropped_by_), "a message was received and dropped");
    return received_ ? 0 : dropped_by_ == by_next_ ? 2 : 1;
  }

 protected:
  void live_first(round& r) override {
    r.right_at_line();
    if (auto message = take_if_there<traced_parcel>()) {
      require(message->open() == r.number(), "a message of another round");
      received_ = true;
    }
  }
  void live_next(const round& r) override {
    spin_until([&] { return sent_.load(std::memory_order_acquire) == r.number(); });
    expect_silence();
  }

 private:
  bool received_ = false;
  otp::pid dropped_by_;
  otp::pid by_next_;
  std::atomic<std::uint64_t> sent_{0};
};
const entry<send_to_a_slot> sent;

/// What is called is no server, and would never answer.
class nobody_serves : public otp::gen_server<nobody_serves> {
 public:
  struct ask {
    using reply = std::uint64_t;
    hesitation how_long;
  };
  std::uint64_t handle_call(const ask&) { return 0; }
};

/// The next process waits and takes no messages meanwhile. The call fails at once all the same.
class call_to_a_slot : public slot_race {
 public:
  static constexpr std::string_view name = "slot_call";
  static constexpr std::array<std::string_view, 3> outcomes{
      "called in time: failed with its reason", "noproc: it has ended",
      "noproc, by the next process in its slot"};

  void left(round& r) override {
    const auto to = first(r);
    r.left_meets();
    by_next_ = false;
    const auto answer = otp::try_call(
        otp::server_ref<nobody_serves>{to},
        nobody_serves::ask{hesitation{r, [this, &r] { by_next_ = next_is_there(r); }}}, 20s);
    require(!answer, "nobody has answered");
    const auto& why = answer.error().root();
    noproc_ = why == otp::reason::noproc;
    require(noproc_ || why == otp::exit_reason{boom{r.number()}}, why.to_string());
    // It may have begun on this thread while we waited for the answer, so it ends before we go on.
    otp::exit(next(r), otp::reason::kill);
    otp::monitor(next(r));
    await<otp::down>();
    expect_silence();
  }

  std::size_t outcome(const round&) override { return !noproc_ ? 0 : by_next_ ? 2 : 1; }

 protected:
  void live_first(round& r) override {
    r.right_at_line();
    otp::exit(boom{r.number()});
  }
  void live_next(const round&) override { otp::sleep(1h); }

 private:
  bool noproc_ = false;
  bool by_next_ = false;
};
const entry<call_to_a_slot> called;

}  // namespace

}  // namespace races
