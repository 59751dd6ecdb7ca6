// The human form of reports.
#pragma once

#include <otp/config.hpp>
#include <otp/report.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace otp::detail {

OTP_DECL std::string named_process(std::string_view name, pid process) {
  if (name.empty()) return process ? fmt::format("{}", process) : std::string{"nobody"};
  return process ? fmt::format("{} {}", name, process) : std::string{name};
}

OTP_DECL void add_line(std::string& lines, std::string_view title, std::string_view text) {
  if (text.empty()) return;
  if (!lines.empty()) lines += '\n';
  lines += fmt::format("{}: {}", title, text);
}

}  // namespace otp::detail

namespace otp {

OTP_DECL std::string summary(const crash_report& crash) {
  return fmt::format("process {} crashed: {}", detail::named_process(crash.name, crash.process),
                     crash.reason);
}

OTP_DECL std::string summary(const supervisor_report& report) {
  const std::string supervisor = detail::named_process(report.name, report.supervisor);
  const std::string child =
      detail::named_process(fmt::format("\"{}\"", report.offender.id), report.offender.process);
  switch (report.context) {
    case supervisor_context::child_terminated:
      return fmt::format("supervisor {}: child {} ended: {}", supervisor, child, report.reason);
    case supervisor_context::start_error:
      return fmt::format("supervisor {}: child {} did not start: {}", supervisor, child,
                         report.reason);
    case supervisor_context::shutdown:
      return fmt::format("supervisor {} gives up because of child {}: {}", supervisor, child,
                         report.reason);
    case supervisor_context::shutdown_error:
      break;
  }
  return fmt::format("supervisor {}: child {} did not shut down as asked: {}", supervisor, child,
                     report.reason);
}

OTP_DECL std::string summary(const progress_report& progress) {
  return fmt::format(
      "supervisor {} started {}", detail::named_process(progress.name, progress.supervisor),
      detail::named_process(fmt::format("\"{}\"", progress.started.id), progress.started.process));
}

OTP_DECL std::string summary(std::monostate) { return {}; }

OTP_DECL std::string details(const crash_report& crash) {
  std::string lines;
  detail::add_line(lines, "last message", crash.last_message);
  detail::add_line(lines, "thrown at", crash.place);
  detail::add_line(lines, "state", crash.state);
  detail::add_line(lines, "ancestors", fmt::format("{}", fmt::join(crash.ancestors, ", ")));
  return lines;
}

OTP_DECL std::string details(const supervisor_report& report) {
  const reported_child& child = report.offender;
  std::string parts;
  const auto add = [&](std::string_view name, std::string_view text) {
    if (text.empty()) return;
    if (!parts.empty()) parts += ", ";
    parts += fmt::format("{} {}", name, text);
  };
  add("restart", child.restart);
  add("shutdown", child.shutdown);
  add("type", child.type);
  std::string lines;
  detail::add_line(lines, "child", parts);
  return lines;
}

OTP_DECL std::string details(const progress_report&) { return {}; }

OTP_DECL std::string details(std::monostate) { return {}; }

}  // namespace otp
