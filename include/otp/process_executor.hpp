// A process as an Asio executor: what is posted to it runs as part of that process.
#pragma once

#include <otp/detail/context.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/execution/mapping.hpp>
#include <boost/asio/execution/relationship.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>

#include <utility>

namespace otp {

/// Runs functions as part of one process: one at a time, never together with its handlers, between
/// its messages and also while it waits. They may not wait themselves, and are destroyed unrun when
/// the process is gone. An exception that leaves one ends the process.
///
/// A small copyable value that tracks no work. Usable from any thread as long as its runtime lives.
class process_executor {
 public:
  process_executor(const pid& process, detail::runtime_core& core) noexcept
      : process_{process}, core_{&core} {}

  /// Which process.
  const pid& process() const noexcept { return process_; }

  /// Hands `function` over; never runs it before it returns.
  template <class F>
  void execute(F function) const {
    detail::send_signal<detail::work_signal<F>>(process_, std::move(function));
  }

  boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
    return boost::asio::query(core_->workers.front()->executor(),
                              boost::asio::execution::context);
  }
  static constexpr boost::asio::execution::blocking_t query(
      boost::asio::execution::blocking_t) noexcept {
    return boost::asio::execution::blocking.never;
  }
  process_executor require(boost::asio::execution::blocking_t::never_t) const noexcept {
    return *this;
  }

  friend bool operator==(const process_executor&, const process_executor&) noexcept = default;

 private:
  pid process_;
  detail::runtime_core* core_;
};

namespace this_process {

/// The executor of the calling process. In a process.
inline process_executor get_executor() {
  auto& self = detail::require_process("otp::this_process::get_executor");
  return {self.id(), self.core()};
}

}  // namespace this_process
}  // namespace otp
