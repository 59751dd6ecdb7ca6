// Exit against reply: a server ends as it is called or as its call is answered, a caller is killed
// as its answer comes, and a caller's patience ends as its answer comes.
// Rows: P-082 P-088 G-023 G-024 G-028 G-031 G-035
#include "races/harness.hpp"
#include <otp/call.hpp>
#include <otp/gen_server.hpp>

#include <functional>

namespace races {

namespace {

/// Gives the right to answer away.
struct handing {
  otp::from<std::uint64_t> from;
};

/// A server that leaves the answers to somebody else.
class agency : public otp::gen_server<agency> {
 public:
  struct ask {
    using reply = std::uint64_t;
    otp::pid who;
  };
  struct ping {
    using reply = std::uint64_t;
    std::uint64_t number;
  };
  void handle_call(ask request, otp::from<std::uint64_t> from) {
    otp::send(request.who, handing{std::move(from)});
  }
  std::uint64_t handle_call(ping request) { return request.number; }

 private:
  life life_;
};

/// A server that ends at the line: when somebody else is going to answer, or when it is told to.
class mortal_server : public otp::gen_server<mortal_server> {
 public:
  struct ask {
    using reply = std::uint64_t;
    otp::pid who;
  };
  struct ping {
    using reply = std::uint64_t;
  };
  struct end {};

  explicit mortal_server(std::reference_wrapper<round> of) : round_(of) {}

  void handle_call(ask request, otp::from<std::uint64_t> from) {
    otp::send(request.who, handing{std::move(from)});
    die();
  }
  std::uint64_t handle_call(ping) { return 0; }
  void handle_cast(end) { die(); }

 private:
  void die() {
    round_.right_at_line();
    otp::exit(boom{round_.number()});
  }

  round& round_;
  life life_;
};

void require_boom(const otp::exit_reason& why, const round& r) {
  require(why.root() == otp::exit_reason{boom{r.number()}}, "a call failed with another reason");
}

/// The left one answers for the server, the right one calls it.
class answer_for_the_dying : public race {
 public:
  static constexpr std::string_view name = "reply_exit";
  static constexpr std::array<std::string_view, 2> outcomes{"answered", "failed with its reason"};

  void left(round& r) override {
    left_ = self();
    r.left_meets();
    auto from = take<handing>().from;
    r.left_at_line();
    from.reply(r.number());
  }
  void right(round& r) override {
    r.right_meets();
    const auto server = otp::start<mortal_server>(std::ref(r));
    otp::monitor(server.pid());
    const auto answer = otp::try_call(server, mortal_server::ask{left_}, otp::infinity);
    answered_ = answer.has_value();
    if (answered_) {
      require(*answer == r.number(), "the answer of another round");
    } else {
      require_boom(answer.error(), r);
    }
    require(await<otp::down>().process == server.pid(), "down of somebody else");
    expect_silence();
  }
  std::size_t outcome(const round&) override { return answered_ ? 0 : 1; }

 private:
  otp::pid left_;
  bool answered_ = false;
};
const entry<answer_for_the_dying> answered;

/// The left one calls.
class call_to_the_dying : public race {
 public:
  static constexpr std::string_view name = "call_exit";
  static constexpr std::array<std::string_view, 2> outcomes{
      "called in time: failed with its reason", "too late: failed with noproc"};

  void left(round& r) override {
    spin_until([&] { return started_.load(std::memory_order_acquire) == r.number(); });
    r.left_at_line();
    const auto answer = otp::try_call(server_, mortal_server::ping{}, otp::infinity);
    require(!answer, "a server that was ending has answered");
    late_ = answer.error().root() == otp::reason::noproc;
    if (!late_) require_boom(answer.error(), r);
    expect_silence();
  }
  void right(round& r) override {
    server_ = otp::start<mortal_server>(std::ref(r));
    otp::monitor(server_.pid());
    otp::cast(server_, mortal_server::end{});
    started_.store(r.number(), std::memory_order_release);  // publishes server_
    await<otp::down>();
  }
  std::size_t outcome(const round&) override { return late_ ? 1 : 0; }

 private:
  otp::server_ref<mortal_server> server_;
  std::atomic<std::uint64_t> started_{0};
  bool late_ = false;
};
const entry<call_to_the_dying> called;

/// A race about a call to a server that lives as long as the race.
class about_a_call : public race {
 public:
  void begin() override { server_ = otp::start<agency>(); }
  void end() override { otp::stop(server_); }

 protected:
  otp::server_ref<agency> server_;
};

/// The left one kills the caller, the right one answers it.
class answer_for_the_killed : public about_a_call {
 public:
  static constexpr std::string_view name = "reply_kill";
  static constexpr std::array<std::string_view, 3> outcomes{
      "answered, and ended by itself", "answered, then killed", "killed in its call"};

  void left(round& r) override {
    r.left_at_line();
    otp::exit(caller_, otp::reason::kill);
  }
  void right(round& r) override {
    answered_ = false;
    caller_ = start([this, &r, right = self()] {
      require(otp::call(server_, agency::ask{right}, otp::infinity) == r.number(),
              "the answer of another round");
      answered_ = true;
      look_at_signals();
    });
    auto from = await<handing>().from;
    r.right_at_line();
    from.reply(r.number());
    const auto end = await<otp::down>();
    killed_ = end.reason == otp::reason::killed;
    require(killed_ || (answered_ && end.reason == otp::reason::normal), "ended in another way");
    expect_silence();
  }
  std::size_t outcome(const round&) override { return !answered_ ? 2 : killed_ ? 1 : 0; }

 private:
  otp::pid caller_;
  bool answered_ = false;
  bool killed_ = false;
};
const entry<answer_for_the_killed> killed;

/// The left one answers sixteen who wait on the right for so short a time that their patience may be
/// over.
class answer_for_the_impatient : public about_a_call {
 public:
  static constexpr std::string_view name = "reply_timeout";
  static constexpr std::array<std::string_view, 2> outcomes{"answered", "timeout: it never comes"};

  std::size_t rounds_at_once() const override { return late_.size(); }

  void left(round& r) override {
    left_ = self();
    r.left_meets();
    std::array<otp::from<std::uint64_t>, 16> asked;
    for (auto& each : asked) each = take<handing>().from;
    r.pause_alone();
    for (auto& each : asked) {
      const auto caller = each.caller();
      each.reply(r.number());
      otp::send(caller, parcel{r.number()});
    }
  }
  void right(round& r) override {
    r.right_meets();
    for (auto& late : late_) {
      start([this, &late, number = r.number()] { late = wait(number); });
    }
    for (std::size_t i = 0; i < late_.size(); ++i) {
      require(await<otp::down>().reason == otp::reason::normal, "a caller has failed");
    }
  }
  std::size_t outcome(const round& r) override { return outcome_of(r, 0); }
  std::size_t outcome_of(const round&, std::size_t which) override { return late_[which] ? 1 : 0; }

 private:
  /// Whether the answer came too late.
  bool wait(std::uint64_t number) {
    const auto answer = otp::try_call(server_, agency::ask{left_}, 1ns);
    const bool late = !answer;
    require(late ? answer.error().root() == otp::reason::timeout : *answer == number,
            "another answer");
    await<parcel>().open();  // sent after the answer
    expect_silence();
    require(otp::call(server_, agency::ping{number}, otp::infinity) == number,
            "a late answer was taken for another");
    return late;
  }

  otp::pid left_;
  std::array<bool, 16> late_{};
};
const entry<answer_for_the_impatient> late;

}  // namespace

}  // namespace races
