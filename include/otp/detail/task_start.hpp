// The ways in which a task can be started for an owner: linked to it or not, under a supervisor or not.
#pragma once

#include <otp/child_spec.hpp>
#include <otp/detail/task_body.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/task.hpp>

#include <memory>
#include <utility>

namespace otp::detail {

/// A child that exists already and begins when its supervisor starts it. If it is linked to `owner`,
/// the owner has its half of the link.
inline child_spec unborn_child(std::shared_ptr<unborn_process> born, const pid& owner) {
  return {.id = "task",
          .start = [born = std::move(born), owner]() -> result<pid, start_failure> {
            auto* const p = born->get();
            if (p == nullptr) return failure{start_failure{reason::noproc}};
            auto& supervisor = require_process("otp::task_supervisor");
            const auto id = p->id();
            set_ancestors(supervisor, *p);
            link_newborn(supervisor, *p);
            born->publish_shared();
            // Links it again, for the case that the owner has died and could not tell the unborn.
            if (owner) send_signal<link_signal>(owner, id, owner);
            return id;
          },
          .restart = restart::temporary};
}

/// Starts the task of `owner` that runs `function`, as a child of `supervisor`.
template <dynamic_supervisor_address A, class F>
task<task_value<F>> async_under(process& owner, const A& supervisor, bool linked, F function) {
  auto [p, ref] = create_owned_task(owner, std::move(function));
  const task<task_value<F>> made{p.id(), owner.id(), ref};
  auto born = std::make_shared<unborn_process>(p);
  if (linked) {
    owner.related.links.try_emplace(made.pid());
    p.related.links.try_emplace(owner.id());
  }
  const auto child = unborn_child(std::move(born), linked ? owner.id() : pid{});
  auto started = [&]() -> result<pid, start_failure> {
    try {
      return otp::start_child(supervisor, child);
    } catch (const exit_error& error) {
      return failure{start_failure{error.reason()}};
    }
  }();
  if (started) return made;
  owner.related.links.erase(made.pid());
  forget_completion<task_value<F>>(owner, ref);
  throw exit_error{std::move(started).error().reason};
}

/// Starts tasks that are linked to their owner and have no supervisor.
struct start_alone {
  static constexpr bool linked = true;

  template <class F>
  auto operator()(process&, F function) const {
    return otp::async(std::move(function));
  }
};

/// Starts tasks under a supervisor.
template <class A, bool Linked>
struct start_under {
  static constexpr bool linked = Linked;
  A supervisor;

  template <class F>
  auto operator()(process& owner, F function) const {
    return async_under(owner, supervisor, Linked, std::move(function));
  }
};

}  // namespace otp::detail
