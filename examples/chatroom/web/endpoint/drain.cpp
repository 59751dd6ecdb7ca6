#include "web/endpoint/drain.hpp"

#include "web/endpoint/endpoint.hpp"
#include <otp/child.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/gen_server.hpp>
#include <otp/log.hpp>
#include <otp/supervisor.hpp>
#include <otp/timer.hpp>

#include <utility>

namespace chatroom::web {

using namespace std::chrono_literals;

namespace {

class drainer : public otp::gen_server<drainer> {
 public:
  struct drain {
    using reply = void;
    drain_options how;
  };

  explicit drainer(std::shared_ptr<traffic> flow) : flow_{std::move(flow)} {}

  void handle_call(const drain& request) {
    const drain_options& how = request.how;
    flow_->draining = true;
    if (how.pre_stop > 0ns) {
      otp::log::notice("draining: everything goes on for {} ms", how.pre_stop / 1ms);
      otp::sleep(how.pre_stop);
    }
    stop_child(acceptors_name);
    stop_child(listener_name);
    otp::log::notice("draining: {} tabs, {} requests", flow_->sockets.load(),
                     flow_->requests.load());
    const auto until = otp::this_runtime::now() + how.timeout;
    send_tabs_away(how, until);
    while ((flow_->sockets != 0 || flow_->requests != 0) && otp::this_runtime::now() < until) {
      otp::sleep(10ms);
    }
  }

  std::string format_status() const { return flow_->draining ? "draining" : "nothing to do yet"; }

 private:
  static void stop_child(std::string_view id) {
    const otp::name<otp::supervisor> endpoint{std::string{endpoint_name}};
    const auto stopped = otp::terminate_child(endpoint, id);
    if (!stopped) otp::log::warning("draining: {}", stopped.error());
  }

  static void send_tabs_away(const drain_options& how, std::chrono::nanoseconds until) {
    const otp::name<otp::dynamic_supervisor> sockets{std::string{sockets_name}};
    std::size_t told = 0;
    for (const auto& each : otp::which_children(sockets)) {
      if (told++ % how.batch == 0 && told > 1) otp::sleep(how.interval);
      if (otp::this_runtime::now() >= until) break;
      otp::send(each.process, come_again{});
    }
  }

  std::shared_ptr<traffic> flow_;
};

}  // namespace

otp::child_spec drainer_child(std::string name, std::shared_ptr<traffic> flow) {
  return otp::child<drainer>({.name = std::move(name)}, std::move(flow));
}

void drain(const drain_options& how) {
  const otp::name<drainer> who{std::string{drainer_name}};
  const auto done = otp::try_call(who, drainer::drain{how}, otp::infinity);
  if (!done) otp::log::warning("the endpoint was not drained: {}", done.error());
}

}  // namespace chatroom::web
