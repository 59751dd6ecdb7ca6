// How a supervisor hears of the end of a child that it stops.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/detail/await_exit.hpp>
#include <otp/gen_server.hpp>
#include <otp/start.hpp>

using namespace otp_test;

namespace {

class idle : public otp::gen_server<idle> {};

}  // namespace

TEST_CASE("a child that ends before it can be watched is heard of with its reason", "[V-051]") {
  // On threads the child may end at every point of the way.
  CHECK(always([] {
          otp::this_process::trap_exit(true);
          for (int i = 0; i < 200; ++i) {
            const auto child = otp::start_link<idle>().pid();
            otp::detail::send_exit(child, otp::reason::shutdown);
            const auto why = otp::detail::await_exit(child, 5s);
            if (!why || *why != otp::reason::shutdown) {
              return why ? why->to_string() : "timeout"s;
            }
          }
          return hear_all();
        }) == "");
}
