// The operations, each with the public functions that a user would call.
#include "actor.hpp"

#include "server.hpp"
#include <otp/call.hpp>
#include <otp/process.hpp>
#include <otp/receive.hpp>
#include <otp/start.hpp>
#include <otp/timer.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace differential {

namespace {

std::string yes_or_no(bool value) { return value ? "true" : "false"; }

template <class Work>
std::string badarg(Work work) {
  try {
    work();
    return "ok";
  } catch (const std::invalid_argument&) {
    return "badarg";
  }
}

std::chrono::nanoseconds delay_of(const std::string& word) {
  if (word == "short") return short_delay;
  return long_delay;
}

}  // namespace

otp::exit_reason parse_reason(const std::string& text) {
  if (text == "normal") return otp::reason::normal;
  if (text == "shutdown") return otp::reason::shutdown;
  if (text == "kill") return otp::reason::kill;
  if (text == "killed") return otp::reason::killed;
  if (text == "noproc") return otp::reason::noproc;
  if (text.starts_with("shutdown(")) return otp::reason::shutdown(text.substr(9, text.size() - 10));
  return text;
}

std::string reason_text(const otp::exit_reason& why) {
  if (const auto* call = why.get<otp::call_info>()) return "call(" + reason_text(call->inner) + ")";
  if (const auto* error = why.get<otp::exception_info>()) return "error(" + error->what + ")";
  if (why.type() == otp::exit_reason::kind::deadlock) return "deadlock";
  return why.to_string();
}

// ---- telling the driver

void actor::tell(const otp::pid& source, std::string text, const otp::pid& subject) const {
  otp::send(driver_, told{label_, source, {}, std::move(text), subject});
}

void actor::tell(std::string source, std::string text, const otp::pid& subject) const {
  otp::send(driver_, told{label_, {}, std::move(source), std::move(text), subject});
}

void actor::answer(ping what) const { otp::send(driver_, pong{label_, what.round}); }

void actor::hear(const message& what) const {
  const auto text = "message " + what.number;
  if (what.timer.empty()) {
    tell(what.from, text);
  } else {
    tell("timer_" + what.timer, text);
  }
}

void actor::hear(const otp::exited& what) const {
  tell(what.from, "exit " + reason_text(what.reason));
}

void actor::hear(const otp::down& what) const {
  const auto slot = slots_.find(what.ref);
  const auto text =
      "down " + (slot == slots_.end() ? "?" : slot->second) + " " + reason_text(what.reason);
  if (what.name.empty()) {
    tell(what.process, text);
  } else {
    tell("name_" + what.name.substr(prefix_.size()), text);
  }
}

void actor::introduce(const std::string& label, const otp::pid& who) const {
  otp::send(driver_, born{label, who, otp::this_process::self()});
  otp::receive([](watched) {});
}

void actor::grow(const std::string& label, const otp::pid& who, bool doomed) {
  if (doomed) {
    otp::send(driver_, born{label, who, {}});
  } else {
    introduce(label, who);
  }
  known_.pids[label] = who;
}

void actor::keep(const std::string& slot, otp::monitor_ref ref) {
  otp::send(driver_, monitor_made{slot, ref});
  known_.monitors[slot] = ref;
  slots_[ref] = slot;
}

actor::result actor::keep(const std::string& slot, otp::timer_ref ref) {
  otp::send(driver_, timer_made{slot, ref});
  known_.timers[slot] = ref;
  return {"ok"};
}

// ---- living

void actor::obey() {
  for (;;) {
    auto perform_them = [&](orders what) { perform(std::move(what)); };
    auto answer_it = [&](ping what) { answer(what); };
    if (deaf_) {
      otp::receive(perform_them, answer_it);
    } else {
      otp::receive(
          perform_them, answer_it, [&](const message& what) { hear(what); },
          [&](const otp::exited& what) { hear(what); }, [&](const otp::down& what) { hear(what); });
    }
  }
}

void actor::perform(orders what) {
  known_ = std::move(what.known);
  for (const auto& each : what.operations) {
    auto came = do_one(each);
    tell("self", to_text(each) + " -> " + came.text, came.subject);
    if (what.interrupted && otp::this_runtime::random() % 2 == 0) {
      otp::sleep(std::chrono::nanoseconds{0});
    }
  }
}

actor::result actor::do_one(const operation& what) {
  if (const auto alone = actions().find(what.front()); alone != actions().end()) {
    return (this->*alone->second)(what);
  }
  const auto on = actions_on().find(what.front());
  if (on == actions_on().end()) throw std::logic_error{"no such operation: " + to_text(what)};
  const auto who = known_.pids.find(what[1]);
  if (who == known_.pids.end()) return {"unknown"};
  return (this->*on->second)(who->second, what);
}

const std::map<std::string_view, actor::action>& actor::actions() {
  static const std::map<std::string_view, action> all{
      {"spawn", &actor::spawn},
      {"spawn_link", &actor::spawn_link},
      {"spawn_monitor", &actor::spawn_monitor},
      {"start", &actor::start},
      {"start_link", &actor::start},
      {"monitor_name", &actor::monitor_name},
      {"demonitor", &actor::demonitor},
      {"trap", &actor::trap},
      {"deaf", &actor::set_deaf},
      {"hear", &actor::set_deaf},
      {"send_name", &actor::send_name},
      {"exit_self", &actor::exit_self},
      {"raise", &actor::raise},
      {"unregister", &actor::unregister},
      {"whereis", &actor::whereis},
      {"after_name", &actor::after_name},
      {"cancel", &actor::cancel},
      {"read", &actor::read},
      {"call_name", &actor::call_name},
      {"cast_name", &actor::cast_name},
  };
  return all;
}

const std::map<std::string_view, actor::action_on>& actor::actions_on() {
  static const std::map<std::string_view, action_on> all{
      {"link", &actor::link},       {"unlink", &actor::unlink},
      {"monitor", &actor::monitor}, {"send", &actor::send},
      {"exit", &actor::exit},       {"is_alive", &actor::is_alive},
      {"after", &actor::after},     {"register", &actor::register_name},
      {"call", &actor::call},       {"call_or_die", &actor::call_or_die},
      {"cast", &actor::cast},       {"stop", &actor::stop},
  };
  return all;
}

// ---- operations with labels, slots and names

actor::result actor::spawn(const operation& what) {
  const bool doomed = what.size() > 2;
  const auto who = doomed ? otp::spawn([why = parse_reason(what[2])] { otp::exit(why); })
                          : otp::spawn([self = child(what[1])]() mutable { self.obey(); });
  grow(what[1], who, doomed);
  return {"ok"};
}

actor::result actor::spawn_link(const operation& what) {
  const bool doomed = what.size() > 2;
  const auto who = doomed ? otp::spawn_link([why = parse_reason(what[2])] { otp::exit(why); })
                          : otp::spawn_link([self = child(what[1])]() mutable { self.obey(); });
  grow(what[1], who, doomed);
  return {"ok"};
}

actor::result actor::spawn_monitor(const operation& what) {
  const bool doomed = what.size() > 3;
  const auto [who, ref] =
      doomed ? otp::spawn_monitor([why = parse_reason(what[3])] { otp::exit(why); })
             : otp::spawn_monitor([self = child(what[1])]() mutable { self.obey(); });
  keep(what[2], ref);
  grow(what[1], who, doomed);
  return {"ok"};
}

actor::result actor::start(const operation& what) {
  otp::start_options options;
  if (what.size() > 3) options.name = name(what[3]);
  auto started = what[0] == "start"
                     ? otp::try_start<server>(std::move(options), child(what[1]), what[2])
                     : otp::try_start_link<server>(std::move(options), child(what[1]), what[2]);
  if (started) {
    known_.pids[what[1]] = started->pid();
    return {"ok"};
  }
  const auto& failed = started.error();
  if (failed.ignored) return {"ignored"};
  if (const auto* taken = failed.reason.get<otp::already_started>()) {
    return {"already_started ", taken->holder};
  }
  return {"error " + reason_text(failed.reason)};
}

actor::result actor::monitor_name(const operation& what) {
  keep(what[2], otp::monitor(name(what[1])));
  return {"ok"};
}

actor::result actor::demonitor(const operation& what) {
  const auto ref = known_.monitors.find(what[1]);
  if (ref == known_.monitors.end()) return {"unknown"};
  return {yes_or_no(otp::demonitor(ref->second, what.size() > 2))};
}

actor::result actor::trap(const operation& what) {
  return {yes_or_no(otp::this_process::trap_exit(what[1] == "on"))};
}

actor::result actor::set_deaf(const operation& what) {
  deaf_ = what[0] == "deaf";
  return {"ok"};
}

actor::result actor::send_name(const operation& what) {
  return {badarg([&] {
    otp::send(name(what[1]), message{otp::this_process::self(), {}, what[2]});
  })};
}

actor::result actor::exit_self(const operation& what) { otp::exit(parse_reason(what[1])); }

actor::result actor::raise(const operation&) { throw std::runtime_error{"oops"}; }

actor::result actor::unregister(const operation& what) {
  return {badarg([&] { otp::unregister_name(name(what[1])); })};
}

actor::result actor::whereis(const operation& what) {
  const auto holder = otp::whereis(name(what[1]));
  return holder ? result{"", holder} : result{"nobody"};
}

actor::result actor::after_name(const operation& what) {
  message later{{}, what[3], what[3]};
  return keep(what[3], otp::send_after(delay_of(what[1]), name(what[2]), std::move(later)));
}

actor::result actor::cancel(const operation& what) {
  const auto ref = known_.timers.find(what[1]);
  if (ref == known_.timers.end()) return {"unknown"};
  return {otp::cancel_timer(ref->second) ? "left" : "false"};
}

actor::result actor::read(const operation& what) {
  const auto ref = known_.timers.find(what[1]);
  if (ref == known_.timers.end()) return {"unknown"};
  return {otp::read_timer(ref->second) ? "left" : "false"};
}

// ---- operations with a process

actor::result actor::link(const otp::pid& to, const operation&) {
  try {
    otp::link(to);
    return {"ok"};
  } catch (const otp::exit_error& error) {
    return {reason_text(error.reason())};
  }
}

actor::result actor::unlink(const otp::pid& to, const operation&) {
  otp::unlink(to);
  return {"ok"};
}

actor::result actor::monitor(const otp::pid& to, const operation& what) {
  keep(what[2], otp::monitor(to));
  return {"ok"};
}

actor::result actor::send(const otp::pid& to, const operation& what) {
  otp::send(to, message{otp::this_process::self(), {}, what[2]});
  return {"ok"};
}

actor::result actor::exit(const otp::pid& to, const operation& what) {
  otp::exit(to, parse_reason(what[2]));
  return {"ok"};
}

actor::result actor::is_alive(const otp::pid& to, const operation&) {
  return {yes_or_no(otp::is_alive(to))};
}

actor::result actor::register_name(const otp::pid& to, const operation& what) {
  // Here a process may have several names, in OTP only one (P-108).
  for (const auto& [taken, holder] : otp::registered()) {
    if (holder == to) return {"badarg"};
  }
  return {badarg([&] { otp::register_name(name(what[2]), to); })};
}

actor::result actor::after(const otp::pid& to, const operation& what) {
  return keep(what[3], otp::send_after(delay_of(what[2]), to, message{{}, what[3], what[3]}));
}

// ---- requests

template <class Address>
actor::result actor::call_at(const Address& address, const operation& what) {
  operation request{what.begin() + 2, what.end()};
  const auto self = otp::this_process::self();
  const auto timeout = takes_time(what) ? std::chrono::nanoseconds{call_timeout} : otp::infinity;
  const auto& verb = request.front();
  otp::result<std::string> answer;
  if (verb == "twice" || verb == "delegate" || verb == "keep") {
    answer = otp::try_call(address, server::ask_from{self, std::move(request)}, timeout);
  } else {
    otp::pid other;
    if (verb == "ask") {
      const auto found = known_.pids.find(request[1]);
      if (found == known_.pids.end()) return {"unknown"};
      other = found->second;
    }
    answer = otp::try_call(address, server::ask{self, std::move(request), other}, timeout);
  }
  return {answer ? "value " + *answer : "exit " + reason_text(answer.error())};
}

actor::result actor::call(const otp::pid& to, const operation& what) {
  return call_at(otp::server_ref<server>{to}, what);
}

actor::result actor::call_name(const operation& what) {
  return call_at(otp::name<server>{name(what[1])}, what);
}

actor::result actor::call_or_die(const otp::pid& to, const operation& what) {
  server::ask request{otp::this_process::self(), {what.begin() + 2, what.end()}, {}};
  return {otp::call(otp::server_ref<server>{to}, std::move(request), otp::infinity)};
}

actor::result actor::cast(const otp::pid& to, const operation& what) {
  otp::cast(otp::server_ref<server>{to},
            server::work{otp::this_process::self(), {what.begin() + 2, what.end()}});
  return {"ok"};
}

actor::result actor::cast_name(const operation& what) {
  otp::cast(otp::name<server>{name(what[1])},
            server::work{otp::this_process::self(), {what.begin() + 2, what.end()}});
  return {"ok"};
}

actor::result actor::stop(const otp::pid& to, const operation& what) {
  try {
    otp::stop(to, parse_reason(what[2]));
    return {"ok"};
  } catch (const otp::exit_error& error) {
    const auto* failed = error.reason().get<otp::call_info>();
    return {"exit " + reason_text(failed == nullptr ? error.reason() : failed->inner)};
  }
}

}  // namespace differential
