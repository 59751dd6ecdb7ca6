// What the application controller does, and the functions that ask it.
#pragma once

#include <otp/application_controller.hpp>
#include <otp/call.hpp>
#include <otp/config.hpp>
#include <otp/detail/application_controller_server.hpp>
#include <otp/detail/context.hpp>
#include <otp/infinity.hpp>
#include <otp/log.hpp>
#include <otp/start.hpp>

#include <cstdlib>
#include <stdexcept>
#include <utility>
#include <variant>

namespace otp::detail {

OTP_DECL application_controller_server::application_controller_server() {
  this_process::trap_exit(true);
  // Whoever was first to need it may belong to an application.
  require_process("otp::application_controller").application.store(0, std::memory_order_relaxed);
}

OTP_DECL void application_controller_server::handle_call(ask request, from<answer> client) {
  const auto ticket = application_control::ticket{++tickets_};
  std::visit(
      [&](auto& wanted) {
        if constexpr (requires { wanted.who; }) wanted.who = ticket;
      },
      request.what);
  waiting_.emplace(ticket, std::move(client));
  if (!request.spec.name.empty() && !machine_.is_loaded(request.spec.name)) {
    current_environment("otp::application_controller").load(request.spec);
    const auto name = request.spec.name;
    specs_.insert_or_assign(name, std::move(request.spec));
  }
  drive(std::move(request.what));
  for (auto at = specs_.begin(); at != specs_.end();) {
    if (machine_.is_loaded(at->first)) {
      ++at;
      continue;
    }
    current_environment("otp::application_controller").unload(at->first);
    at = specs_.erase(at);
  }
}

OTP_DECL std::vector<application_info> application_controller_server::handle_call(list which) {
  std::vector<application_info> infos;
  if (!which.running) {
    for (const auto& name : machine_.loaded()) infos.push_back(info_of(name));
    return infos;
  }
  const auto& running = machine_.running();
  for (auto at = running.rbegin(); at != running.rend(); ++at) infos.push_back(info_of(*at));
  return infos;
}

OTP_DECL application_info application_controller_server::info_of(const std::string& name) const {
  const auto& spec = specs_.at(name);
  return {spec.name, spec.description, spec.version};
}

OTP_DECL std::vector<application_controller_server::one>
application_controller_server::handle_call(list_running) {
  std::vector<one> all;
  for (const auto& name : machine_.running()) {
    const auto process = master_of(name);
    all.push_back({name, process, masters_.at(process).top});
  }
  return all;
}

OTP_DECL done application_controller_server::handle_call(set_node_down request) {
  on_node_down_ = std::move(request.handler);
  return {};
}

OTP_DECL void application_controller_server::handle_info(application_start_ended message) {
  auto& mine = masters_.at(master_of(message.name));
  if (!message.top) {
    mine.start_error = std::move(message.top).error();  // told when its process is gone
    return;
  }
  mine.up = true;
  mine.top = *message.top;
  drive(application_control::started{std::move(message.name)});
}

OTP_DECL void application_controller_server::handle_info(application_tree_ended message) {
  auto& mine = masters_.at(master_of(message.name));
  mine.top = {};
  mine.why = std::move(message.why);
}

OTP_DECL void application_controller_server::handle_info(const exited& message) {
  const auto at = masters_.find(message.from);
  if (at == masters_.end()) return;
  auto gone = std::move(at->second);
  masters_.erase(at);
  if (gone.up) {
    auto why = gone.why.is_normal() ? message.reason : std::move(gone.why);
    return drive(application_control::ended{std::move(gone.name), std::move(why)});
  }
  drive(application_control::failed{
      gone.start_error ? *std::move(gone.start_error)
                       : application_error{.what = application_refusal::start_failed,
                                           .application = std::move(gone.name),
                                           .reason = message.reason}});
}

OTP_DECL void application_controller_server::drive(application_control::event what) {
  // The machine is not asked again before this is done: what an action brings about is a message.
  for (const auto& action : machine_.decide(std::move(what))) {
    std::visit([this](const auto& each) { perform(each); }, action);
  }
}

OTP_DECL void application_controller_server::perform(
    const application_control::start_application& action) {
  auto& environment = current_environment("otp::application_controller");
  const auto started = otp::start_link<application_master>(
      specs_.at(action.name), environment.number_of(action.name), this_process::self());
  masters_.emplace(started.pid(), master{.name = action.name});
}

OTP_DECL void application_controller_server::perform(
    const application_control::stop_application& action) {
  otp::cast(server_ref<application_master>{master_of(action.name)},
            application_master::stop_application{});
}

OTP_DECL void application_controller_server::perform(const application_control::reply& action) {
  const auto at = waiting_.find(action.who);
  at->second.reply(action.answer);
  waiting_.erase(at);
}

OTP_DECL void application_controller_server::perform(
    const application_control::node_down& action) {
  if (on_node_down_) return on_node_down_({action.name, action.why});
  otp::log::critical("application \"{}\" has ended, and with it the program: {}", action.name,
                     action.why);
  std::_Exit(EXIT_FAILURE);
}

OTP_DECL pid application_controller_server::master_of(std::string_view name) const {
  for (const auto& [process, each] : masters_) {
    if (each.name == name) return process;
  }
  return {};
}

OTP_DECL server_ref<application_controller_server> application_controller_of_runtime() {
  const std::string name{application_controller_server::registered_name};
  for (;;) {
    if (const auto known = otp::whereis(name)) {
      return server_ref<application_controller_server>{known};
    }
    // Somebody else may be first.
    const auto started = otp::try_start<application_controller_server>({.name = name});
    if (started) return *started;
  }
}

/// Asks the controller and waits.
template <class M>
auto ask_application_controller(M request) {
  return otp::call(application_controller_of_runtime(), std::move(request), infinity);
}

inline result<void, application_error> asked(application_control::event what,
                                             application_spec spec = {}) {
  auto answer = ask_application_controller(
      application_controller_server::ask{std::move(what), std::move(spec)});
  if (!answer) return failure{std::move(answer).error()};
  return {};
}

OTP_DECL void load_needed(std::vector<application_spec> specs) {
  for (auto& each : specs) {
    // One that is loaded already stays as it is.
    static_cast<void>(application_controller::load(std::move(each)));
  }
}

}  // namespace otp::detail

namespace otp::application_controller {

OTP_DECL result<void, application_error> load(application_spec spec) {
  if (spec.name.empty()) {
    throw std::invalid_argument("otp::application_controller::load: the spec has no .name");
  }
  detail::application_control::load wanted{{}, spec.name, spec.applications,
                                           spec.optional_applications};
  return detail::asked(std::move(wanted), std::move(spec));
}

OTP_DECL result<void, application_error> unload(std::string_view name) {
  return detail::asked(detail::application_control::unload{{}, std::string{name}});
}

OTP_DECL result<void, application_error> start(std::string_view name, restart type) {
  return detail::asked(detail::application_control::start{{}, std::string{name}, type});
}

OTP_DECL result<void, application_error> ensure_started(std::string_view name, restart type) {
  auto answer = start(name, type);
  const bool runs = !answer && answer.error().what == application_refusal::already_started;
  return runs ? result<void, application_error>{} : answer;
}

OTP_DECL result<std::vector<std::string>, application_error> ensure_all_started(
    std::string_view name, restart type) {
  return detail::ask_application_controller(detail::application_controller_server::ask{
      detail::application_control::ensure_all_started{{}, std::string{name}, type}});
}

OTP_DECL result<void, application_error> stop(std::string_view name) {
  return detail::asked(detail::application_control::stop{{}, std::string{name}});
}

OTP_DECL void stop_all() {
  static_cast<void>(detail::asked(detail::application_control::stop_all{}));
}

OTP_DECL std::vector<application_info> started_applications() {
  return detail::ask_application_controller(
      detail::application_controller_server::list{.running = true});
}

OTP_DECL std::vector<application_info> loaded_applications() {
  return detail::ask_application_controller(detail::application_controller_server::list{});
}

OTP_DECL pid top_of(std::string_view name) {
  for (const auto& each : detail::ask_application_controller(
           detail::application_controller_server::list_running{})) {
    if (each.name == name) return each.top;
  }
  return {};
}

OTP_DECL std::vector<std::string> stopping_applications() {
  return detail::ask_application_controller(
      detail::application_controller_server::list_stopping{});
}

OTP_DECL environment_snapshot prep_config_change() {
  return detail::current_environment("otp::application_controller").snapshot();
}

OTP_DECL void config_change(const environment_snapshot& before) {
  const auto now = prep_config_change();
  const auto of = [](const environment_snapshot& all, const std::string& name) {
    const auto at = all.find(name);
    return at == all.end() ? configuration{} : at->second;
  };
  for (const auto& each : detail::ask_application_controller(
           detail::application_controller_server::list_running{})) {
    auto changes = detail::changes_between(of(before, each.name), of(now, each.name));
    if (changes.empty()) continue;
    // One that stops meanwhile needs to know nothing any more.
    static_cast<void>(otp::try_call(server_ref<detail::application_master>{each.master},
                                    detail::application_master::change{std::move(changes)},
                                    infinity));
  }
}

OTP_DECL void on_node_down(std::function<void(const node_down&)> handler) {
  detail::ask_application_controller(
      detail::application_controller_server::set_node_down{std::move(handler)});
}

}  // namespace otp::application_controller
