// Our port of scripts/task_await_order.exs, whose first lines say what happens in it.
// Rows: T-001, T-002, T-024
#include "conformance/harness.hpp"

#include <otp/task.hpp>

namespace conformance::task_await_order {

struct go {};

OTP_SCENARIO(task_await_order) {
  const auto t1 = otp::async([] {
    await<go>();
    return 1;
  });
  const auto t2 = otp::async([t1] {
    await<go>();
    otp::send(t1.pid(), go{});
    return 2;
  });
  const auto t3 = otp::async([t2] {
    otp::send(t2.pid(), go{});
    return 3;
  });
  say("main: t1 {}", attempt([&] { return t1.await(); }));
  say("main: t2 {}", attempt([&] { return t2.await(); }));
  say("main: t3 {}", attempt([&] { return t3.await(); }));
  say("main: {}", mailbox());

  const auto a = otp::async([value = word("a")] {
    await<go>();
    return value;
  });
  const auto b = otp::async([a, value = word("b")] {
    otp::send(a.pid(), go{});
    return value;
  });
  const auto [first, second] = otp::await_many(a, b);
  say("main: {} {}", first, second);
  say("main: {}", mailbox());
}

}  // namespace conformance::task_await_order
