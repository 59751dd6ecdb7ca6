#include "web/endpoint/drain.hpp"

#include "web/endpoint/endpoint.hpp"

#include <otp/dynamic_supervisor.hpp>
#include <otp/log.hpp>
#include <otp/process.hpp>
#include <otp/runtime.hpp>
#include <otp/supervisor.hpp>
#include <otp/timer.hpp>

#include <string>

namespace chatroom::web {

using namespace std::chrono_literals;

void drain(traffic& now, const drain_options& how) {
  now.draining = true;
  if (how.pre_stop > 0ns) {
    otp::log::notice("draining: everything goes on for {} ms", how.pre_stop / 1ms);
    otp::sleep(how.pre_stop);
  }
  // An endpoint that is just being restarted has nobody to take leave of.
  if (!otp::whereis(endpoint_name)) return;
  const auto stopped = otp::terminate_child(otp::name<otp::supervisor>{std::string{endpoint_name}},
                                            listener_name);
  if (!stopped) otp::log::warning("draining: {}", stopped.error());
  otp::log::notice("draining: {} tabs, {} requests", now.sockets.load(), now.requests.load());

  const auto until = otp::this_runtime::now() + how.timeout;
  std::size_t told = 0;
  for (const auto& each :
       otp::which_children(otp::name<otp::dynamic_supervisor>{std::string{sockets_name}})) {
    if (told++ % how.batch == 0 && told > 1) otp::sleep(how.interval);
    if (otp::this_runtime::now() >= until) break;
    otp::send(each.process, come_again{});
  }
  while ((now.sockets != 0 || now.requests != 0) && otp::this_runtime::now() < until) {
    otp::sleep(10ms);
  }
}

}  // namespace chatroom::web
