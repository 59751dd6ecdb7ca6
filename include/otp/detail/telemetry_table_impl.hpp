// How the members declared in telemetry_table.hpp work.
#pragma once

#include <otp/config.hpp>
#include <otp/error.hpp>
#include <otp/telemetry_table.hpp>

#include <algorithm>
#include <exception>
#include <stdexcept>

namespace otp {

OTP_DECL telemetry_table::telemetry_table(telemetry_options options)
    : options_{std::move(options)} {}

OTP_DECL bool telemetry_table::attach(std::string id, event_name event, telemetry_handler handler,
                                      field_value config) {
  return attach_many(std::move(id), {event}, std::move(handler), std::move(config));
}

OTP_DECL bool telemetry_table::attach_many(std::string id, const std::vector<event_name>& events,
                                           telemetry_handler handler, field_value config) {
  if (!handler) throw std::invalid_argument("otp: telemetry handler \"" + id + "\" is empty");
  const auto entry = std::make_shared<const handler_entry>(
      handler_entry{std::move(id), std::move(handler), std::move(config)});
  return handlers_.update([&](table& next) {
    for (const auto& group : next) {
      for (const auto& known : group->handlers) {
        if (known->id == entry->id) return false;
      }
    }
    std::uint64_t filter = filter_.load(std::memory_order_relaxed);
    for (const event_name event : events) {
      const auto at = std::lower_bound(
          next.begin(), next.end(), event.text(),
          [](const auto& group, std::string_view text) { return group->event < text; });
      const bool known = at != next.end() && (*at)->event == event.text();
      listeners group = known ? **at : listeners{std::string{event.text()}, event.hash(), {}};
      group.handlers.push_back(entry);
      auto shared = std::make_shared<const listeners>(std::move(group));
      if (known) {
        *at = std::move(shared);
      } else {
        next.insert(at, std::move(shared));
      }
      filter |= filter_bit(event.hash());
    }
    filter_.store(filter, std::memory_order_relaxed);
    return true;
  });
}

OTP_DECL bool telemetry_table::detach(std::string_view id) {
  return remove([&](const auto& entry) { return entry->id == id; });
}

template <class Matches>
bool telemetry_table::remove(Matches&& matches) {
  return handlers_.update([&](table& next) {
    bool removed = false;
    std::uint64_t filter = 0;
    for (auto& group : next) {
      if (std::any_of(group->handlers.begin(), group->handlers.end(), matches)) {
        listeners rest = *group;
        std::erase_if(rest.handlers, matches);
        group = std::make_shared<const listeners>(std::move(rest));
        removed = true;
      }
      if (!group->handlers.empty()) filter |= filter_bit(group->hash);
    }
    if (!removed) return false;
    std::erase_if(next, [](const auto& group) { return group->handlers.empty(); });
    filter_.store(filter, std::memory_order_relaxed);
    return true;
  });
}

OTP_DECL std::vector<attached_handler> telemetry_table::list(std::string_view prefix) const {
  std::vector<attached_handler> result;
  const auto handlers = handlers_.load();
  for (const auto& group : *handlers) {
    if (!event_name::of(group->event).starts_with(prefix)) continue;
    for (const auto& entry : group->handlers) {
      result.push_back({entry->id, group->event, entry->config});
    }
  }
  return result;
}

OTP_DECL std::shared_ptr<const telemetry_table::listeners> telemetry_table::find(
    event_name event) const {
  if (!maybe_attached(event)) return nullptr;
  const auto handlers = handlers_.load();
  const auto at = std::lower_bound(
      handlers->begin(), handlers->end(), event.text(),
      [](const auto& group, std::string_view text) { return group->event < text; });
  return at != handlers->end() && (*at)->event == event.text() ? *at : nullptr;
}

OTP_DECL void telemetry_table::execute(event_name event, const fields& measurements,
                                       const fields& metadata) {
  if (const auto to = find(event)) deliver(*to, event, measurements, metadata);
}

OTP_DECL void telemetry_table::deliver(const listeners& to, event_name event,
                                       const fields& measurements, const fields& metadata) {
  for (const auto& entry : to.handlers) {
    try {
      entry->call({event, measurements, metadata, entry->config});
    } catch (...) {
      const detail::caught_error caught;
      if (!caught.error) throw;
      fail(entry, event, caught.error);
    }
  }
}

OTP_DECL void telemetry_table::fail(const std::shared_ptr<const handler_entry>& entry,
                                    event_name event, std::exception_ptr error) {
  // By identity, as its id may have been freed and taken by another handler meanwhile.
  remove([&](const auto& each) { return each == entry; });
  const detail::caught_error caught{std::move(error)};
  const std::string_view kind = caught.kind();
  const exit_reason reason = caught.reason();
  if (options_.on_failure) {
    options_.on_failure({entry->id, std::string{event.text()}, entry->config, kind, reason});
  }
  // Ends although failure handlers may fail as well: each failure removes one handler.
  execute("telemetry.handler.failure", {},
          {{"handler_id", entry->id},
           {"event_name", event.text()},
           {"handler_config", entry->config},
           {"kind", kind},
           {"reason", reason}});
}

OTP_DECL bool telemetry_table::may_listen_to_span(event_name prefix) const noexcept {
  const std::uint64_t filter = filter_.load(std::memory_order_relaxed);
  // The first test is the usual one and spares three hashes.
  return filter != 0 &&
         (filter & (filter_bit(prefix.hash_with(".start")) | filter_bit(prefix.hash_with(".stop")) |
                    filter_bit(prefix.hash_with(".exception")))) != 0;
}

}  // namespace otp

namespace otp::detail {

OTP_DECL std::string_view caught_error::kind() const {
  try {
    std::rethrow_exception(error);
  } catch (const exit_error&) {
    return "exit";
  } catch (const std::exception&) {
    return "error";
  } catch (...) {
    return "throw";
  }
}

OTP_DECL exit_reason caught_error::reason() const { return exit_reason::from_exception(error); }

}  // namespace otp::detail

namespace otp {

OTP_DECL telemetry_table::running_span::running_span(telemetry_table& table, event_name prefix,
                                                     fields metadata)
    : table_{table},
      prefix_{prefix},
      metadata_{std::move(metadata)},
      context_{own_context()},
      start_{table.options_.clock.monotonic()} {
  emit(".start", {{"monotonic_time", start_}, {"system_time", table_.options_.clock.system()}},
       metadata_);
}

OTP_DECL void telemetry_table::running_span::stop(span_stop stop) {
  stop.measurements.merge(times());
  emit(".stop", std::move(stop.measurements), std::move(stop.metadata));
}

OTP_DECL void telemetry_table::running_span::fail(const detail::caught_error& caught) {
  fields metadata = metadata_;
  metadata.set("kind", caught.kind());
  metadata.set("reason", caught.reason());
  emit(".exception", times(), std::move(metadata));
}

OTP_DECL field_value telemetry_table::running_span::own_context() {
  if (const field_value* given = metadata_.find("telemetry_span_context")) return *given;
  return table_.next_span_.fetch_add(1, std::memory_order_relaxed);
}

OTP_DECL fields telemetry_table::running_span::times() const {
  const auto now = table_.options_.clock.monotonic();
  return {{"duration", now - start_}, {"monotonic_time", now}};
}

OTP_DECL void telemetry_table::running_span::emit(std::string_view suffix,
                                                  const fields& measurements, fields metadata) {
  if (!table_.may_listen(prefix_.hash_with(suffix))) return;
  const std::string name = std::string{prefix_.text()} + std::string{suffix};
  if (!metadata.contains("telemetry_span_context")) {
    metadata.set("telemetry_span_context", context_);
  }
  table_.execute(event_name::of(name), measurements, metadata);
}

}  // namespace otp
