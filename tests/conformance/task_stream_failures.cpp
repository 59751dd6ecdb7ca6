// Our port of scripts/task_stream_failures.exs, whose first lines say what happens in it.
// Rows: T-035, T-036, T-037, T-038, T-039, T-040
#include "conformance/harness.hpp"

#include <otp/async_stream.hpp>
#include <otp/task_supervisor.hpp>

#include <fmt/ranges.h>

namespace conformance::task_stream_failures {

struct go {};
struct results {
  std::string text;
};

template <class Stream>
std::string show(Stream&& stream) {
  std::vector<std::string> all;
  for (auto& each : stream) {
    all.push_back(each ? "value " + text(*each) : "exit " + reason(each.error()));
  }
  return fmt::format("{}", fmt::join(all, ", "));
}

int hang(int i) {
  if (i == 2) sleep_for_ever();
  return i;
}

int boom(int i) {
  if (i == 2) otp::exit(word("boom"));
  return i;
}

OTP_SCENARIO(task_stream_failures) {
  const std::vector inputs{1, 2, 3};
  const otp::stream_options one_by_one{.max_concurrency = 1};

  say("kill_task: {}",
      show(otp::async_stream(inputs, hang,
                             {.max_concurrency = 3,
                              .timeout = 100ms,
                              .on_timeout = otp::on_timeout::kill_task})));
  try {
    show(otp::async_stream(inputs, hang, {.max_concurrency = 3, .timeout = 100ms}));
  } catch (const otp::exit_error& error) {
    say("default: exit {}", reason(error.reason().root()));
  }
  say("main: {}", mailbox());

  const auto me = otp::this_process::self();
  const auto trapping = otp::spawn([me, inputs, one_by_one] {
    otp::this_process::trap_exit(true);
    otp::send(me, results{show(otp::async_stream(inputs, boom, one_by_one))});
  });
  gone(trapping);
  say("trapping: {}", await<results>().text);

  const auto plain = otp::spawn([inputs, one_by_one] {
    await<go>();
    show(otp::async_stream(inputs, boom, one_by_one));
    say("plain: not reached");
  });
  otp::monitor(plain);
  otp::send(plain, go{});
  say("plain: consumer died {}", reason(await<otp::down>().reason));

  const auto tasks = otp::start_link(otp::task_supervisor_spec{});
  say("unlinked: {}", show(otp::async_stream_nolink(tasks, inputs, boom, one_by_one)));
}

}  // namespace conformance::task_stream_failures
