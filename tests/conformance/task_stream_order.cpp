// Our port of scripts/task_stream_order.exs, whose first lines say what happens in it.
// Rows: T-031, T-032, T-033, T-034
#include "conformance/harness.hpp"

#include <otp/async_stream.hpp>

#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <memory>

namespace conformance::task_stream_order {

struct wait {
  otp::pid who;
};
struct open {};
struct opened {};

struct gauge {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
};

void keep_gate() {
  const auto waiting = await<wait>();
  await<open>();
  otp::send(waiting.who, opened{});
}

std::pair<std::vector<int>, int> run(bool ordered) {
  const auto level = std::make_shared<gauge>();
  const auto gate = otp::spawn(keep_gate);
  const auto work = [level, gate](int i) {
    const int n = ++level->now;
    for (int most = level->most; n > most && !level->most.compare_exchange_weak(most, n);) {
    }
    if (i == 1) {
      otp::send(gate, wait{otp::this_process::self()});
      await<opened>();
    }
    if (i == 4) otp::send(gate, open{});
    if (i == 5) otp::sleep(60ms);
    --level->now;
    return i;
  };
  std::vector<int> out;
  for (auto& each : otp::async_stream({1, 2, 3, 4, 5}, work,
                                      {.max_concurrency = 2, .ordered = ordered})) {
    out.push_back(*each);
  }
  return {out, level->most};
}

OTP_SCENARIO(task_stream_order) {
  const auto [in_order, most] = run(true);
  say("ordered: {}, most at once {}", fmt::join(in_order, " "), most);

  const auto [as_ready, also_most] = run(false);
  std::vector<int> middle;
  std::copy_if(as_ready.begin(), as_ready.end(), std::back_inserter(middle),
               [](int i) { return i == 2 || i == 3; });
  const auto place = [&ready = as_ready](int i) {
    return std::find(ready.begin(), ready.end(), i) - ready.begin();
  };
  say("unordered: {}, 1 after 3 {}, most at once {}", fmt::join(middle, " "), place(1) > place(3),
      also_most);
}

}  // namespace conformance::task_stream_order
