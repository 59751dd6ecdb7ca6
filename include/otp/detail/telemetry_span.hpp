// Telemetry that is built only when somebody listens: the templates of telemetry_table.hpp.
#pragma once

#include <otp/exit_reason.hpp>
#include <otp/telemetry_table.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace otp {

namespace detail {

// Catches what left user code. Forced unwinding (a process being killed) is no exception: it shows
// in a catch-all, has no exception_ptr, and must go on; the caller does that by `throw;` when this
// is null.
struct caught_error {
  std::exception_ptr error = std::current_exception();

  std::string_view kind() const;
  exit_reason reason() const;
};

}  // namespace detail

// The events of one span, from its start to its end.
class telemetry_table::running_span {
 public:
  running_span(telemetry_table& table, event_name prefix, fields metadata);

  const fields& metadata() const noexcept { return metadata_; }

  void stop(span_stop stop);

  void fail(const detail::caught_error& caught);

 private:
  field_value own_context();

  fields times() const;

  void emit(std::string_view suffix, const fields& measurements, fields metadata);

  telemetry_table& table_;
  event_name prefix_;
  fields metadata_;
  field_value context_;
  std::chrono::nanoseconds start_;
};

template <std::invocable Build>
  requires std::convertible_to<std::invoke_result_t<Build>, telemetry_data>
void telemetry_table::execute(event_name event, Build&& build) {
  if (!maybe_attached(event)) return;
  if (const auto to = find(event)) {
    const telemetry_data data = std::forward<Build>(build)();
    deliver(*to, event, data.measurements, data.metadata);
  }
}

template <class Run>
decltype(auto) telemetry_table::call_in_span(Run& run, span_stop& stop) {
  if constexpr (std::invocable<Run&, span_stop&>) {
    return std::invoke(run, stop);
  } else {
    return std::invoke(run);
  }
}

template <class Run>
decltype(auto) telemetry_table::span(event_name prefix, const fields& metadata, Run&& run) {
  return span(
      prefix, [&]() -> const fields& { return metadata; }, std::forward<Run>(run));
}

template <std::invocable Metadata, class Run>
  requires std::convertible_to<std::invoke_result_t<Metadata>, fields>
decltype(auto) telemetry_table::span(event_name prefix, Metadata&& metadata, Run&& run) {
  span_stop stop;
  if (!may_listen_to_span(prefix)) return call_in_span(run, stop);
  running_span events{*this, prefix, std::forward<Metadata>(metadata)()};
  if constexpr (!std::invocable<Run&, span_stop&>) stop.metadata = events.metadata();
  const auto guarded = [&]() -> decltype(auto) {
    try {
      return call_in_span(run, stop);
    } catch (...) {
      if (const detail::caught_error caught; caught.error) events.fail(caught);
      throw;
    }
  };
  if constexpr (std::is_void_v<decltype(guarded())>) {
    guarded();
    events.stop(std::move(stop));
  } else {
    decltype(auto) result = guarded();
    events.stop(std::move(stop));
    return result;
  }
}

}  // namespace otp
