// Exit against link: a process links another that is just ending.
// Rows: P-047 P-049 P-052 P-053
#include "races/harness.hpp"

namespace races {

namespace {

/// The linking process traps exits: one message in any case.
class link_trapping : public against_exit {
 public:
  static constexpr std::string_view name = "link_trapping";
  static constexpr std::array<std::string_view, 2> outcomes{
      "linked in time: exited with its reason", "too late: exited with noproc"};

  void left(round& r) override {
    const auto other = mortal(r);
    r.left_at_line();
    otp::link(other);
    const auto heard = take<otp::exited>();
    require(heard.from == other, "exited from somebody else");
    late_ = heard.reason == otp::reason::noproc;
    require(late_ || heard.reason == otp::exit_reason{boom{r.number()}}, "another reason");
    expect_silence();
  }

  std::size_t outcome(const round&) override { return late_ ? 1 : 0; }

 private:
  bool late_ = false;
};
const entry<link_trapping> trapping;

/// It does not: it is taken along, or told at once.
class link_plain : public against_exit {
 public:
  static constexpr std::string_view name = "link_plain";
  static constexpr std::array<std::string_view, 3> outcomes{"linked in time: ended with its reason",
                                                            "let in too late: ended with noproc",
                                                            "refused: noproc thrown"};

  void left(round& r) override {
    refused_ = false;
    const auto linking = start([this, &r] {
      const auto other = mortal(r);
      r.left_at_line();
      try {
        otp::link(other);
      } catch (const otp::exit_error& error) {
        require(error.reason() == otp::reason::noproc, "another reason thrown");
        refused_ = true;
        return;
      }
      await<parcel>();
    });
    const auto end = await<otp::down>();
    require(end.process == linking, "down of somebody else");
    late_ = end.reason == otp::reason::noproc;
    require(refused_ ? end.reason == otp::reason::normal
                     : late_ || end.reason == otp::exit_reason{boom{r.number()}},
            "ended with another reason");
  }

  std::size_t outcome(const round&) override { return refused_ ? 2 : late_ ? 1 : 0; }

 private:
  bool refused_ = false;
  bool late_ = false;
};
const entry<link_plain> plain;

}  // namespace

}  // namespace races
