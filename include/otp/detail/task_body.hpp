// The process of a task: runs one function and leaves its value for the owner.
#pragma once

#include <otp/detail/behaviour.hpp>
#include <otp/detail/completion.hpp>
#include <otp/detail/context.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace otp::detail {

template <class F>
class task_body final : public behaviour {
 public:
  explicit task_body(F function) : function_(std::move(function)) {}

  next_step start(process& p) override {
    run(p);
    if (!p.exiting) p.end = reason::normal;
    return next_step::end;
  }

  next_step handle(process&, envelope&) override { return next_step::end; }  // never idle

  void failed(process& p, const exit_reason& why) override {
    if (p.exiting) return;
    p.end = why;
    p.crashed = !why.is_orderly();  // L-004
  }

  std::string_view kind() const noexcept override { return "task"; }

 private:
  using value = std::invoke_result_t<F>;

  void run(process& p) {
    // Moved out, so that what it captures is gone before anybody hears of the end.
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
    if (p.related == nullptr) return nullptr;
    return static_cast<completion_envelope<value>*>(p.related->last_word.message);
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
  related(owner).monitors.try_emplace(ref, held_monitor{p.id(), {}});
  using answer = completion_envelope<task_value<F>>;
  related(p).last_word = {owner.id(), make_envelope<answer>(owner.id().serial, ref), &answer::say};
  return {p, ref};
}

}  // namespace otp::detail
