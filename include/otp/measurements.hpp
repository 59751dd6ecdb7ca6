// The measurements that come with the library, for otp/telemetry_poller.hpp.
#pragma once

#include <otp/event_name.hpp>
#include <otp/telemetry_poller.hpp>

#include <string>
#include <vector>

namespace otp::measurements {

/// Event vm.memory: `rss`, the bytes of the whole program that are in memory. Needs Linux's /proc;
/// elsewhere it fails, so the poller removes it.
telemetry_measurement memory();

/// Event vm.system_counts: `process_count`, the processes of the runtime.
telemetry_measurement system_counts();

/// Event vm.total_run_queue_lengths: `total`, the processes that any worker could run next. Those
/// that go on with a wait on the worker where it began are not counted.
telemetry_measurement run_queue_lengths();

/// These three.
std::vector<telemetry_measurement> builtin();

/// `event` with `message_queue_len` and `memory` (bytes, see process_information) of the process
/// that holds `registered_name`, and `name` in the metadata. No event if nobody holds the name, or if
/// the process does not get round to an answer in a second. The text of `event` must live as long as
/// the poller.
telemetry_measurement process_info(event_name event, std::string registered_name);

}  // namespace otp::measurements

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/measurements_impl.hpp>
#endif
