// Who holds up a stop.
#include "support/catch.hpp"
#include "support/probe_application.hpp"
#include <otp/detail/held_up.hpp>

#include <string>

using namespace otp_test;

namespace {

/// Does not end before it is told to.
class clinging : public otp::gen_server<clinging> {
 public:
  clinging() { otp::this_process::trap_exit(true); }
  void terminate(const otp::exit_reason&) {
    tell(otp::whereis("test"), "asked to end");
    otp::receive([](const note&) {});
  }
};

}  // namespace

TEST_CASE("the way leads from the application over its supervisors to the child that does not end",
          "[L-023]") {
  CHECK(always([] {
          otp::register_name("test", self());
          load("shop", {},
               {.children = {otp::child(otp::supervisor_spec{
                    .name = "till", .children = {otp::child<clinging>({.name = "clinging"}).with(
                                        {.shutdown = otp::infinity})}})}});
          controller::start("shop").value();
          otp::spawn([test = self()] {
            controller::stop_all();
            tell(test, "stopped");
          });
          auto heard = hear(3);
          const auto lines = otp::detail::who_holds_up(1s);
          const auto line = lines.empty() ? "nobody"s : lines.front();
          tell(otp::whereis("clinging"), "go on");
          heard += ", " + hear(2);
          const auto tail = line.find("waits for till");
          return fmt::format("{}; {}; {}", heard, line.substr(0, line.find(':')),
                             tail == line.npos ? line : line.substr(tail));
        }) == "shop start, shop prep_stop, asked to end, shop stop, stopped; application shop; "
              "waits for till waits for clinging, which is still in its "
              "handler of otp::exited");
}
