// How a supervisor starts its children: where, as whose, and what waits meanwhile.
#include "support/catch.hpp"
#include "support/family.hpp"
#include "support/scripted.hpp"
#include <otp/process_info.hpp>
#include <otp/supervisor.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace otp_test;
using otp::supervisor_spec;

namespace {

const kid_manners slow_to_start{.on_start = [] { otp::sleep(1s); }};

}  // namespace

TEST_CASE("the start function runs in the supervisor, which is the child's parent", "[V-020]") {
  CHECK(always([] {
          const family home;
          const auto ran_in = std::make_shared<otp::pid>();
          auto spec = kid_spec(home, "a");
          spec.start = [ran_in, start = spec.start] {
            *ran_in = otp::this_process::self();
            return start();
          };
          const auto sup = otp::start_link(supervisor_spec{.children = {spec}});
          const auto child = otp::process_info(otp::which_children(sup).at(0).process).value();
          return fmt::format("{} {} {}", *ran_in == sup.pid(), child.ancestors.at(0) == sup.pid(),
                             child.links == std::vector{sup.pid()});
        }) == "true true true");
}

TEST_CASE("a slow start of a child keeps its supervisor from everything else", "[V-020]") {
  CHECK(simulated([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(supervisor_spec{.children = kids(home, "ab")});
          const auto b = born.up("b");
          meanwhile([=] { otp::start_child(sup, kid_spec(home, "c", slow_to_start)).value(); });
          until_all_wait();
          crash(b);
          const auto before = otp::this_runtime::now();
          const auto children = otp::count_children(sup).specs;
          const auto waited = otp::this_runtime::now() - before;
          born.up("b");
          return fmt::format("{} {} / {}", children, waited > 999ms, home.told());
        }) == "3 true / a starts, b starts, b stops: boom, c starts, b starts");
}

TEST_CASE("a supervisor that is killed while it starts a child takes that along", "[V-060]") {
  CHECK(simulated([] {
          const family home;
          const auto sup = otp::start_link(supervisor_spec{.children = kids(home, "a")});
          meanwhile([=] {
            static_cast<void>(otp::start_child(sup, kid_spec(home, "b", slow_to_start)));
          });
          until_all_wait();
          otp::exit(sup.pid(), otp::reason::kill);
          auto story = exit_heard(sup.pid());
          otp::sleep(2s);
          return story + " / " + home.told();
        }) == "killed / a starts, a stops: killed, b starts, b stops: killed");
}

TEST_CASE("the exit of the parent during the start is seen when the start is over", "[V-018]") {
  CHECK(simulated([] {
          const family home;
          const auto parent = otp::spawn([home] {
            otp::start_link(supervisor_spec{
                .name = "tree",
                .children = {kid_spec(home, "a", slow_to_start), kid_spec(home, "b")}});
          });
          until_all_wait();
          otp::monitor("tree");
          otp::exit(parent, "gone"s);
          auto end = hear();
          return end + " / " + home.told();
        }) ==
        "down gone / a starts, b starts, b stops: shutdown, a stops: shutdown");
}
