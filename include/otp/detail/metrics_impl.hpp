// How the server of metrics attaches itself.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/runtime_services.hpp>
#include <otp/metrics.hpp>
#include <otp/process.hpp>

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace otp {

// The handler is named after the process, not after its registered name: a predecessor that could not
// be unwound at its kill may still be attached, and its destructor must never detach its successor.
OTP_DECL metrics_server::metrics_server(options with)
    : store_{std::make_shared<metric_store>(
          std::move(with.metrics),
          [&log = detail::current_logger()](std::string_view text) {
            log.write(log_level::warning, "{}", text);
          })},
      attachment_{detail::current_telemetry(),
                  fmt::format("otp.metrics_server {}", this_process::self()), store_} {}

}  // namespace otp
