// Exit against unlink: a process cuts the link to another that is just ending.
// Rows: P-056 P-057 P-058
#include "races/harness.hpp"

namespace races {

namespace {

/// An `exited` is there when unlink returns, or never comes. The down comes after all of them.
class unlink_trapping : public against_exit {
 public:
  static constexpr std::string_view name = "unlink_trapping";
  static constexpr std::array<std::string_view, 2> outcomes{"unlinked in time: nothing comes",
                                                            "too late: exited is there"};

  void left(round& r) override {
    const auto other = mortal(r);
    otp::link(other);
    otp::monitor(other);
    r.left_at_line();
    look_at_signals();
    otp::unlink(other);
    const auto heard = take_if_there<otp::exited>();
    late_ = heard.has_value();
    require(!late_ || (heard->from == other && heard->reason == otp::exit_reason{boom{r.number()}}),
            "another exited");
    take<otp::down>();
    expect_silence();
  }

  std::size_t outcome(const round&) override { return late_ ? 1 : 0; }

 private:
  bool late_ = false;
};
const entry<unlink_trapping> trapping;

/// Whoever has come through unlink lives on.
class unlink_plain : public against_exit {
 public:
  static constexpr std::string_view name = "unlink_plain";
  static constexpr std::array<std::string_view, 2> outcomes{"unlinked in time: lives on",
                                                            "too late: ended with its reason"};

  void left(round& r) override {
    unlinked_ = false;
    const auto linked = start([this, &r] {
      const auto other = mortal(r);
      otp::link(other);
      otp::monitor(other);
      r.left_at_line();
      look_at_signals();
      otp::unlink(other);
      unlinked_ = true;
      take<otp::down>();
    });
    const auto end = await<otp::down>();
    require(end.process == linked, "down of somebody else");
    require(unlinked_ ? end.reason == otp::reason::normal
                      : end.reason == otp::exit_reason{boom{r.number()}},
            unlinked_ ? "an exit came over a link that was cut" : "another reason");
  }

  std::size_t outcome(const round&) override { return unlinked_ ? 0 : 1; }

 private:
  bool unlinked_ = false;
};
const entry<unlink_plain> plain;

}  // namespace

}  // namespace races
