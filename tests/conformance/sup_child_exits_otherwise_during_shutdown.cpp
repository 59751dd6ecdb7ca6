// Our port of scripts/sup_child_exits_otherwise_during_shutdown.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"
#include <otp/log.hpp>
#include <otp/report.hpp>

#include <mutex>
#include <variant>

namespace conformance::sup_child_exits_otherwise_during_shutdown {

OTP_SCENARIO(sup_child_exits_otherwise_during_shutdown) {
  const kids born;
  auto& log = otp::log::current();
  std::vector<std::string> reports;
  std::mutex mutex;
  log.add_handler("reports", [&](const otp::log_event& event) {
    const auto* report = std::get_if<otp::supervisor_report>(&event.report);
    if (report == nullptr || report->context != otp::supervisor_context::shutdown_error) return;
    const std::lock_guard lock{mutex};
    reports.push_back(
        fmt::format("report shutdown_error {} {}", report->offender.id, reason(report->reason)));
  });
  for (const auto type : {otp::restart::permanent, otp::restart::transient}) {
    const auto ends_with = [&](std::string_view label, otp::exit_reason why) {
      return born(label, {.on_stop = [why] { otp::exit(why); }, .spec = {.restart = type}});
    };
    const auto sup = otp::start_link(
        otp::supervisor_spec{.children = {born("child_a"), ends_with("child_b", word("boom")),
                                          ends_with("child_c", otp::reason::normal)}});
    otp::exit(sup.pid(), otp::reason::shutdown);
    say("sup exit {}", reason(exit_heard(sup.pid())));
    const std::lock_guard lock{mutex};
    for (const auto& line : std::exchange(reports, {})) say("{}", line);
  }
}

}  // namespace conformance::sup_child_exits_otherwise_during_shutdown
