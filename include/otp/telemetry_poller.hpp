// A server that measures now and then what no event tells: Erlang's telemetry_poller.
//
//     otp::child<otp::telemetry_poller>({
//         .name = "shop.poller",
//         .measurements = {otp::measurements::memory(), otp::measurements::system_counts(),
//                          {"stock", [] { otp::telemetry::execute("shop.stock", {{"count", stock()}}); }}},
//         .period = 10s})
//
// The built-in measurements are in otp/measurements.hpp.
#pragma once

#include <otp/gen_server.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace otp {

/// Something to measure from time to time.
struct telemetry_measurement {
  std::string name{};              ///< For people.
  std::function<void()> measure{};  ///< Executes telemetry events; runs in the poller, may wait.
};

/// Calls all its measurements, in their order, at once after its start and then whenever `period` has
/// passed since the last of them returned. One that throws, or ends by `otp::exit`, is removed and
/// the log says so; the others go on, and the poller lives (C-265).
class telemetry_poller : public gen_server<telemetry_poller> {
 public:
  struct options {
    std::string name{};  ///< Registered; none if empty.
    std::vector<telemetry_measurement> measurements{};
    std::chrono::nanoseconds period = std::chrono::seconds{10};  ///< More than zero.
    std::chrono::nanoseconds init_delay{0};  ///< How long before the first time.
  };

  /// The names of the measurements that are left.
  struct list_measurements {
    using reply = std::vector<std::string>;
  };
  struct collect {};
  using info = messages<collect>;

  /// The start fails with std::invalid_argument when the period is not more than zero, the delay is
  /// negative, or a measurement has no function.
  explicit telemetry_poller(options with);

  void init();
  std::vector<std::string> handle_call(list_measurements) const;
  void handle_info(collect);
  std::string format_status() const;

 private:
  options options_;
};

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/telemetry_poller_impl.hpp>
#endif
