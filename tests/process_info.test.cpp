#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/process_info.hpp>

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
