// Asking the drainer, when there is one and when there is none.
#include "web/endpoint/drain.hpp"

#include "support/catch.hpp"
#include "web/endpoint/endpoint.hpp"
#include <otp/supervisor.hpp>
#include <otp/testing/simulation.hpp>

#include <string>

using namespace chatroom;
using namespace std::chrono_literals;

TEST_CASE("[C-303] a drainer that is not there, or is killed at work, holds nobody up") {
  const web::drain_options how{.pre_stop = 10s, .batch = 1, .interval = 0s, .timeout = 1s};
  const std::string name{web::drainer_name};
  const auto flow = std::make_shared<web::traffic>();
  otp::testing::simulation world{1, {.console = std::nullopt}};
  bool returned = false;
  const auto ask = [&] {
    returned = false;
    world.runtime().spawn([&] {
      web::drain(how);
      returned = true;
    });
    world.run_until_idle();
  };

  ask();
  CHECK(returned);

  otp::start(otp::supervisor_spec{.children = {web::drainer_child(name, flow)}});
  ask();
  CHECK_FALSE(returned);
  CHECK(flow->draining);
  otp::exit(otp::whereis(name), otp::reason::kill);
  world.run_until_idle();
  CHECK(returned);
  CHECK(otp::whereis(name));
}
