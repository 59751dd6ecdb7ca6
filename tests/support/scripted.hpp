// A server whose handlers do what each message says, so that a test reads as one scenario.
#pragma once

#include "support/scenario.hpp"
#include <otp/gen_server.hpp>
#include <otp/receive.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace otp_test {

/// What happened, in order. A handle: copies write into the same journal, from any thread.
class journal {
 public:
  void note(std::string_view line) const {
    const std::lock_guard lock{state_->mutex};
    if (!state_->text.empty()) state_->text += ", ";
    state_->text += line;
  }
  std::string text() const {
    const std::lock_guard lock{state_->mutex};
    return state_->text;
  }

 private:
  struct state {
    std::mutex mutex;
    std::string text;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

/// A function from nothing to R; made of one that returns nothing, too, if R says "nothing".
template <class R>
class act {
 public:
  act() = default;
  template <class F>
    requires(!std::same_as<F, act>)
  act(F function)
      : function_{[f = std::move(function)]() -> R {
          if constexpr (std::is_void_v<std::invoke_result_t<const F&>>) {
            f();
            return R{};
          } else {
            return f();
          }
        }} {}
  explicit operator bool() const { return static_cast<bool>(function_); }
  R operator()() const { return function_(); }

 private:
  std::function<R()> function_;
};

struct plan {
  journal log = {};
  bool trap = false;
  act<otp::noreply> init = {};
  std::function<void(const otp::exit_reason&)> terminate = {};
  act<otp::noreply> idle = {};
};

class scripted : public otp::gen_server<scripted> {
 public:
  using answer = otp::reply<std::string>;
  struct ask {  ///< A call that is answered by its result.
    using reply = std::string;
    act<answer> what;
  };
  struct ask_later {  ///< A call that is answered by whoever holds its from.
    using reply = std::string;
    std::function<void(otp::from<std::string>)> what;
  };
  struct order {  ///< A cast.
    act<otp::noreply> what;
  };
  struct poke {  ///< A message to handle_info.
    act<otp::noreply> what;
  };
  struct go_on {  ///< A message to handle_continue.
    act<otp::noreply> what;
  };
  using info = otp::messages<poke>;
  using continues = otp::messages<go_on>;

  explicit scripted(plan p = {}) : plan_{std::move(p)} {
    if (plan_.trap) otp::this_process::trap_exit(true);
  }

  otp::noreply init() {
    if (plan_.init) return plan_.init();
    return {};
  }
  answer handle_call(ask message) { return message.what(); }
  void handle_call(ask_later message, otp::from<std::string> from) {
    message.what(std::move(from));
  }
  otp::noreply handle_cast(order message) { return message.what(); }
  otp::noreply handle_info(poke message) { return message.what(); }
  void handle_info(otp::exited message) { plan_.log.note("exited " + message.reason.to_string()); }
  void handle_info(otp::down message) { plan_.log.note("down " + message.reason.to_string()); }
  otp::noreply handle_info(otp::idle_timeout) {
    plan_.log.note("idle");
    if (plan_.idle) return plan_.idle();
    return {};
  }
  otp::noreply handle_continue(go_on message) { return message.what(); }
  void terminate(const otp::exit_reason& why) {
    plan_.log.note("terminate " + why.to_string());
    if (plan_.terminate) plan_.terminate(why);
  }

 private:
  plan plan_;
};

using server = otp::server_ref<scripted>;
using ask = scripted::ask;
using ask_later = scripted::ask_later;
using order = scripted::order;
using poke = scripted::poke;
using go_on = scripted::go_on;

/// Lets a process go on that waits in `await_go`.
struct go {};
inline void let_go(const otp::pid& who) { otp::send(who, go{}); }
inline void await_go() {
  otp::receive([](go) {});
}

/// Says who one is to a process that waits in `await_hello`.
struct hello {
  otp::pid who;
};
inline void say_hello(const otp::pid& to) { otp::send(to, hello{otp::this_process::self()}); }
inline otp::pid await_hello() {
  return otp::receive([](hello h) { return h.who; });
}

/// In a handler: tells `boss` that it has begun, and waits until it is let go.
inline void stay_busy_for(const otp::pid& boss) {
  say_hello(boss);
  await_go();
}

/// Makes the server wait in a handler until it is let go; returns when it does.
inline void occupy(const server& who) {
  const auto boss = otp::this_process::self();
  otp::cast(who, order{[boss] { stay_busy_for(boss); }});
  await_hello();
}

/// Starts a process that runs `body` and then lets the calling process go.
template <class Body>
otp::pid meanwhile(Body body) {
  const auto boss = otp::this_process::self();
  return otp::spawn([body = std::move(body), boss] {
    body();
    let_go(boss);
  });
}

/// In a simulation: returns when every other process waits for something.
inline void until_all_wait() { otp::sleep(1ns); }

/// The reason without the names of what was called, which differ from run to run.
inline std::string root_of(const otp::exit_reason& why) { return why.root().to_string(); }

/// The reply, or "failed: " and why.
inline std::string answered(const otp::result<std::string>& outcome) {
  return outcome ? *outcome : "failed: " + root_of(outcome.error());
}

/// The answer to a question to which nobody has anything special to say.
inline act<scripted::answer> say(std::string text) {
  return [text = std::move(text)] { return scripted::answer{text}; };
}

}  // namespace otp_test
