// The table of telemetry handlers: who listens to which event, and how an event reaches them.
#pragma once

#include <otp/detail/snapshot.hpp>
#include <otp/event_name.hpp>
#include <otp/field.hpp>
#include <otp/time_source.hpp>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace otp {

/// What an event carries: numbers that were measured, and facts about where and how.
struct telemetry_data {
  fields measurements{};
  fields metadata{};
};

/// An event as its handlers see it; valid during the call of the handler only.
struct telemetry_event {
  event_name name;
  const fields& measurements;
  const fields& metadata;
  const field_value& config;  ///< What the handler was attached with.
};

/// A function that is called for an event, in the process or thread that executes it, and from
/// several of them at once: it must be thread-safe, and quick, as the caller waits for it.
using telemetry_handler = std::function<void(const telemetry_event&)>;

/// One entry of `telemetry_table::list`.
struct attached_handler {
  std::string id{};
  std::string event{};
  field_value config{};
};

/// A handler that threw and was detached for it (M-007).
struct telemetry_failure {
  std::string handler_id{};
  std::string event{};
  field_value config{};
  std::string_view
      kind{};  ///< "error" for exceptions, "exit" for `otp::exit`, "throw" for the rest.
  exit_reason reason{};
};

struct telemetry_options {
  time_source clock{};
  /// Called after a failing handler was detached, before the failure event; a runtime logs it.
  std::function<void(const telemetry_failure&)> on_failure{};
};

/// What the function under a `span` may tell the stop event (M-012).
struct span_stop {
  fields measurements{};  ///< Added to duration and monotonic_time, which win.
  fields metadata{};      ///< The whole metadata of the stop event, beside the span's context.
};

/// The handlers of one runtime. `otp::telemetry::…` uses the table of the current runtime; a table
/// of one's own works by itself.
///
/// An event that nobody listens to costs one relaxed atomic load, whatever else is attached (a
/// 64-bit filter tells; one in 64 other names costs a look-up more).
/// Thread safety: every member may be called from any thread, and from handlers. A handler that is
/// attached or detached while an event is being delivered counts from the next event on (M-009); a
/// call of a handler may still be under way when `detach` returns.
/// Handlers stay when the process that attached them is gone (M-016).
class telemetry_table {
 public:
  explicit telemetry_table(telemetry_options options = {});
  telemetry_table(const telemetry_table&) = delete;
  telemetry_table& operator=(const telemetry_table&) = delete;

  /// Calls `handler` for every `event` from now on, after those attached before. `config` is handed
  /// to it each time. Returns false, and changes nothing, when `id` is taken, be it for another
  /// event (M-001).
  bool attach(std::string id, event_name event, telemetry_handler handler, field_value config = {});

  /// Does so for several events under one id, which `detach` frees again. An event listed twice
  /// calls twice; no events attach nothing (M-004).
  bool attach_many(std::string id, const std::vector<event_name>& events, telemetry_handler handler,
                   field_value config = {});

  /// Removes the handler from all its events. Returns false when there is no such id (M-005).
  bool detach(std::string_view id);

  /// Returns one entry for each event of each handler whose name begins with the words of `prefix`,
  /// in the order of names and, within one, of attaching (M-006).
  std::vector<attached_handler> list(std::string_view prefix = {}) const;

  /// Says whether somebody may listen to `event`; false is certain.
  bool maybe_attached(event_name event) const noexcept { return may_listen(event.hash()); }

  /// Calls the handlers of exactly this event, here and now (M-002). A handler that throws is
  /// detached and reported by the event telemetry.handler.failure with handler_id, event_name,
  /// handler_config, kind and reason; the others run and the caller notices nothing (M-007, M-008).
  void execute(event_name event, const fields& measurements = {}, const fields& metadata = {});

  /// The same; `build()` returns the telemetry_data and is called only when somebody listens.
  template <std::invocable Build>
  requires std::convertible_to<std::invoke_result_t<Build>, telemetry_data>
  void execute(event_name event, Build&& build);

  /// Calls `run` between the events PREFIX.start (monotonic_time, system_time; `metadata`) and
  /// PREFIX.stop (duration, monotonic_time), and returns what it returned (M-011). If it throws,
  /// PREFIX.exception carries duration, monotonic_time, `metadata`, kind and reason, and the same
  /// exception goes on; there is no stop event then (M-013). A process that is killed inside a span
  /// leaves no event.
  ///
  /// `run` takes nothing, and the stop event repeats `metadata`; or it takes `span_stop&` and fills
  /// in what the stop event shall say (M-012). All events of a span share a telemetry_span_context,
  /// a number unique in this table unless `metadata` brings its own (M-014). A span during whose
  /// start nobody listens to any of the three emits none of them.
  template <class Run>
  decltype(auto) span(event_name prefix, const fields& metadata, Run&& run);

  /// The same; `metadata()` returns the fields and is called only when somebody listens.
  template <std::invocable Metadata, class Run>
  requires std::convertible_to<std::invoke_result_t<Metadata>, fields>
  decltype(auto) span(event_name prefix, Metadata&& metadata, Run&& run);

 private:
  struct handler_entry {
    std::string id;
    telemetry_handler call;
    field_value config;
  };
  struct listeners {
    std::string event;
    std::uint64_t hash = 0;
    std::vector<std::shared_ptr<const handler_entry>> handlers;  // in the order of attaching
  };
  // In the order of names; no entry without handlers. Entries are shared by versions of the table.
  using table = std::vector<std::shared_ptr<const listeners>>;

  class running_span;

  static constexpr std::uint64_t filter_bit(std::uint64_t hash) noexcept {
    // The high bits of the names' hashes differ too little when names are short; those of the
    // product depend on every bit.
    return std::uint64_t{1} << ((hash * 0x9E37'79B9'7F4A'7C15ULL) >> 58);
  }
  bool may_listen(std::uint64_t hash) const noexcept {
    // relaxed: the bit only says that a look-up is worth while; the table has its own lock.
    return (filter_.load(std::memory_order_relaxed) & filter_bit(hash)) != 0;
  }
  bool may_listen_to_span(event_name prefix) const noexcept;
  std::shared_ptr<const listeners> find(event_name event) const;
  void deliver(const listeners& to, event_name event, const fields& measurements,
               const fields& metadata);
  void fail(const std::shared_ptr<const handler_entry>& entry, event_name event,
            std::exception_ptr error);
  template <class Matches>
  bool remove(Matches&& matches);
  template <class Run>
  static decltype(auto) call_in_span(Run& run, span_stop& stop);

  telemetry_options options_;
  std::atomic<std::uint64_t> filter_{0};
  std::atomic<std::int64_t> next_span_{1};
  detail::snapshot<table> handlers_;
};

}  // namespace otp

#include <otp/detail/telemetry_span.hpp>

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/telemetry_table_impl.hpp>
#endif
