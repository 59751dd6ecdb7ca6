// The process of a task: runs one function and leaves its value for the owner.
#pragma once

#include <otp/detail/completion.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/function_behaviour.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace otp::detail {

template <class F>
class task_body final : public function_behaviour {
 public:
  explicit task_body(F function)
      : function_behaviour{"task", crash_rule::not_orderly}, function_(std::move(function)) {}

  std::size_t bytes() const noexcept override { return sizeof(*this); }

 private:
  using value = std::invoke_result_t<F>;

  void run(process& p) override {
    auto function = std::move(function_);
    if constexpr (std::is_void_v<value>) {
      std::move(function)();
      if (auto* const answer = answer_of(p)) answer->payload.outcome = {};
    } else {
      result<value> made{std::move(function)()};
      if (auto* const answer = answer_of(p)) answer->payload.outcome = std::move(made);
    }
  }

  static completion_envelope<value>* answer_of(process& p) noexcept {
    const auto* const rare = rare_of(p);
    if (rare == nullptr) return nullptr;
    return static_cast<completion_envelope<value>*>(rare->last_word.message);
  }

  F function_;
};

template <class F>
using task_value = std::invoke_result_t<F>;

template <class F>
constexpr void require_task() {
  static_assert(std::is_invocable_v<F>, "a task is a function without parameters");
  static_assert(std::is_void_v<task_value<F>> || sendable<std::conditional_t<
                    std::is_void_v<task_value<F>>, done, task_value<F>>>,
                "the value of a task travels to another process: it may not hold references, raw "
                "pointers, string_view or span. Return a value, or otp::shared<T>");
}

/// Creates the process of a task that nobody waits for.
template <class F>
process& create_task(runtime_core& core, F function) {
  require_task<F>();
  return create_process(
      core, std::unique_ptr<behaviour>{new task_body<F>(std::move(function))});
}

/// Creates the process of a task of `owner`, who is going to be told its end under the returned
/// reference.
template <class F>
std::pair<process&, monitor_ref> create_owned_task(process& owner, F function) {
  auto& p = create_task(owner.core(), std::move(function));
  const auto ref = monitor_ref{owner.core().next_reference()};
  rarely_related(owner).monitors.try_emplace(ref, p.id(), std::string{});
  using answer = completion_envelope<task_value<F>>;
  rarely_related(p).last_word = {owner.id(), make_envelope<answer>(owner.id().serial, ref),
                                 &answer::say};
  return {p, ref};
}

}  // namespace otp::detail
