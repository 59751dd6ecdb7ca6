// The application controller's state machine, told in short, and what it answers as text.
#pragma once

#include <otp/detail/application_fsm.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace application_test {

using namespace std::string_literals;
using otp::application_error;
using otp::application_refusal;
using otp::exit_reason;
using otp::restart;
namespace control = otp::detail::application_control;
using control::ticket;

using lines = std::vector<std::string>;

inline std::string text_of(const control::answer& answer) {
  if (answer) return fmt::format("ok [{}]", fmt::join(*answer, " "));
  const auto& error = answer.error();
  return fmt::format("{} {}", otp::to_string(error.what), error.application);
}

struct as_text {
  std::string operator()(const control::start_application& a) const { return "start " + a.name; }
  std::string operator()(const control::stop_application& a) const { return "stop " + a.name; }
  std::string operator()(const control::reply& a) const {
    return fmt::format("reply {} {}", static_cast<std::uint64_t>(a.who), text_of(a.answer));
  }
  std::string operator()(const control::node_down& a) const { return "node_down " + a.name; }
};

/// The machine, told in short.
class machine {
 public:
  lines decide(control::event what) {
    lines done;
    for (const auto& action : fsm_.decide(std::move(what))) {
      done.push_back(std::visit(as_text{}, action));
    }
    return done;
  }
  lines load(std::string name, std::vector<std::string> needs = {},
             std::vector<std::string> optional = {}) {
    return decide(control::load{ticket{0}, std::move(name), std::move(needs), std::move(optional)});
  }
  lines start(int who, std::string name, restart type = restart::temporary) {
    return decide(control::start{ticket(who), std::move(name), type});
  }
  lines ensure(int who, std::string name, restart type = restart::temporary) {
    return decide(control::ensure_all_started{ticket(who), std::move(name), type});
  }
  lines stop(int who, std::string name) { return decide(control::stop{ticket(who), std::move(name)}); }
  lines started(std::string name) { return decide(control::started{std::move(name)}); }
  lines failed(std::string name) {
    return decide(control::failed{application_error{.what = application_refusal::start_failed,
                                                    .application = std::move(name)}});
  }
  lines ended(std::string name, exit_reason why = otp::reason::normal) {
    return decide(control::ended{std::move(name), std::move(why)});
  }
  lines stop_all(int who) { return decide(control::stop_all{ticket(who)}); }
  /// Brings an application up.
  void run(const std::string& name, restart type = restart::temporary) {
    start(0, name, type);
    started(name);
  }

  const otp::detail::application_fsm& fsm() const { return fsm_; }

 private:
  otp::detail::application_fsm fsm_;
};

}  // namespace application_test
