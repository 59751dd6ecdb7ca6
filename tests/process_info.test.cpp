#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/process_info.hpp>
#include <otp/sys.hpp>

using namespace otp_test;
using otp::this_process::self;

TEST_CASE("a process tells its relations, names and ancestors", "[process_info]") {
  CHECK(always([] {
          const auto child = puppet();
          otp::link(child);
          otp::monitor(child);
          otp::register_name("known", child);
          const auto info = otp::process_info(child);
          const std::vector<otp::pid> me{self()};
          return info && info->links == me && info->monitored_by == me && info->monitors.empty() &&
                 info->registered_names == std::vector{"known"s} && !info->ancestors.empty() &&
                 info->ancestors.front() == self() && info->kind == "process";
        }) == "true");
}

TEST_CASE("a server that waits in a handler tells what waits in its mailbox", "[process_info]") {
  CHECK(always([] {
          const auto ref = otp::start<scripted>();
          otp::cast(ref, scripted::order{[] { hear(); }});
          for (int i = 0; i < 3; ++i) otp::cast(ref, scripted::order{[] {}});
          auto info = otp::process_info(ref.pid());
          while (info && !info->waiting) info = otp::process_info(ref.pid());
          tell(ref.pid(), "go on");
          return info ? fmt::format("{} {} {} {}", info->kind, info->waiting,
                                    info->message_queue_len, info->last_message)
                      : "nothing"s;
        }) == "otp_test::scripted true 3 otp_test::scripted::order");
}

TEST_CASE("a process can be asked while it waits for who asks", "[process_info]") {
  CHECK(always([] {
          const auto ref = otp::start<scripted>();
          return otp::call(ref, scripted::ask{[caller = self()]() -> scripted::answer {
                             return otp::process_info(caller) ? "told"s : "nothing"s;
                           }});
        }) == "told");
}

TEST_CASE("a process that has ended, and nobody, tell nothing", "[process_info]") {
  CHECK(always([] {
          const auto p = otp::spawn([] {});
          await_end(p);
          return !otp::process_info(p) && !otp::process_info(otp::pid{});
        }) == "true");
}

TEST_CASE("a process may ask about itself", "[process_info]") {
  CHECK(always([] {
          tell(self(), "unread");
          const auto info = otp::process_info(self());
          return info ? info->message_queue_len : 0;
        }) == "1");
}

TEST_CASE("a server that waits in a handler tells what it handles, and what memory that takes",
          "[process_info]") {
  CHECK(always([] {
          const auto ref = otp::start<scripted>();
          const auto idle = otp::process_info(ref.pid());
          occupy(ref);
          const auto empty = otp::process_info(ref.pid());
          for (int i = 0; i < 2; ++i) otp::cast(ref, scripted::order{[] {}});
          otp::send(ref.pid(), note{"text"});
          const auto full = otp::process_info(ref.pid());
          let_go(ref.pid());
          const bool slot = idle->memory.slot > 0 && idle->memory.object > sizeof(scripted);
          const bool stack = idle->memory.stack == 0 && empty->memory.stack > 0;
          const auto queued = full->memory.messages;
          const bool messages = empty->memory.messages == 0 &&
                                queued >= 2 * sizeof(scripted::order) + sizeof(note);
          const bool total = full->memory.total() == empty->memory.total() + queued;
          return fmt::format("\"{}\" {} {} {} {} {}", idle->current_message, full->current_message,
                             slot, stack, messages, total);
        }) == "\"\" otp_test::scripted::order true true true true");
}

TEST_CASE("what a suspended server has put aside waits, too", "[process_info][Y-004]") {
  CHECK(always([] {
          const auto ref = otp::start<scripted>();
          otp::sys::suspend(ref);
          for (int i = 0; i < 3; ++i) otp::cast(ref, scripted::order{[] {}});
          otp::sys::get_state(ref);
          const auto info = otp::process_info(ref.pid());
          return fmt::format("{} {}", info->message_queue_len, info->memory.messages > 0);
        }) == "3 true");
}

TEST_CASE("a process that asks about itself is handling a message", "[process_info]") {
  CHECK(always([] {
          const auto ref = otp::start<scripted>();
          const auto asked = otp::call(ref, scripted::ask{[]() -> scripted::answer {
            return otp::process_info(self())->current_message;
          }});
          return asked + "/" + otp::process_info(self())->current_message;
        }) == "otp_test::scripted::ask/");
}

TEST_CASE("reductions count the messages that a server has handled", "[process_info]") {
  CHECK(always([] {
          const auto ref = otp::start<scripted>();
          const auto before = otp::process_info(ref.pid())->reductions;
          for (int i = 0; i < 1000; ++i) otp::cast(ref, scripted::order{[] {}});
          otp::call(ref, scripted::ask{say("done")});
          const auto after = otp::process_info(ref.pid())->reductions;
          const auto fresh = otp::process_info(otp::start<scripted>().pid())->reductions;
          return fmt::format("{} {}", after - before >= 1001 && after - before < 2000, fresh < 10);
        }) == "true true");
}
