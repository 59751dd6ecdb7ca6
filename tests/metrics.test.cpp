// The server of metrics: attached while it lives, however it ends.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/child.hpp>
#include <otp/log.hpp>
#include <otp/metrics.hpp>
#include <otp/supervisor.hpp>
#include <otp/sys.hpp>
#include <otp/telemetry.hpp>

#include <string>
#include <vector>

using namespace otp_test;
namespace m = otp::metrics;

namespace {

const otp::name<otp::metrics_server> shop{"shop.metrics"};

otp::metrics_server::options of_orders() {
  return {.name = shop.value,
          .metrics = {m::counter("shop.order.count", {.tags = {"country"}}),
                      m::sum("shop.order.price")}};
}

otp::server_ref<otp::metrics_server> start() {
  return otp::start_link<otp::metrics_server>({.name = shop.value}, of_orders());
}

void place_order(const char* country, int price) {
  otp::telemetry::execute("shop.order", {{"price", price}}, {{"country", country}});
}

template <class A>
std::string numbers(const A& server) {
  std::string text = otp::describe(otp::call(server, otp::metrics_server::read{}));
  for (char& each : text) each = each == '\n' ? ';' : each;
  return text;
}

std::size_t attached() { return otp::telemetry::current().list("shop").size(); }

}  // namespace

TEST_CASE("a server of metrics counts the events of whoever executes them") {
  const auto seen = always([] {
    place_order("nowhere", 1);
    start();
    place_order("no", 10);
    const auto other = puppet();
    in(other, [] { place_order("se", 5); });
    return numbers(shop);
  });
  CHECK(seen ==
        "shop.order.count (counter);  country=no: 1;  country=se: 1;shop.order.price (sum);  15");
}

TEST_CASE("get_state of a server of metrics shows the numbers") {
  const auto seen = always([] {
    start();
    place_order("no", 10);
    return otp::sys::get_state(shop).find("country=no: 1") != std::string::npos;
  });
  CHECK(seen == "true");
}

TEST_CASE("a server of metrics that ends is attached no more, whichever way it ends") {
  for (const auto& why : {otp::exit_reason{otp::reason::shutdown}, otp::exit_reason{otp::reason::kill},
                          otp::exit_reason{"oops"}}) {
    const auto seen = always([why] {
      const auto server = otp::start<otp::metrics_server>({.name = shop.value}, of_orders());
      const auto before = attached();
      end_of(server.pid(), [&] { otp::exit(server.pid(), why); });
      place_order("no", 1);
      return fmt::format("{} handler, then {}", before, attached());
    });
    CHECK(seen == "1 handler, then 0");
  }
  const auto stopped = always([] {
    const auto server = otp::start<otp::metrics_server>({.name = shop.value}, of_orders());
    otp::stop(server);
    return attached();
  });
  CHECK(stopped == "0");
}

TEST_CASE("the successor of a server of metrics that was killed counts from zero") {
  const auto seen = always([] {
    otp::start_link({.name = "top", .children = {otp::child<otp::metrics_server>(of_orders())}});
    place_order("no", 1);
    const auto first = otp::whereis(shop.value);
    end_of(first, [&] { otp::exit(first, otp::reason::kill); });
    // Answers when the restart is over.
    const auto children = otp::which_children(otp::name<otp::supervisor>{"top"});
    const bool same = children.at(0).process == first;
    place_order("se", 2);
    return fmt::format("{} {} {}", same, attached(), numbers(shop));
  });
  CHECK(seen ==
        "false 1 shop.order.count (counter);  country=se: 1;shop.order.price (sum);  2");
}

TEST_CASE("two servers of metrics count side by side") {
  const auto seen = always([] {
    const auto one = otp::start_link<otp::metrics_server>(
        otp::metrics_server::options{.metrics = {m::counter("shop.order.count")}});
    const auto two = otp::start_link<otp::metrics_server>(
        otp::metrics_server::options{.metrics = {m::counter("shop.order.count")}});
    place_order("no", 1);
    otp::stop(one);
    place_order("no", 1);
    return numbers(two);
  });
  CHECK(seen == "shop.order.count (counter);  2");
}

TEST_CASE("a server of metrics warns in the log, and refuses a list that cannot work") {
  const auto seen = simulated([] {
    std::string logged;
    otp::log::current().add_handler(
        "test", [&](const otp::log_event& event) { logged += event.message + "\n"; },
        otp::log_level::warning);
    start();
    place_order("no", -1);
    place_order("no", -2);
    otp::log::current().remove_handler("test");
    const auto refused = otp::try_start<otp::metrics_server>(
        otp::metrics_server::options{.metrics = {m::sum("a.n"), m::sum("a.n")}});
    return logged + (refused ? "started" : "refused");
  });
  CHECK(seen ==
        "metric shop.order.price: the measurement price is negative, the event does not count: "
        "\"-1\"\nrefused");
}
