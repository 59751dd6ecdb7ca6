// Mailboxes with a limit: what is let in, what becomes of the rest, and what always arrives.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/call_async.hpp>
#include <otp/gen_server.hpp>
#include <otp/mailbox.hpp>
#include <otp/process_executor.hpp>
#include <otp/process_info.hpp>
#include <otp/pubsub.hpp>
#include <otp/sys.hpp>
#include <otp/timer.hpp>

#include <boost/asio/bind_executor.hpp>

#include <chrono>
#include <exception>
#include <string>
#include <utility>
#include <vector>

using namespace otp_test;
using namespace std::chrono_literals;
using otp::this_process::self;

namespace {

/// A server that can be held in a handler until somebody lets it go, and knows what it has handled.
class desk : public otp::gen_server<desk> {
 public:
  struct hold {
    otp::pid boss;
  };
  struct leave {};
  struct item {
    int number;
  };
  struct question {
    using reply = int;
  };
  using info = otp::messages<leave, item>;

  explicit desk(bool trap = false) { otp::this_process::trap_exit(trap); }

  void handle_cast(hold h) {
    tell(h.boss, "held");
    otp::receive([](leave) {});
    tell(h.boss, "left");
  }
  void handle_cast(item i) { note(std::to_string(i.number)); }
  void handle_info(item i) { note(std::to_string(i.number)); }
  void handle_info(leave) {}
  void handle_info(const otp::down&) { note("down"); }
  void handle_info(const otp::exited&) { note("exited"); }
  int handle_call(question) {
    note("asked");
    return 42;
  }
  std::string format_status() const { return log_; }

 private:
  void note(const std::string& what) { log_ += (log_.empty() ? "" : " ") + what; }
  std::string log_;
};

using desk_ref = otp::server_ref<desk>;

/// A desk that is held, with room for two.
desk_ref held_desk(otp::when_full how, bool trap = false) {
  const auto ref = otp::start<desk>({.mailbox = {.limit = 2, .when_full = how}}, trap);
  otp::cast(ref, desk::hold{self()});
  hear();
  return ref;
}

/// Lets the desk go: by a timer, which a full mailbox takes.
void let_go(const desk_ref& ref) {
  otp::send_after(0ms, ref.pid(), desk::leave{});
  hear();
}

/// What the desk has handled when all that was sent before is done: a question that a full mailbox takes.
std::string handled_by(const desk_ref& ref) { return otp::sys::get_state(ref); }

void fill(const desk_ref& ref) {
  otp::cast(ref, desk::item{1});
  otp::send(ref.pid(), desk::item{2});
}

/// Sends the other three messages when it is told to.
struct pair : otp::gen_server<pair> {
  struct meet {
    otp::pid other;
    otp::pid boss;
  };
  struct item {};
  using info = otp::messages<item>;
  void handle_info(item) {}
  void handle_cast(meet m) {
    tell(m.boss, "ready");
    otp::receive([](note) {});
    const auto why = exit_of([&] {
      for (int i = 0; i < 3; ++i) otp::send(m.other, item{});
    });
    if (why != "no exit") tell(m.boss, why.substr(0, why.find(':')));
    tell(m.boss, "over");
  }
};

/// Asks a desk and stops it, with more to do than its mailbox holds.
struct busy : otp::gen_server<busy> {
  struct item {};
  struct work {
    desk_ref other;
    otp::pid boss;
  };
  void handle_cast(item) {}
  void handle_info(const otp::down& d) { tell(boss_, "down " + d.reason.to_string()); }
  void handle_cast(work w) {
    boss_ = w.boss;
    otp::monitor(w.other.pid());
    tell(w.boss, "ready");
    otp::receive([](note) {});
    tell(w.boss, fmt::to_string(otp::call(w.other, desk::question{})));
    otp::stop(w.other);
  }
  otp::pid boss_;
};

/// Sends itself more than its mailbox holds.
struct selfish : otp::gen_server<selfish> {
  struct begin {
    using reply = int;
  };
  struct item {};
  int handle_call(begin) {
    for (int i = 0; i < 5; ++i)
      otp::cast(otp::server_ref<selfish>{otp::this_process::self()}, item{});
    return 5;
  }
  void handle_cast(item) { ++handled_; }
  std::string format_status() const { return std::to_string(handled_); }
  int handled_ = 0;
};

/// Counts what is broadcast.
struct listener : otp::gen_server<listener> {
  using message = otp::shared<std::string>;
  using info = otp::messages<message>;
  explicit listener(otp::server_ref<otp::pubsub> hub) { otp::subscribe(hub, "news"); }
  void handle_info(message) { ++heard_; }
  std::string format_status() const { return std::to_string(heard_); }
  int heard_ = 0;
};

constexpr int senders = 8;
constexpr int each = 2000;

/// Notes the most that ever waited.
struct sink : otp::gen_server<sink> {
  struct item {
    int sender;
    int number;
  };
  void handle_cast(item i) {
    ordered_ = ordered_ && next_[static_cast<std::size_t>(i.sender)]++ == i.number;
    ++count_;
    const auto waiting = otp::process_info(otp::this_process::self())->message_queue_len;
    if (waiting > most_) most_ = waiting;
  }
  std::string format_status() const {
    // Each waiting sender has one request more in the queue.
    return fmt::format("{} {} {}", count_, ordered_, most_ <= 4 + senders);
  }
  std::vector<int> next_ = std::vector<int>(senders, 0);
  int count_ = 0;
  bool ordered_ = true;
  std::size_t most_ = 0;
};

}  // namespace

TEST_CASE("a mailbox without a limit takes all that comes", "[mailbox]") {
  CHECK(always([] {
          const auto ref = otp::start<desk>();
          for (int i = 0; i < 1000; ++i) otp::cast(ref, desk::item{7});
          return handled_by(ref).size();
        }) == "1999");
}

// ---- refuse

TEST_CASE("a full mailbox that refuses tells those who cast and send", "[mailbox]") {
  CHECK(always([] {
          const auto ref = held_desk(otp::when_full::refuse);
          fill(ref);
          auto told = exit_of([&] { otp::cast(ref, desk::item{3}); });
          told += ", " + exit_of([&] { otp::send(ref.pid(), desk::item{4}); });
          let_go(ref);
          return told + ": " + handled_by(ref);
        }) == "mailbox_full, mailbox_full: 1 2");
}

TEST_CASE("a call to a full mailbox that refuses or sheds fails at once", "[mailbox]") {
  for (const auto how : {otp::when_full::refuse, otp::when_full::shed}) {
    CHECK(always([how] {
            const auto ref = held_desk(how);
            fill(ref);
            const auto answer = otp::try_call(ref, desk::question{}, otp::infinity);
            let_go(ref);
            return std::string{answer.error().root().to_string()} + ": " + handled_by(ref);
          }) == "mailbox_full: 1 2");
  }
}

TEST_CASE("a mailbox that was full takes messages again", "[mailbox]") {
  CHECK(always([] {
          const auto ref = held_desk(otp::when_full::refuse);
          fill(ref);
          exit_of([&] { otp::cast(ref, desk::item{3}); });
          let_go(ref);
          handled_by(ref);
          otp::cast(ref, desk::item{4});
          const int answer = otp::call(ref, desk::question{});
          return fmt::format("{}: {}", answer, handled_by(ref));
        }) == "42: 1 2 4 asked");
}

// ---- shed

TEST_CASE("a full mailbox that sheds loses messages without a word, and counts them", "[mailbox]") {
  CHECK(always([] {
          const auto ref = held_desk(otp::when_full::shed);
          fill(ref);
          for (int i = 0; i < 10; ++i) otp::cast(ref, desk::item{3});
          const auto lost = otp::process_info(ref.pid())->messages_refused;
          let_go(ref);
          return fmt::format("{} lost: {}", lost, handled_by(ref));
        }) == "10 lost: 1 2");
}

// ---- wait

TEST_CASE("who sends to a full mailbox that lets them wait goes on when there is room",
          "[mailbox]") {
  CHECK(always([] {
          const auto ref = held_desk(otp::when_full::wait);
          fill(ref);
          const auto boss = self();
          const auto sender = otp::spawn([ref, boss] {
            otp::cast(ref, desk::item{3});
            tell(boss, "sent");
          });
          const auto early = hear(0s);
          let_go(ref);
          const auto late = hear();
          otp::monitor(sender);
          hear();
          return fmt::format("{}, {}: {}", early, late, handled_by(ref));
        }) == "silence, sent: 1 2 3");
}

TEST_CASE("a call to a full mailbox that lets senders wait is taken, and waits for its answer",
          "[mailbox]") {
  CHECK(always([] {
          const auto ref = held_desk(otp::when_full::wait);
          fill(ref);
          let_go(ref);
          const int answer = otp::call(ref, desk::question{});
          return fmt::format("{}: {}", answer, handled_by(ref));
        }) == "42: 1 2 asked");
}

TEST_CASE("a sender that waits for room hears nothing when the server ends instead", "[mailbox]") {
  CHECK(always([] {
          const auto ref = held_desk(otp::when_full::wait);
          fill(ref);
          const auto boss = self();
          otp::spawn([ref, boss] {
            tell(boss, "sends");
            otp::cast(ref, desk::item{3});
            tell(boss, "goes on");
          });
          auto heard = hear();
          otp::exit(ref.pid(), otp::reason::kill);
          heard += ", " + hear();
          return heard;
        }) == "sends, goes on");
}

TEST_CASE("two servers whose full mailboxes wait for each other: one is told of the circle",
          "[mailbox]") {
  CHECK(always([] {
          const otp::start_options options{
              .mailbox = {.limit = 1, .when_full = otp::when_full::wait}};
          const auto a = otp::start<pair>(options);
          const auto b = otp::start<pair>(options);
          otp::cast(a, pair::meet{b.pid(), self()});
          otp::cast(b, pair::meet{a.pid(), self()});
          hear(2);
          otp::send_after(0ms, a.pid(), note{});
          otp::send_after(0ms, b.pid(), note{});
          return hear(3).find("deadlock") != std::string::npos;
        }) == "true");
}

TEST_CASE("a plain thread waits for room, too", "[mailbox]") {
  otp::runtime rt{quiet};
  const auto scope = rt.enter();
  const auto ref = otp::start<desk>({.mailbox = {.limit = 2, .when_full = otp::when_full::wait}});
  for (int i = 0; i < 1000; ++i) otp::cast(ref, desk::item{7});
  CHECK(otp::sys::get_state(ref).size() == 1999);
}

TEST_CASE("a call with a token that finds a full mailbox completes with mailbox_full",
          "[mailbox]") {
  for (const auto how : {otp::when_full::refuse, otp::when_full::shed, otp::when_full::wait}) {
    CHECK(always([how] {
            const auto ref = held_desk(how);
            fill(ref);
            otp::call(ref, desk::question{},
                      boost::asio::bind_executor(
                          otp::this_process::get_executor(),
                          [me = self()](const std::exception_ptr& error, int) {
                            tell(me, otp::exit_reason::from_exception(error).root().to_string());
                          }));
            return hear();
          }) == "mailbox_full");
  }
}

// ---- what always arrives

TEST_CASE("timers, ends, replies and system requests come into a full mailbox", "[mailbox]") {
  CHECK(always([] {
          const auto ref = held_desk(otp::when_full::refuse, true);
          fill(ref);
          otp::send_after(0ms, ref.pid(), desk::item{3});
          otp::exit(ref.pid(), otp::exit_reason{"a stranger's"s});
          let_go(ref);
          auto handled = handled_by(ref);
          return fmt::format("{} {}", handled.find('3') != std::string::npos,
                             handled.find("exited") != std::string::npos);
        }) == "true true");
}

TEST_CASE("a server whose mailbox is full is stopped in its turn", "[mailbox]") {
  CHECK(always([] {
          const auto ref = held_desk(otp::when_full::refuse);
          fill(ref);
          let_go(ref);
          return end_of(ref.pid(), [&] { otp::stop(ref, otp::reason::shutdown); });
        }) == "shutdown");
}

TEST_CASE("a server may call others while its own mailbox is full, and hears of their ends",
          "[mailbox]") {
  CHECK(always([] {
          const auto other = otp::start<desk>();
          const auto ref = otp::start<busy>({.mailbox = {.limit = 1}});
          otp::cast(ref, busy::work{other, self()});
          auto heard = hear();
          otp::cast(ref, busy::item{});
          otp::send_after(0ms, ref.pid(), note{});
          return heard + ", " + hear(2);
        }) == "ready, 42, down normal");
}

TEST_CASE("what a server sends to itself is never refused", "[mailbox]") {
  CHECK(always([] {
          const auto ref = otp::start<selfish>({.mailbox = {.limit = 1}});
          otp::call(ref, selfish::begin{});
          return otp::sys::get_state(ref);
        }) == "5");
}

TEST_CASE("what a suspended server has put aside still counts", "[mailbox]") {
  CHECK(always([] {
          const auto ref = otp::start<desk>({.mailbox = {.limit = 2}});
          otp::sys::suspend(ref);
          fill(ref);
          const auto told = exit_of([&] { otp::cast(ref, desk::item{3}); });
          otp::sys::resume(ref);
          const auto handled = handled_by(ref);
          otp::cast(ref, desk::item{4});
          return fmt::format("{}: {}; {}", told, handled, handled_by(ref));
        }) == "mailbox_full: 1 2; 1 2 4");
}

TEST_CASE("a broadcast passes over a subscriber whose mailbox is full, and reaches the others",
          "[mailbox][pubsub]") {
  CHECK(always([] {
          const auto hub = otp::start<otp::pubsub>();
          const auto narrow = otp::start<listener>({.mailbox = {.limit = 1}}, hub);
          const auto wide = otp::start<listener>(hub);
          otp::sys::suspend(narrow);
          for (int i = 0; i < 5; ++i) otp::broadcast(hub, "news", "x"s);
          otp::sys::resume(narrow);
          return otp::sys::get_state(narrow) + " " + otp::sys::get_state(wide);
        }) == "1 5");
}

// ---- under load

TEST_CASE("many senders that wait lose nothing and keep their order", "[mailbox]") {
  CHECK(threaded([] {
          const auto ref =
              otp::start<sink>({.mailbox = {.limit = 4, .when_full = otp::when_full::wait}});
          for (int s = 0; s < senders; ++s) {
            otp::spawn_monitor([ref, s] {
              for (int i = 0; i < each; ++i) otp::cast(ref, sink::item{s, i});
            });
          }
          for (int s = 0; s < senders; ++s) otp::receive([](const otp::down&) {});
          return otp::sys::get_state(ref);
        }) == "16000 true true");
}

TEST_CASE("a limit stays with its server: the next in the same slot has none of it", "[mailbox]") {
  CHECK(always([] {
          for (int i = 0; i < 300; ++i) {
            const auto narrow = otp::start<desk>({.mailbox = {.limit = 1}});
            otp::sys::suspend(narrow);
            otp::cast(narrow, desk::item{1});
            otp::stop(narrow);
            const auto wide = otp::start<desk>();
            for (int n = 0; n < 3; ++n) otp::cast(wide, desk::item{n});
            if (handled_by(wide) != "0 1 2") return "lost"s;
            otp::stop(wide);
          }
          return "fine"s;
        }) == "fine");
}
