// Which Asio event loop the running code was called from. A process that waits inside a handler
// would leave Asio's list of running loops, which is kept on the stacks, out of order.
#pragma once

#include <otp/config.hpp>

#include <boost/asio/detail/thread_context.hpp>

namespace otp::detail {

/// The innermost run() or poll() on this thread; null when there is none. Only compared.
/// Never inlined: see this_thread().
OTP_NOINLINE inline const void* innermost_asio_loop() noexcept {
  return boost::asio::detail::thread_context::top_of_thread_call_stack();
}

}  // namespace otp::detail
