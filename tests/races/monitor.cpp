// Exit against monitor: a process begins or ends the watch over another that is just ending.
// Rows: P-064 P-066 P-067 P-068 P-071 P-072 P-073 P-074 P-075
#include "races/harness.hpp"

namespace races {

namespace {

class monitoring : public against_exit {
 public:
  static constexpr std::string_view name = "monitor";
  static constexpr std::array<std::string_view, 2> outcomes{"watched in time: down with its reason",
                                                            "too late: down with noproc"};

  void left(round& r) override {
    const auto other = mortal(r);
    r.left_at_line();
    const auto ref = otp::monitor(other);
    const auto heard = take<otp::down>();
    require(heard.ref == ref && heard.process == other && heard.name.empty(), "another down");
    late_ = heard.reason == otp::reason::noproc;
    require(late_ || heard.reason == otp::exit_reason{boom{r.number()}}, "another reason");
    require(!otp::demonitor(ref), "the monitor has fired and is still active");
    expect_silence();
  }

  std::size_t outcome(const round&) override { return late_ ? 1 : 0; }

 private:
  bool late_ = false;
};
const entry<monitoring> by_pid;

/// Found before its name is free or not: whoever comes too late hears noproc.
class monitoring_by_name : public against_exit {
 public:
  static constexpr std::string_view name = "monitor_by_name";
  static constexpr std::array<std::string_view, 2> outcomes{"watched in time: down with its reason",
                                                            "too late: down with noproc"};

  void left(round& r) override {
    const auto other = mortal(r);
    r.left_at_line();
    const auto ref = otp::monitor("mortal");
    const auto heard = take<otp::down>();
    require(heard.ref == ref && heard.name == "mortal", "another down");
    late_ = heard.reason == otp::reason::noproc;
    require(heard.process == other || (late_ && !heard.process), "down of another process");
    require(late_ || heard.reason == otp::exit_reason{boom{r.number()}}, "another reason");
    require(!otp::whereis("mortal"), "the name was not free when the end was seen");
    expect_silence();
  }

  std::size_t outcome(const round&) override { return late_ ? 1 : 0; }

 protected:
  void prepare() override { otp::register_name("mortal"); }

 private:
  bool late_ = false;
};
const entry<monitoring_by_name> by_name;

/// The second of two monitors fires in any case, and after the first.
class demonitoring : public against_exit {
 public:
  static constexpr std::string_view name = "demonitor";
  static constexpr std::array<std::string_view, 2> outcomes{"ended in time: no down",
                                                            "too late: one down stays"};

  void left(round& r) override {
    const auto other = mortal(r);
    const auto first = otp::monitor(other);
    const auto second = otp::monitor(other);
    r.left_at_line();
    look_at_signals();
    late_ = !otp::demonitor(first);
    if (late_) {
      const auto heard = take_if_there<otp::down>();
      require(heard && heard->ref == first, "the down of a monitor that had fired is not there");
      require(heard->reason == otp::exit_reason{boom{r.number()}}, "another reason");
    }
    require(take<otp::down>().ref == second, "a down after its monitor was ended");
    expect_silence();
  }

  std::size_t outcome(const round&) override { return late_ ? 1 : 0; }

 private:
  bool late_ = false;
};
const entry<demonitoring> ended;

class demonitoring_with_flush : public against_exit {
 public:
  static constexpr std::string_view name = "demonitor_flush";
  static constexpr std::array<std::string_view, 2> outcomes{"ended in time: no down",
                                                            "too late: its down is flushed"};

  void left(round& r) override {
    const auto other = mortal(r);
    const auto first = otp::monitor(other);
    const auto second = otp::monitor(other);
    r.left_at_line();
    look_at_signals();
    late_ = !otp::demonitor(first, true);
    require(take<otp::down>().ref == second, "a down that was flushed");
    expect_silence();
  }

  std::size_t outcome(const round&) override { return late_ ? 1 : 0; }

 private:
  bool late_ = false;
};
const entry<demonitoring_with_flush> flushed;

}  // namespace

}  // namespace races
