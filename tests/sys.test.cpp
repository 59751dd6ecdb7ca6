// Looking into a server from outside.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/gen_server.hpp>
#include <otp/process_info.hpp>
#include <otp/sys.hpp>

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

using namespace otp_test;

namespace {

class shelf : public otp::gen_server<shelf> {
 public:
  struct put {
    std::string item;
  };
  struct look {
    using reply = std::string;
  };
  explicit shelf(std::string items) : items_{std::move(items)} {}
  void handle_cast(put message) { items_ += message.item; }
  std::string handle_call(look) const { return items_; }
  std::string format_status() const {
    if (items_ == "?") throw std::runtime_error{"what is that"};
    return "on the shelf: " + items_;
  }
  const std::string& items() const { return items_; }

 private:
  std::string items_;
};

struct plain : otp::gen_server<plain> {};
struct formatted : otp::gen_server<formatted> {};

template <class Work>
std::string root_of_failure(Work work) {
  try {
    work();
  } catch (const otp::exit_error& error) {
    return root_of(error.reason());
  }
  return "no failure";
}

}  // namespace

template <>
struct fmt::formatter<formatted> : fmt::formatter<std::string> {
  template <class Context>
  auto format(const formatted&, Context& context) const {
    return fmt::format_to(context.out(), "as fmt writes it");
  }
};

TEST_CASE("get_state tells the state, after what was sent before", "[sys][Y-001]") {
  const auto seen = always([] {
    const auto ref = otp::start<shelf>("a"s);
    otp::cast(ref, shelf::put{"b"});
    return otp::sys::get_state(ref);
  });
  CHECK(seen == "on the shelf: ab");
}

TEST_CASE("get_state accepts a name and a pid", "[sys][Y-001]") {
  const auto seen = always([] {
    const auto ref = otp::start<shelf>(otp::start_options{.name = "shelf"}, "a"s);
    return otp::sys::get_state(ref.pid()) + ", " + otp::sys::get_state(otp::name<shelf>{"shelf"});
  });
  CHECK(seen == "on the shelf: a, on the shelf: a");
}

TEST_CASE("without format_status the state is written by fmt, or named", "[sys][Y-001]") {
  CHECK(always([] { return otp::sys::get_state(otp::start<formatted>()); }) == "as fmt writes it");
  const auto named = always([] { return otp::sys::get_state(otp::start<plain>()); });
  CHECK(named.find("plain") != std::string::npos);
}

TEST_CASE("a plain thread may ask for a state", "[sys][Y-001]") {
  otp::runtime world{quiet};
  CHECK(otp::sys::get_state(world.start<shelf>("a"s)) == "on the shelf: a");
}

TEST_CASE("a server whose format_status fails lives, and who asks hears the failure",
          "[sys][Y-001]") {
  const auto seen = always([] {
    const auto ref = otp::start<shelf>("?"s);
    return root_of_failure([&] { otp::sys::get_state(ref); }) + ", " +
           otp::call(ref, shelf::look{});
  });
  CHECK(seen == "std::runtime_error: what is that, ?");
}

TEST_CASE("replace_state installs the state that the function returns, and tells it",
          "[sys][Y-002]") {
  const auto seen = always([] {
    const auto ref = otp::start<shelf>("a"s);
    const auto text =
        otp::sys::replace_state(ref, [](const shelf& old) { return shelf{old.items() + "!"}; });
    return text + ", " + otp::call(ref, shelf::look{});
  });
  CHECK(seen == "on the shelf: a!, a!");
}

TEST_CASE("a server keeps its state when the function for the next one fails", "[sys][Y-003]") {
  const auto seen = always([] {
    const auto ref = otp::start<shelf>("a"s);
    const auto failing = [](const shelf&) -> shelf { throw std::runtime_error{"no idea"}; };
    const auto leaving = [](const shelf&) -> shelf { otp::exit("no, thanks"); };
    return root_of_failure([&] { otp::sys::replace_state(ref, failing); }) + ", " +
           root_of_failure([&] { otp::sys::replace_state(ref, leaving); }) + ", " +
           otp::call(ref, shelf::look{});
  });
  CHECK(seen == "std::runtime_error: no idea, no, thanks, a");
}

TEST_CASE("replace_state of a server of another class is refused", "[sys][Y-003]") {
  const auto seen = always([] {
    const auto ref = otp::start<plain>();
    const auto change = [](const shelf&) { return shelf{"b"}; };
    const auto heard = root_of_failure(
        [&] { otp::sys::replace_state(otp::server_ref<shelf>{ref.pid()}, change); });
    return heard.starts_with("the process is not a") && otp::is_alive(ref.pid());
  });
  CHECK(seen == "true");
}

TEST_CASE("a server that is killed while it replaces its state leaves nobody waiting",
          "[sys][Y-003]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<shelf>("a"s);
    const auto boss = otp::this_process::self();
    meanwhile([=] {
      const auto wait = [boss](const shelf& old) {
        stay_busy_for(boss);
        return old;
      };
      log.note(root_of_failure([&] { otp::sys::replace_state(ref, wait); }));
    });
    await_hello();
    otp::exit(ref.pid(), otp::reason::kill);
    await_go();
    return log.text();
  });
  CHECK(seen == "killed");
}

TEST_CASE("a system request to nobody fails with noproc", "[sys][Y-014]") {
  const auto seen = always([]() -> std::string {
    const auto ref = otp::start<shelf>("a"s);
    otp::stop(ref);
    const auto change = [](const shelf& old) { return old; };
    return root_of_failure([&] { otp::sys::get_state(ref); }) + ", " +
           root_of_failure([&] { otp::sys::get_state(otp::name<shelf>{"nobody"}); }) + ", " +
           root_of_failure([&] { otp::sys::replace_state(ref, change); });
  });
  CHECK(seen == "noproc, noproc, noproc");
}

TEST_CASE("a system request that is not answered in time fails with timeout", "[sys][Y-015]") {
  const auto seen = always([]() -> std::string {
    const auto ref = otp::start<scripted>(otp::start_options{.name = "busy"}, plan{});
    occupy(ref);
    try {
      return otp::sys::get_state(otp::name<scripted>{"busy"}, 1ms);
    } catch (const otp::exit_error& error) {
      return error.what();
    }
  });
  CHECK(seen == "timeout in call sys::get_state to \"busy\"");
}

namespace {

// The process has sent its request by then.
void until_waiting(const otp::pid& who) {
  for (auto info = otp::process_info(who); info && !info->waiting;) info = otp::process_info(who);
}

}  // namespace

TEST_CASE("a suspended server puts messages aside, and handles them in their order when it goes on",
          "[sys][Y-004][Y-005]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log});
    otp::sys::suspend(ref);
    otp::cast(ref, scripted::order{[log] { log.note("first"); }});
    otp::send(ref.pid(), scripted::poke{[log] { log.note("second"); }});
    until_waiting(otp::spawn([=] {
      otp::call(ref, scripted::ask{[log]() -> scripted::answer { return log.note("third"), "done"s; }});
    }));
    log.note("resume");
    otp::sys::resume(ref);
    otp::call(ref, scripted::ask{[log]() -> scripted::answer { return log.note("fourth"), "done"s; }});
    return log.text();
  });
  CHECK(seen == "resume, first, second, third, fourth");
}

TEST_CASE("one resume is enough for two suspensions", "[sys][Y-006]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    otp::sys::suspend(ref);
    otp::sys::suspend(ref.pid());
    otp::sys::resume(ref.pid());
    return otp::call(ref, scripted::ask{say("answers")});
  });
  CHECK(seen == "answers");
}

TEST_CASE("a suspended server follows its parent", "[sys][Y-008]") {
  const auto seen = always([] {
    const journal log;
    const auto boss = otp::this_process::self();
    const auto parent = puppet();
    in(parent, [=] {
      const auto ref = otp::start_link<scripted>(plan{.log = log, .trap = true});
      otp::sys::suspend(ref);
      otp::send(boss, ref.pid());
    });
    const auto server = otp::receive([](otp::pid p) { return p; });
    const auto end = end_of(server, [&] { otp::exit(parent, "oops"s); });
    return end + ", " + log.text();
  });
  CHECK(seen == "oops, terminate oops");
}

TEST_CASE("callers whose requests a suspended server has put aside hear of its end", "[sys][G-035]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    otp::sys::suspend(ref);
    const journal log;
    const auto boss = otp::this_process::self();
    until_waiting(otp::spawn([=] {
      log.note(answered(otp::try_call(ref, scripted::ask{say("never")})));
      tell(boss, "heard");
    }));
    otp::sys::get_state(ref);
    otp::exit(ref.pid(), otp::reason::kill);
    hear();
    return log.text();
  });
  CHECK(seen == "failed: killed");
}
