// What processes have in common that run one function and end with it.
#pragma once

#include <otp/detail/behaviour.hpp>
#include <otp/detail/process.hpp>
#include <otp/exit_reason.hpp>

#include <cstdint>
#include <string_view>

namespace otp::detail {

/// Which ends of such a process are told in a crash report.
enum class crash_rule : std::uint8_t {
  exception,     ///< An exception; not what the function exits with itself.
  not_orderly,   ///< Whatever is neither normal nor a shutdown (L-004).
};

class function_behaviour : public behaviour {
 public:
  /// `kind` lives for ever.
  function_behaviour(std::string_view kind, crash_rule rule) noexcept : kind_{kind}, rule_{rule} {}

  next_step start(process& p) final {
    run(p);
    if (!p.exiting) p.end = reason::normal;
    return next_step::end;
  }

  next_step handle(process&, envelope&) final { return next_step::end; }  // never idle

  void failed(process& p, const exit_reason& why) final {
    if (p.exiting) return;  // it was killed, and answered that with an exception
    p.end = why;
    p.crashed = rule_ == crash_rule::exception ? why.type() == exit_reason::kind::exception
                                               : !why.is_orderly();
  }

  std::string_view kind() const noexcept final { return kind_; }

 private:
  /// Runs the function, in the process. It is moved out first, so that what it captures dies with
  /// the frame: before anybody hears of the end.
  virtual void run(process&) = 0;

  std::string_view kind_;
  crash_rule rule_;
};

}  // namespace otp::detail
