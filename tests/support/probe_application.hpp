// An application that tells its test what happens to it, and questions to the application controller.
#pragma once

#include "support/scenario.hpp"
#include <otp/application_controller.hpp>
#include <otp/call.hpp>
#include <otp/gen_server.hpp>
#include <otp/supervisor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp_test {

namespace controller = otp::application_controller;
using otp::this_process::self;

/// What happens to it is told to the one process that tests it.
class probe : public otp::application<probe> {
 public:
  static constexpr std::string_view name = "probe";

  struct plan {
    std::string throws_in{};             // the callback that throws
    otp::exit_reason start_error{};      // returned by start unless it is normal
    std::vector<otp::child_spec> children{};
    bool strays = false;                 // starts a process outside of the tree
  };

  probe(std::string label, otp::pid test, plan what)
      : label_{std::move(label)}, test_{test}, plan_{std::move(what)} {}

  otp::result<otp::supervisor_spec> start(otp::start_type) {
    act("start");
    if (!plan_.start_error.is_normal()) return otp::failure{plan_.start_error};
    if (plan_.strays) {
      const auto stray = otp::spawn(obey);
      otp::send(test_, stray);
    }
    return otp::supervisor_spec{.children = plan_.children};
  }
  void start_phase(std::string_view phase, otp::start_type, const otp::config_value& argument) {
    act("phase " + std::string{phase} + " " + argument.to_toml());
  }
  void prep_stop() { act("prep_stop"); }
  void stop() { act("stop"); }
  void config_change(const otp::config_changes& what) {
    act(fmt::format("changed {} added {} removed {}", what.changed.size(), what.added.size(),
                    what.removed.size()));
  }

 private:
  void act(const std::string& what) {
    tell(test_, label_ + " " + what);
    if (!plan_.throws_in.empty() && what.starts_with(plan_.throws_in)) {
      throw std::runtime_error{"boom"};
    }
  }

  std::string label_;
  otp::pid test_;
  plan plan_;
};

inline otp::application_spec probe_spec(std::string label, std::vector<std::string> needs = {},
                                 probe::plan what = {}) {
  auto spec = otp::spec_of<probe>(label, self(), std::move(what));
  spec.name = std::move(label);
  spec.applications = std::move(needs);
  return spec;
}

inline void load(std::string label, std::vector<std::string> needs = {}, probe::plan what = {}) {
  controller::load(probe_spec(std::move(label), std::move(needs), std::move(what))).value();
}

template <class Answer>
std::string said(const Answer& answer) {
  if (!answer) return answer.error().to_string();
  if constexpr (std::same_as<Answer, otp::result<void, otp::application_error>>) {
    return "ok";
  } else {
    return fmt::format("ok [{}]", fmt::join(*answer, " "));
  }
}

inline std::string running() {
  std::string names;
  for (const auto& each : controller::started_applications()) names += each.name + " ";
  return names;
}

/// Tells the test when the node goes down.
inline void watch_node() {
  controller::on_node_down([test = self()](const controller::node_down& down) {
    tell(test, fmt::format("node down: {}: {}", down.application, down.reason));
  });
}

/// Its tree ends by itself.
inline void end_tree(std::string_view application) {
  otp::stop(otp::server_ref<otp::supervisor>{controller::top_of(application)}, "boom"s);
}

/// Waits until the application does not run.
inline void await_stop(std::string_view name) {
  const auto runs = [&] {
    const auto all = controller::started_applications();
    return std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
  };
  while (runs()) otp::sleep(1ms);
}

/// A child that says how it ends.
class telling : public otp::gen_server<telling> {
 public:
  explicit telling(otp::pid test) : test_{test} { otp::this_process::trap_exit(true); }
  void terminate(const otp::exit_reason& why) { tell(test_, "child ends: " + why.to_string()); }

 private:
  otp::pid test_;
};

inline otp::child_spec idle_child(std::string name) {
  class idle : public otp::gen_server<idle> {};
  return otp::child<idle>({.name = std::move(name)});
}

}  // namespace otp_test
