// The same function for many inputs, each in a task of its own, a few at a time.
//
//     for (const auto& page : otp::async_stream(urls, fetch, {.max_concurrency = 8})) {
//       if (page) use(*page); else log(page.error());
//     }
//
// Results come in the order of the inputs. Inputs are taken only when there is room for their task, so
// that they may be without end. Leaving the loop kills what still runs.
#pragma once

#include <otp/detail/stream_order.hpp>
#include <otp/detail/task_start.hpp>
#include <otp/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace otp {

/// What happens when a task of a stream takes too long.
enum class on_timeout : std::uint8_t {
  exit,       ///< The consumer gets an exit_error with `timeout` (T-035).
  kill_task,  ///< The task is killed, its result is the failure `timeout` (T-036).
};

/// How a stream of tasks runs.
struct stream_options {
  std::size_t max_concurrency = 0;  ///< Tasks at once; 0: one for each scheduler thread (T-033).
  bool ordered = true;              ///< Results in the order of the inputs, or of the ends.
  std::chrono::nanoseconds timeout = default_task_timeout;  ///< For each task, from its start.
  otp::on_timeout on_timeout = otp::on_timeout::exit;
};

/// The results of a stream of tasks; an input range to be read once, by the process that made it.
///
/// Tasks are started while it is read, never more than `max_concurrency` at once: a slot is free when
/// its task has ended, not when its result has been read (T-034). Results that are not read yet are
/// kept. `Range` is a reference when the inputs are the caller's: they must live as long as this.
///
/// Its destruction kills the tasks that still run (T-040). Nothing of it is left in the mailbox.
template <class Range, class F, class Start = detail::start_alone>
class task_stream {
  using iterator_type = decltype(std::begin(std::declval<std::remove_reference_t<Range>&>()));
  using input = std::remove_cvref_t<decltype(*std::declval<iterator_type&>())>;
  using value = std::invoke_result_t<F&, input>;

 public:
  /// The value for one input, or why there is none.
  using value_type = result<value>;

  class iterator {
   public:
    using value_type = task_stream::value_type;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    explicit iterator(task_stream& of) : stream_{&of}, current_{of.next()} {}
    value_type& operator*() { return *current_; }
    value_type* operator->() { return &*current_; }
    iterator& operator++() {
      current_ = stream_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& at, std::default_sentinel_t) {
      return !at.current_.has_value();
    }

   private:
    task_stream* stream_;
    std::optional<value_type> current_;
  };

  /// For the library: made by `async_stream`.
  task_stream(Range&& inputs, F function, stream_options how, Start start);
  task_stream(const task_stream&) = delete;
  task_stream& operator=(const task_stream&) = delete;
  ~task_stream() { close(); }

  /// The first result; waits for it. See `next` for what it throws.
  iterator begin() { return iterator{*this}; }
  std::default_sentinel_t end() const noexcept { return {}; }

  /// The next result; waits for it. Nothing: that was the last. Throws exit_error with `timeout` when
  /// a task takes too long and that is not to be its result. A task that fails takes the process
  /// along if it is linked to it (T-037) and that does not trap exits; otherwise the failure is its
  /// result (T-038, T-039). Throws std::invalid_argument in a process other than the one that made it.
  std::optional<value_type> next();

  /// Kills the tasks that still run, and ends the stream.
  void close() noexcept;

 private:
  struct running {
    task<value> which;
    std::size_t position;
    std::chrono::nanoseconds due;
  };

  void fill();
  bool take_ended();
  void take_overdue();
  void end_task(const task<value>& which) noexcept;

  detail::process& self_;
  const pid owner_;
  Range inputs_;
  F function_;
  const stream_options how_;
  Start start_;
  std::optional<iterator_type> at_;
  bool closed_ = false;
  std::size_t taken_ = 0;
  std::map<monitor_ref, running> running_;  // in the order of their starts, so of their due times
  detail::stream_order<value_type> ready_;
};

/// Calls `function(input)` for each of `inputs` (any range; an lvalue is read in place), each in a task
/// that is linked to the calling process. `function` is copied for each. Nothing runs before the
/// result is read. In a process.
template <class Range, class F>
[[nodiscard]] task_stream<Range, F> async_stream(Range&& inputs, F function,
                                                 stream_options how = {}) {
  return {std::forward<Range>(inputs), std::move(function), how, {}};
}
template <class T, class F>
[[nodiscard]] task_stream<std::vector<T>, F> async_stream(std::initializer_list<T> inputs,
                                                          F function, stream_options how = {}) {
  return {std::vector<T>(inputs), std::move(function), how, {}};
}

/// The same with the tasks as children of `supervisor`, a task_supervisor.
template <dynamic_supervisor_address A, class Range, class F>
[[nodiscard]] task_stream<Range, F, detail::start_under<A, true>> async_stream(
    const A& supervisor, Range&& inputs, F function, stream_options how = {}) {
  return {std::forward<Range>(inputs), std::move(function), how, {supervisor}};
}

/// The same, with tasks that are not linked to the calling process (T-039). They end with the stream,
/// but not with the process if that is killed.
template <dynamic_supervisor_address A, class Range, class F>
[[nodiscard]] task_stream<Range, F, detail::start_under<A, false>> async_stream_nolink(
    const A& supervisor, Range&& inputs, F function, stream_options how = {}) {
  return {std::forward<Range>(inputs), std::move(function), how, {supervisor}};
}

}  // namespace otp

#include <otp/detail/async_stream_impl.hpp>
