// Watching a server from outside: statistics, log, trace, debug functions and status.
// One file, though long; what sys asks of a server is in sys.test.cpp.
#include "support/catch.hpp"
#include "support/machine.hpp"
#include "support/scripted.hpp"
#include <otp/agent.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/log_handlers.hpp>
#include <otp/logger.hpp>
#include <otp/registry.hpp>
#include <otp/supervisor.hpp>
#include <otp/sys.hpp>
#include <otp/task_supervisor.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace otp_test;
using otp::sys::debug_result;
using otp::sys::off;
using otp::sys::on;

namespace {

class sum : public otp::gen_server<sum> {
 public:
  struct add {
    int n;
  };
  struct get {
    using reply = int;
  };
  struct get_and_stop {
    using reply = int;
  };
  struct get_later {
    using reply = int;
  };
  struct wait_idle {};
  struct spoil {};
  using info = otp::messages<wait_idle>;

  void handle_cast(add m) { n_ += m.n; }
  void handle_cast(spoil) { n_ = -1; }
  int handle_call(get) const { return n_; }
  otp::reply<int> handle_call(get_and_stop) { return otp::reply<int>{n_}.and_stop("enough"s); }
  void handle_call(get_later, otp::from<int> from) { from.reply(n_); }
  otp::noreply handle_info(wait_idle) { return otp::noreply{}.and_timeout(1ms); }
  void handle_info(otp::idle_timeout) {}
  std::string format_status() const {
    if (n_ < 0) throw std::runtime_error{"no sum"};
    return fmt::to_string(n_);
  }

 private:
  int n_ = 0;
};

// Short names, and no pids: they differ from run to run.
std::string brief(otp::system_event e) {
  if (!e.state.empty()) e.state.insert(0, 1, ' ');
  const auto name = e.type.substr(e.type.rfind(':') + 1);
  switch (e.what) {
    case otp::system_event::kind::in: return "in " + name + (e.peer ? " call" : "");
    case otp::system_event::kind::out: return "out " + name + (e.peer ? "" : " nobody") + e.state;
    case otp::system_event::kind::noreply: break;
  }
  return "noreply" + e.state;
}

std::string brief(const std::vector<otp::system_event>& events) {
  std::string all;
  for (const auto& e : events) all += (all.empty() ? "" : ", ") + brief(e);
  return all;
}

template <class A>
std::string counts(const A& server) {
  const auto made = otp::sys::get_statistics(server);
  return made ? fmt::format("{} in, {} out", made->messages_in, made->messages_out) : "none";
}

// What `work` makes the program print to standard output.
template <class Work>
std::string printed(Work work) {
  std::fflush(stdout);
  const int terminal = ::dup(STDOUT_FILENO);
  std::FILE* const file = std::tmpfile();
  ::dup2(::fileno(file), STDOUT_FILENO);
  work();
  std::fflush(stdout);
  ::dup2(terminal, STDOUT_FILENO);
  ::close(terminal);
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

}  // namespace

TEST_CASE("statistics count messages in and answers out since they were switched on",
          "[sys][Y-009]") {
  const auto seen = simulated([] {
    const auto ref = otp::start<sum>();
    otp::cast(ref, sum::add{1});  // not counted
    otp::sys::statistics(ref, on);
    otp::cast(ref, sum::add{1});
    otp::call(ref, sum::get{});
    otp::call(ref, sum::get_later{});
    otp::send(ref.pid(), sum::wait_idle{});
    otp::sleep(2ms);  // idle_timeout counts, too
    otp::sys::statistics(ref, on);
    otp::sys::get_state(ref);
    const auto made = otp::sys::get_statistics(ref);
    return fmt::format("{}, {}, {}", counts(ref), made->elapsed / 1ms, made->reductions >= 5);
  });
  CHECK(seen == "5 in, 1 out, 2, true");
}

TEST_CASE("statistics that are off are nothing", "[sys][Y-010]") {
  const auto seen = always([] {
    const auto ref = otp::start<sum>();
    const auto before = counts(ref);
    otp::sys::statistics(ref, on);
    const auto between = counts(ref);
    otp::sys::statistics(ref, off);
    return before + ", " + between + ", " + counts(ref);
  });
  CHECK(seen == "none, 0 in, 0 out, none");
}

TEST_CASE("the log has the last events, a message and what it led to apart, the oldest first",
          "[sys][Y-011]") {
  const auto seen = always([] {
    const auto ref = otp::start<sum>();
    otp::sys::log(ref, 3);
    for (int i = 0; i < 3; ++i) {
      otp::cast(ref, sum::add{1});
      otp::call(ref, sum::get{});
    }
    return brief(otp::sys::get_log(ref));
  });
  CHECK(seen == "noreply 3, in get call, out int 3");
}

TEST_CASE("a smaller log keeps the latest of what it had, and one that is off forgets",
          "[sys][Y-011]") {
  const auto seen = always([] {
    const auto ref = otp::start<sum>();
    otp::sys::log(ref, on);
    otp::cast(ref, sum::add{1});
    otp::cast(ref, sum::add{1});
    otp::sys::log(ref, 1);
    const auto kept = brief(otp::sys::get_log(ref));
    otp::sys::log(ref, off);
    otp::cast(ref, sum::add{1});
    otp::sys::log(ref, on);
    return kept + "/" + brief(otp::sys::get_log(ref));
  });
  CHECK(seen == "noreply 2/");
}

TEST_CASE("an answer by otp::from is no event", "[sys][Y-011]") {
  const auto seen = always([] {
    const auto ref = otp::start<sum>();
    otp::sys::log(ref, on);
    otp::call(ref, sum::get_later{});
    return brief(otp::sys::get_log(ref));
  });
  CHECK(seen == "in get_later call, noreply 0");
}

TEST_CASE("a debug function is called with every event until it is removed", "[sys][Y-012]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<sum>();
    const auto tell = [log, n = 0](const otp::system_event& e) mutable {
      log.note(fmt::format("{}: {}", n++, brief(e)));
    };
    log.note(fmt::to_string(otp::sys::install(ref, "id", tell)));
    log.note(fmt::to_string(otp::sys::install(ref, "id", tell)));
    otp::cast(ref, sum::add{1});
    otp::call(ref, sum::get{});
    log.note(fmt::to_string(otp::sys::remove(ref, "id")));
    log.note(fmt::to_string(otp::sys::remove(ref, "id")));
    otp::call(ref, sum::get{});
    return log.text();
  });
  CHECK(seen == "true, false, 0: in add, 1: noreply 1, 2: in get call, 3: out int 1, true, false");
}

TEST_CASE("a debug function that is done is called no more", "[sys][Y-012]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<sum>();
    otp::sys::install(ref, "two", [log, n = 0](const otp::system_event& e) mutable {
      log.note(brief(e));
      return ++n < 2 ? debug_result::keep : debug_result::done;
    });
    for (int i = 0; i < 3; ++i) otp::call(ref, sum::get{});
    log.note(fmt::to_string(otp::sys::get_status(ref).functions.size()));
    return log.text();
  });
  CHECK(seen == "in get call, out int 0, 0");
}

TEST_CASE("a debug function that fails is removed with a warning, and the server lives",
          "[sys][Y-012]") {
  const otp::log_recorder warnings;
  otp::testing::simulation world{1, quiet};
  world.runtime().log().add_handler("recorder", warnings.handler());
  const journal log;
  otp::spawn([&log] {
    const auto ref = otp::start<sum>();
    otp::sys::install(ref, "bad", [log](const otp::system_event& e) {
      log.note(brief(e));
      throw std::runtime_error{"oops"};
    });
    log.note(fmt::to_string(otp::call(ref, sum::get{})));
    log.note(fmt::to_string(otp::sys::get_status(ref).functions.size()));
  });
  world.advance(1s);
  CHECK(log.text() == "in get call, 0, 0");
  REQUIRE(warnings.events().size() == 1);
  CHECK(warnings.events().front().message.find("\"bad\"") != std::string::npos);
}

TEST_CASE("a server that is killed in a debug function leaves nobody waiting", "[sys][Y-012]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<sum>();
    const auto boss = otp::this_process::self();
    otp::sys::install(ref, "wait", [boss](const otp::system_event& e) {
      if (e.what == otp::system_event::kind::out) stay_busy_for(boss);
    });
    meanwhile([=] {
      const auto outcome = otp::try_call(ref, sum::get{});
      log.note(outcome ? "answered" : root_of(outcome.error()));
    });
    await_hello();
    otp::exit(ref.pid(), otp::reason::kill);
    await_go();
    return log.text();
  });
  CHECK(seen == "killed");
}

TEST_CASE("a format_status that fails does not harm a server that is watched", "[sys][Y-011]") {
  const auto seen = always([] {
    const auto ref = otp::start<sum>();
    otp::sys::log(ref, on);
    otp::cast(ref, sum::spoil{});
    return fmt::format("{}, {}", otp::call(ref, sum::get{}), otp::sys::get_log(ref).at(1).state);
  });
  CHECK(seen == "-1, (cannot be formatted: std::runtime_error: no sum)");
}

TEST_CASE("an answer with a stop is an event, and the last", "[sys][Y-012]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<sum>();
    otp::sys::install(ref, "id", [log](const otp::system_event& e) { log.note(brief(e)); });
    otp::call(ref, sum::get_and_stop{});
    await_end(ref.pid());
    return log.text();
  });
  CHECK(seen == "in get_and_stop call, out int 0");
}

TEST_CASE("what waited for a suspended server is an event when it is handled",
          "[sys][Y-004][Y-012]") {
  const auto seen = always([] {
    const auto ref = otp::start<sum>();
    otp::sys::log(ref, on);
    otp::sys::suspend(ref);
    otp::cast(ref, sum::add{1});
    const auto before = brief(otp::sys::get_log(ref));
    otp::sys::resume(ref);
    return before + "/" + brief(otp::sys::get_log(ref));
  });
  CHECK(seen == "/in add, noreply 1");
}

TEST_CASE("trace prints the events, and print_log those of the log, to standard output",
          "[sys][Y-012]") {
  const auto lines = printed([] {
    simulated(1, [] {
      const auto ref = otp::start<sum>(otp::start_options{.name = "sum"});
      otp::sys::trace(ref, on);
      otp::cast(ref, sum::add{1});
      otp::sys::trace(ref, off);
      otp::sys::log(ref, on);
      otp::cast(ref, sum::add{1});
      otp::sys::print_log(ref);
      return 0;
    });
  });
  const auto got = "got " + std::string{otp::detail::type_name<sum::add>()};
  CHECK(lines == "*DBG* sum " + got + "\n*DBG* sum new state 1\n*DBG* sum " + got +
                     "\n*DBG* sum new state 2\n");
}

TEST_CASE("events read as in OTP", "[sys][Y-012]") {
  using kind = otp::system_event::kind;
  constexpr otp::pid caller{0, 3, 7};
  CHECK(fmt::to_string(otp::system_event{.what = kind::in, .type = "add"}) == "got add");
  CHECK(fmt::to_string(otp::system_event{.what = kind::in, .type = "get", .peer = caller}) ==
        "got get from <0.7>");
  CHECK(fmt::to_string(otp::system_event{
            .what = kind::out, .type = "int", .peer = caller, .state = "3"}) ==
        "sent int to <0.7>, new state 3");
  CHECK(fmt::to_string(otp::system_event{.what = kind::out, .type = "int"}) == "sent int");
  CHECK(fmt::to_string(otp::system_event{.what = kind::noreply, .state = "3"}) == "new state 3");
}

TEST_CASE("get_status tells who a server is, whether it runs, and what is set up in it",
          "[sys][Y-013]") {
  const auto seen = always([] {
    const auto ref = otp::start_link<sum>(otp::start_options{.name = "sum"});
    otp::sys::suspend(ref);
    otp::sys::statistics(ref, on);
    otp::sys::log(ref, 5);
    otp::sys::install(ref, "one", [](const otp::system_event&) {});
    otp::sys::install(ref, "two", [](const otp::system_event&) {});
    const auto s = otp::sys::get_status(ref);
    const auto me = otp::this_process::self();
    return fmt::format("{} {} {} {} {} {} {} {} {} {} {}", s.process == ref.pid(), s.name,
                       s.kind.ends_with("sum"), s.suspended, s.parent == me,
                       s.ancestors.front() == me, s.statistics, s.trace, s.log_size,
                       fmt::join(s.functions, "+"), s.state);
  });
  CHECK(seen == "true sum true true true true true false 5 one+two 0");
}

TEST_CASE("no_debug ends all watching, and not a suspension", "[sys][Y-013]") {
  const auto seen = always([] {
    const auto ref = otp::start<sum>();
    otp::sys::statistics(ref, on);
    otp::sys::log(ref, on);
    otp::sys::install(ref, "id", [](const otp::system_event&) {});
    otp::sys::suspend(ref);
    otp::sys::no_debug(ref);
    const auto s = otp::sys::get_status(ref);
    return fmt::format("{} {} {} {} {} {}", s.suspended, s.statistics, s.log_size,
                       s.functions.size(), counts(ref), s.parent == otp::pid{});
  });
  CHECK(seen == "true false 0 0 none true");
}

TEST_CASE("the status of a server with a busy handler is not told in time", "[sys][Y-015]") {
  const auto seen = always([]() -> std::string {
    const auto ref = otp::start<scripted>(otp::start_options{.name = "busy"}, plan{});
    occupy(ref);
    try {
      otp::sys::get_status(otp::name<scripted>{"busy"}, 1ms);
    } catch (const otp::exit_error& error) {
      return error.what();
    }
    return "told";
  });
  CHECK(seen == "timeout in call sys::get_status to \"busy\"");
}

TEST_CASE("there is nobody to watch where nobody is", "[sys][Y-014]") {
  const auto seen = always([] {
    const auto nobody = otp::name<sum>{"nobody"};
    return exit_of([&] { otp::sys::trace(nobody, on); }) + ", " +
           exit_of([&] { otp::sys::get_log(nobody); });
  });
  CHECK(seen ==
        "noproc in call sys::trace to \"nobody\", noproc in call sys::get_log to \"nobody\"");
}

TEST_CASE("a plain thread may watch a server", "[sys][Y-009]") {
  otp::runtime world{quiet};
  const auto ref = world.start<sum>();
  otp::sys::statistics(ref, on);
  otp::call(ref, sum::get{});
  CHECK(counts(ref) == "1 in, 1 out");
}

namespace {

class gate : public otp::gen_statem<gate> {
 public:
  enum class state { shut, open };
  using enum state;
  struct push {};
  struct is_open {
    using reply = bool;
  };
  struct open_it {
    using reply = int;
  };
  transition handle_cast(in<shut>, push) { return next_state(open).and_state_timeout(1ms); }
  transition handle_cast(in<open>, push) { return postpone(); }
  transition handle_state_timeout(state) { return next_state(shut); }
  bool handle_call(in<shut>, is_open) { return false; }
  bool handle_call(in<open>, is_open) { return true; }
  transition handle_call(state, open_it, otp::from<int>& caller) {
    return next_state(open).and_reply(caller, 1);
  }
  std::string format_status() const { return "gate"; }
};

}  // namespace

TEST_CASE("a state machine tells its messages, timeouts and answers", "[sys][Y-011]") {
  const auto seen = simulated([] {
    const auto ref = otp::start<gate>();
    otp::sys::log(ref, 20);
    otp::call(ref, gate::is_open{});
    otp::cast(ref, gate::push{});
    otp::sleep(2ms);
    otp::call(ref, gate::open_it{});
    otp::sys::statistics(ref, on);
    otp::call(ref, gate::is_open{});
    return brief(otp::sys::get_log(ref)) + "; " + counts(ref);
  });
  CHECK(seen ==
        "in is_open call, out bool, noreply {shut, gate}, in push, noreply {open, gate}, "
        "in handle_state_timeout, noreply {shut, gate}, in open_it call, out int, "
        "noreply {open, gate}, in is_open call, out bool, noreply {open, gate}; 1 in, 1 out");
}

TEST_CASE("every behaviour has a status and statistics", "[sys][Y-009][Y-013]") {
  const auto seen = always([] {
    std::string all;
    const auto watch = [&](const otp::pid& server, auto work) {
      otp::sys::statistics(server, on);
      work();
      const auto status = otp::sys::get_status(server);
      const auto made = otp::sys::get_statistics(server);
      all += fmt::format("{} {}, ", status.process == server && !status.suspended,
                         made && made->messages_in > 0 && made->messages_out > 0);
    };
    const auto agent = otp::start<otp::agent<int>>([] { return 0; });
    watch(agent.pid(), [&] { otp::get(agent, [](int n) { return n; }); });
    using table = otp::registry<int, int>;
    const auto registry =
        otp::start<table>(otp::start_options{.name = "table"}, otp::registry_keys::unique);
    otp::sys::statistics(registry, on);
    all += fmt::format("{}, ", otp::sys::get_status(registry).process == registry.pid());
    const auto supervisor = otp::start_link(otp::supervisor_spec{});
    watch(supervisor.pid(), [&] { otp::which_children(supervisor); });
    const auto dynamic = otp::start_link(otp::dynamic_supervisor_spec{});
    watch(dynamic.pid(), [&] { otp::which_children(dynamic); });
    const auto tasks = otp::start_link(otp::task_supervisor_spec{});
    watch(tasks.pid(), [&] { otp::which_children(tasks); });
    return all;
  });
  CHECK(seen == "true true, true, true true, true true, true true, ");
}
