// The behaviour of a spawned function.
#pragma once

#include <otp/detail/behaviour.hpp>
#include <otp/detail/process.hpp>

#include <memory>
#include <utility>

namespace otp::detail {

template <class F>
class body final : public behaviour {
 public:
  explicit body(F function) : function_(std::move(function)) {}

  next_step start(process& p) override {
    // Moved out, so that what it captures dies with the body's frame.
    auto function = std::move(function_);
    std::move(function)();
    if (!p.exiting) p.end = reason::normal;
    return next_step::end;
  }

  next_step handle(process&, envelope&) override { return next_step::end; }  // never idle

  void failed(process& p, const exit_reason& why) override {
    if (p.exiting) return;  // it was killed, and answered that with an exception
    p.end = why;
    p.crashed = why.type() == exit_reason::kind::exception;
  }

  std::string_view kind() const noexcept override { return "process"; }

 private:
  F function_;
};

template <class F>
std::unique_ptr<behaviour> make_body(F function) {
  return std::unique_ptr<behaviour>{new body<F>(std::move(function))};
}

}  // namespace otp::detail
