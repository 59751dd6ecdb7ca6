// Definitions of otp/async_stream.hpp.
#pragma once

#include <otp/async_stream.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace otp {

template <class Range, class F, class Start>
task_stream<Range, F, Start>::task_stream(Range&& inputs, F function, stream_options how, Start start)
    : self_{detail::require_process("otp::async_stream")},
      owner_{self_.id()},
      inputs_(std::forward<Range>(inputs)),
      function_(std::move(function)),
      how_{how.max_concurrency != 0 ? how.max_concurrency : self_.core().workers.size(), how.ordered,
           how.timeout, how.on_timeout},
      start_(std::move(start)),
      ready_{how.ordered} {}

template <class Range, class F, class Start>
auto task_stream<Range, F, Start>::next() -> std::optional<value_type> {
  if (detail::current_process() != &self_ || self_.id() != owner_) {
    throw std::invalid_argument{fmt::format(
        "otp::task_stream: the stream belongs to {}: only that process can read it", owner_)};
  }
  for (;;) {
    fill();
    if (auto given = ready_.take()) return given;
    if (running_.empty()) return std::nullopt;
    if (!take_ended()) take_overdue();
  }
}

/// Starts tasks as long as there is room and input (T-033, T-041).
template <class Range, class F, class Start>
void task_stream<Range, F, Start>::fill() {
  if (closed_) return;
  if (!at_) at_.emplace(std::begin(inputs_));
  while (running_.size() < how_.max_concurrency && *at_ != std::end(inputs_)) {
    input next_input = **at_;
    ++*at_;
    auto started = start_(self_, [function = function_, each = std::move(next_input)]() mutable {
      return function(std::move(each));
    });
    const auto due = how_.timeout == infinity
                         ? infinity
                         : std::chrono::nanoseconds{self_.core().now()} + how_.timeout;
    running_.emplace(started.ref(), running{started, taken_++, due});
  }
}

/// Waits until a task ends or the first is overdue; false: it is.
template <class Range, class F, class Start>
bool task_stream<Range, F, Start>::take_ended() {
  const auto due = running_.begin()->second.due;
  const auto left =
      due == infinity ? infinity : due - std::chrono::nanoseconds{self_.core().now()};
  using message = detail::message_envelope<completion<value>>;
  auto e = detail::take_message(self_, left, [this](const detail::envelope& m) {
    return m.ops->payload == detail::type_tag<completion<value>>() &&
           running_.contains(static_cast<const message&>(m).payload.ref);
  });
  if (e == nullptr) return false;
  const auto ended = running_.extract(static_cast<const message&>(*e).payload.ref);
  // Its exit came before its completion: with the exit, a process that does not trap has ended.
  if constexpr (Start::linked) detail::forget_exit(self_, ended.mapped().which.pid());
  ready_.add(ended.mapped().position, detail::take_outcome<value>(std::move(e)));
  return true;
}

template <class Range, class F, class Start>
void task_stream<Range, F, Start>::take_overdue() {
  const auto overdue = running_.extract(running_.begin());
  const auto& which = overdue.mapped().which;
  end_task(which);
  if (how_.on_timeout == on_timeout::kill_task) {
    ready_.add(overdue.mapped().position, failure{exit_reason{reason::timeout}});
    return;
  }
  close();
  detail::exit_awaiting(which.pid(), reason::timeout, "async_stream");
}

template <class Range, class F, class Start>
void task_stream<Range, F, Start>::end_task(const task<value>& which) noexcept {
  detail::unlink_from(self_, which.pid());
  otp::exit(which.pid(), reason::kill);
  detail::forget_completion<value>(self_, which.ref());
  if constexpr (Start::linked) detail::forget_exit(self_, which.pid());
}

template <class Range, class F, class Start>
void task_stream<Range, F, Start>::close() noexcept {
  closed_ = true;
  for (const auto& [ref, each] : running_) end_task(each.which);
  running_.clear();
}

}  // namespace otp
