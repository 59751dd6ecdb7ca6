// How the members declared in logger.hpp work.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/utf8.hpp>
#include <otp/logger.hpp>

#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

namespace otp {

// Runs under the writers' lock of the table, so that the last writer's threshold is the one that
// stays.
OTP_DECL void logger::update_threshold(const table& handlers) noexcept {
  int threshold = -1;
  for (const auto& each : handlers) threshold = std::max(threshold, static_cast<int>(each->least));
  threshold_.store(std::min(threshold, static_cast<int>(level())), std::memory_order_relaxed);
}

OTP_DECL void logger::set_level(log_level level) {
  handlers_.update([&](table& next) {
    level_.store(level, std::memory_order_relaxed);
    update_threshold(next);
    return false;
  });
}

OTP_DECL bool logger::add_handler(std::string id, log_handler handler, log_level least) {
  if (!handler) throw std::invalid_argument("otp: log handler \"" + id + "\" is empty");
  const auto entry = std::make_shared<const handler_entry>(
      handler_entry{std::move(id), std::move(handler), least});
  return handlers_.update([&](table& next) {
    for (const auto& known : next) {
      if (known->id == entry->id) return false;
    }
    next.push_back(entry);
    update_threshold(next);
    return true;
  });
}

OTP_DECL bool logger::remove_handler(std::string_view id) {
  return handlers_.update([&](table& next) {
    if (std::erase_if(next, [&](const auto& each) { return each->id == id; }) == 0) return false;
    update_threshold(next);
    return true;
  });
}

OTP_DECL std::vector<std::string> logger::handlers() const {
  std::vector<std::string> ids;
  const auto handlers = handlers_.load();
  for (const auto& each : *handlers) ids.push_back(each->id);
  return ids;
}

OTP_DECL void logger::log(log_event event) noexcept {
  if (!enabled(event.level)) return;
  guarded([&] {
    if (event.message.empty()) {
      event.message = std::visit([](const auto& report) { return summary(report); }, event.report);
    }
    if (event.message.size() > options_.max_message_bytes) {
      const std::size_t all = event.message.size();
      event.message.resize(detail::utf8_cut(event.message, options_.max_message_bytes));
      event.message += fmt::format("... ({} bytes more)", all - event.message.size());
    }
    event.time = options_.clock.system();
    deliver(event);
  });
}

OTP_DECL void logger::deliver(const log_event& event) {
  // Told to the others only when they have seen the event itself.
  failures failed;
  const auto handlers = handlers_.load();
  for (const auto& each : *handlers) {
    if (event.level > each->least) continue;
    try {
      each->call(event);
    } catch (...) {
      const std::exception_ptr error = std::current_exception();
      if (!error) throw;  // the process is being killed: no fault of the handler
      lost_.fetch_add(1, std::memory_order_relaxed);
      failed.emplace_back(each, exit_reason::from_exception(error));
    }
  }
  if (!failed.empty()) drop(failed);
}

OTP_DECL void logger::drop(const failures& failed) {
  // All at once and before the others are told, so that a report meets no handler known to fail.
  handlers_.update([&](table& next) {
    for (const auto& [entry, reason] : failed) std::erase(next, entry);
    update_threshold(next);
    return true;
  });
  for (const auto& [entry, reason] : failed) {
    write(log_level::error, "log handler \"{}\" failed and was removed: {}", entry->id, reason);
  }
}

template <class Report>
void logger::write_report(log_level level, pid process, const std::string& name,
                          Report&& report) noexcept {
  if (!enabled(level)) return;
  guarded([&] {
    log_event event;
    event.level = level;
    event.process = process;
    event.process_name = name;
    event.report = std::forward<Report>(report);
    log(std::move(event));
  });
}

OTP_DECL void logger::write(crash_report report) noexcept {
  write_report(log_level::error, report.process, report.name, report);
}
OTP_DECL void logger::write(supervisor_report report) noexcept {
  write_report(log_level::error, report.supervisor, report.name, report);
}
OTP_DECL void logger::write(progress_report report) noexcept {
  write_report(log_level::info, report.supervisor, report.name, report);
}

OTP_DECL void logger::write_text(log_level level, fields metadata, fmt::string_view format,
                                 fmt::format_args values) noexcept {
  guarded([&] {
    log_event event;
    event.level = level;
    event.metadata = std::move(metadata);
    event.message = fmt::vformat(format, values);
    log(std::move(event));
  });
}

}  // namespace otp
