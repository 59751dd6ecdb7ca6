// What a process of a program does: performs operations with the public functions of the library,
// and tells the driver what came of them and what it receives.
#pragma once

#include "protocol.hpp"
#include <otp/exit_reason.hpp>
#include <otp/message.hpp>

#include <map>
#include <string>
#include <string_view>

namespace differential {

/// What a process knows; servers have it as a member.
class actor {
 public:
  actor(std::string label, const otp::pid& driver, std::string prefix)
      : label_{std::move(label)}, driver_{driver}, prefix_{std::move(prefix)} {}

  /// The life of a plain process.
  void obey();

  void perform(orders what);
  void answer(ping what) const;
  void hear(const message& what) const;
  void hear(const otp::exited& what) const;
  void hear(const otp::down& what) const;

  void tell(const otp::pid& source, std::string text, const otp::pid& subject = {}) const;
  void tell(std::string source, std::string text, const otp::pid& subject = {}) const;

  /// Makes the driver watch the process `who`, before it does anything.
  void introduce(const std::string& label, const otp::pid& who) const;

  const std::string& label() const noexcept { return label_; }

 private:
  struct result {
    std::string text;
    otp::pid subject{};
  };
  using action = result (actor::*)(const operation&);
  using action_on = result (actor::*)(const otp::pid&, const operation&);
  static const std::map<std::string_view, action>& actions();
  static const std::map<std::string_view, action_on>& actions_on();
  result do_one(const operation& what);

  // With labels, slots and names only.
  result spawn(const operation& what);
  result spawn_link(const operation& what);
  result spawn_monitor(const operation& what);
  result start(const operation& what);
  result monitor_name(const operation& what);
  result demonitor(const operation& what);
  result trap(const operation& what);
  result set_deaf(const operation& what);
  result send_name(const operation& what);
  result exit_self(const operation& what);
  result raise(const operation& what);
  result unregister(const operation& what);
  result whereis(const operation& what);
  result after_name(const operation& what);
  result cancel(const operation& what);
  result read(const operation& what);
  result call_name(const operation& what);
  result cast_name(const operation& what);
  // With a process.
  result link(const otp::pid& to, const operation& what);
  result unlink(const otp::pid& to, const operation& what);
  result monitor(const otp::pid& to, const operation& what);
  result send(const otp::pid& to, const operation& what);
  result exit(const otp::pid& to, const operation& what);
  result is_alive(const otp::pid& to, const operation& what);
  result register_name(const otp::pid& to, const operation& what);
  result after(const otp::pid& to, const operation& what);
  result call(const otp::pid& to, const operation& what);
  result call_or_die(const otp::pid& to, const operation& what);
  result cast(const otp::pid& to, const operation& what);
  result stop(const otp::pid& to, const operation& what);

  actor child(const std::string& label) const { return {label, driver_, prefix_}; }
  void grow(const std::string& label, const otp::pid& who, bool doomed);
  void keep(const std::string& slot, otp::monitor_ref ref);
  result keep(const std::string& slot, otp::timer_ref ref);
  template <class Address>
  result call_at(const Address& server, const operation& what);
  std::string name(const std::string& text) const { return prefix_ + text; }

  std::string label_;
  otp::pid driver_;
  std::string prefix_;  ///< Of the names of this program.
  bool deaf_ = false;
  world known_;
  std::map<otp::monitor_ref, std::string> slots_;  ///< Of its own monitors.
};

/// Reasons as programs have them: a word, or shutdown(word).
otp::exit_reason parse_reason(const std::string& text);
/// As outcomes have them.
std::string reason_text(const otp::exit_reason& why);

}  // namespace differential
