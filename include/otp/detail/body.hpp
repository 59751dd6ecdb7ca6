// The behaviour of a spawned function.
#pragma once

#include <otp/detail/function_behaviour.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace otp::detail {

template <class F>
class body final : public function_behaviour {
 public:
  explicit body(F function)
      : function_behaviour{"process", crash_rule::exception}, function_(std::move(function)) {}

  std::size_t bytes() const noexcept override { return sizeof(*this); }

 private:
  void run(process&) override {
    auto function = std::move(function_);
    std::move(function)();
  }

  F function_;
};

template <class F>
std::unique_ptr<behaviour> make_body(F function) {
  return std::unique_ptr<behaviour>{new body<F>(std::move(function))};
}

}  // namespace otp::detail
