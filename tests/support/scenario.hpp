// Runs a scenario as a process, in many simulated orders and on real threads, and gives it puppets:
// processes that do what they are told. What happened is told as text, so that a test is one
// comparison and a failure reads well.
#pragma once

#include <otp/process.hpp>
#include <otp/receive.hpp>
#include <otp/testing/simulation.hpp>

#include <fmt/format.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace otp_test {

using namespace std::chrono_literals;
using namespace std::string_literals;

/// What a process tells another one.
struct note {
  std::string text;
};

inline void tell(const otp::pid& to, std::string text) { otp::send(to, note{std::move(text)}); }

/// What came of a piece of work that a puppet was given.
struct outcome {
  std::string text;
};

/// A piece of work for a puppet. If it is lost on the way or cut short, whoever waits for it hears.
class job {
 public:
  job(std::function<std::string()> work, const otp::pid& from)
      : work_(std::move(work)), from_{from} {}
  job(job&& other) noexcept : work_(std::move(other.work_)), from_{std::exchange(other.from_, {})} {}
  job(const job&) = delete;
  job& operator=(const job&) = delete;
  job& operator=(job&&) = delete;
  ~job() { answer("gone"); }

  void run() { answer(work_()); }

 private:
  void answer(std::string text) {
    if (from_) otp::send(std::exchange(from_, {}), outcome{std::move(text)});
  }

  std::function<std::string()> work_;
  otp::pid from_;
};

}  // namespace otp_test

template <>
inline constexpr bool otp::enable_sendable<otp_test::job> = true;

namespace otp_test {

/// A process that does what it is told with `in`, and nothing else.
inline void obey() {
  for (;;) otp::receive([](job work) { work.run(); });
}

/// Starts a puppet that nobody is linked to.
inline otp::pid puppet() { return otp::spawn(obey); }

/// Runs `work` inside the puppet `who` and returns what it returned, "" for void, "gone" if the
/// puppet is not there or ends before the work is done. In a process.
template <class Work>
std::string in(const otp::pid& who, Work work) {
  otp::send(who, job{[work = std::move(work)]() mutable -> std::string {
                       if constexpr (std::is_void_v<std::invoke_result_t<Work&>>) {
                         work();
                         return {};
                       } else {
                         return fmt::to_string(work());
                       }
                     },
                     otp::this_process::self()});
  return otp::receive([](outcome o) { return o.text; });
}

inline bool lives(const otp::pid& who) {
  return in(who, [] { return "alive"s; }) == "alive";
}

/// The reason that `who` ends with after `cause` was called. Does not touch the caller's mailbox.
template <class Cause>
std::string end_of(const otp::pid& who, Cause cause) {
  const auto watcher = puppet();
  in(watcher, [who] { otp::monitor(who); });
  cause();
  return in(watcher, [] {
    return otp::receive([](const otp::down& d) { return d.reason.to_string(); });
  });
}

/// Waits for the end of `who`.
inline void await_end(const otp::pid& who) {
  end_of(who, [] {});
}

/// The reason that a process which runs `body` ends with.
template <class Body>
std::string end_of_body(Body body) {
  return in(puppet(), [body = std::move(body)] {
    otp::spawn_monitor(body);
    return otp::receive([](const otp::down& d) { return d.reason.to_string(); });
  });
}

/// The oldest note, `exited` or `down` in the mailbox, or what comes first.
inline std::string hear(std::chrono::nanoseconds patience = 20s) {
  return otp::receive([](note n) { return n.text; },
                      [](const otp::exited& e) { return "exited " + e.reason.to_string(); },
                      [](const otp::down& d) { return "down " + d.reason.to_string(); },
                      otp::after(patience, [] { return "silence"s; }));
}

/// The next `count` of them.
inline std::string hear(int count) {
  auto heard = hear();
  while (--count > 0) heard += ", " + hear();
  return heard;
}

/// Everything that is in the mailbox now, oldest first.
inline std::string hear_all() {
  std::string all;
  for (auto next = hear(0s); next != "silence"; next = hear(0s)) {
    all += (all.empty() ? "" : ", ") + next;
  }
  return all;
}

/// The reason that `work` ends the calling process with if it is not caught, else "no exit".
template <class Work>
std::string exit_of(Work work) {
  try {
    work();
  } catch (const otp::exit_error& error) {
    return error.reason().to_string();
  }
  return "no exit";
}

/// Two threads, and nothing is printed.
inline constexpr otp::runtime_options quiet{.threads = 2, .console = std::nullopt};

using scenario = std::function<std::string()>;

namespace detail {

inline void perform(const scenario& play, std::promise<std::string>& result) {
  try {
    result.set_value(play());
  } catch (const std::exception& error) {
    result.set_value("failed: "s + error.what());
  }
}

inline std::future<std::string> start(const scenario& play) {
  std::promise<std::string> result;
  auto future = result.get_future();
  otp::spawn([&play, result = std::move(result)]() mutable { perform(play, result); });
  return future;
}

inline std::string told(std::future<std::string>& result, std::chrono::seconds patience) {
  if (result.wait_for(patience) != std::future_status::ready) return "does not end";
  try {
    return result.get();
  } catch (const std::future_error&) {
    return "ended without a result";
  }
}

inline std::string simulate(const scenario& play, std::uint64_t seed) {
  otp::testing::simulation sim{seed, quiet};
  auto result = start(play);
  sim.advance(1h);
  return told(result, 0s);
}

inline std::string simulate(const scenario& play) {
  std::map<std::string, std::uint64_t> results;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) results.try_emplace(simulate(play, seed), seed);
  if (results.size() == 1) return results.begin()->first;
  std::string all = "it depends:";
  for (const auto& [result, seed] : results) all += fmt::format(" [seed {}: {}]", seed, result);
  return all;
}

inline std::string run_on_threads(const scenario& play) {
  otp::runtime rt{quiet};
  const auto scope = rt.enter();
  auto result = start(play);
  return told(result, 60s);
}

inline std::string run_everywhere(const scenario& play) {
  auto expected = simulate(play);
  for (int i = 0; i < 3; ++i) {
    if (const auto real = run_on_threads(play); real != expected) {
      return fmt::format("simulated: {}, on threads: {}", expected, real);
    }
  }
  return expected;
}

template <class Play>
scenario as_text(Play play) {
  return [play = std::move(play)] { return fmt::to_string(play()); };
}

}  // namespace detail

/// What `play`, run as a process, returned, as text, if it is the same in twenty simulated orders;
/// otherwise each result with the first seed that gave it.
template <class Play>
std::string simulated(Play play) {
  return detail::simulate(detail::as_text(std::move(play)));
}

/// As `simulated`, with one seed.
template <class Play>
std::string simulated(std::uint64_t seed, Play play) {
  return detail::simulate(detail::as_text(std::move(play)), seed);
}

/// What `play`, run as a process of a runtime with two threads, returned; as text.
template <class Play>
std::string threaded(Play play) {
  return detail::run_on_threads(detail::as_text(std::move(play)));
}

/// As `simulated`, and the same on real threads.
template <class Play>
std::string always(Play play) {
  return detail::run_everywhere(detail::as_text(std::move(play)));
}

}  // namespace otp_test
