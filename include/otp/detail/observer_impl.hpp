// How the commands of the observer are answered.
#pragma once

#include <otp/config.hpp>
#include <otp/observer.hpp>
#include <otp/sys.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

OTP_DECL std::string observer::run(std::string_view line) {
  const auto given = split(line);
  if (given.empty()) return {};
  for (const auto& known : commands()) {
    if (known.name != given[0]) continue;
    if (given.size() - 1 < known.least || given.size() - 1 > known.most) {
      return fmt::format("usage: {}\n", known.usage);
    }
    return (this->*known.function)(given);
  }
  return fmt::format("unknown command \"{}\"\n{}", given[0], help(given));
}

OTP_DECL const std::vector<observer::command>& observer::commands() {
  static const std::vector<command> all{
      {"applications", 0, 0, &observer::list_applications, "applications",
       "the applications that run"},
      {"tree", 0, 1, &observer::tree, "tree [NAME|PID]",
       "the processes under a supervisor, or under all applications"},
      {"which_children", 1, 1, &observer::children, "which_children NAME|PID",
       "the children of a supervisor"},
      {"whereis", 1, 1, &observer::find, "whereis NAME", "the process that holds a name"},
      {"registered", 0, 0, &observer::names, "registered", "all names and who holds them"},
      {"get_state", 1, 1, &observer::state, "get_state NAME|PID", "the state of a server"},
      {"exit", 2, 2, &observer::send_exit, "exit NAME|PID REASON",
       "sends an exit signal: kill, shutdown, normal, or a word of yours"},
      {"help", 0, 0, &observer::help, "help", "this list"}};
  return all;
}

OTP_DECL std::string observer::help(const words&) {
  std::string text;
  for (const auto& each : commands()) {
    text += fmt::format("  {:<26} {}\n", each.usage, each.what);
  }
  return text;
}

OTP_DECL std::string observer::list_applications(const words&) {
  std::string text;
  if (applications_) {
    for (const auto& each : applications_()) {
      text += fmt::format("{} {}{}{}\n", each.name, each.version,
                          each.description.empty() ? "" : "  ", each.description);
    }
  }
  return text.empty() ? "no application runs\n" : text;
}

OTP_DECL std::string observer::tree(const words& given) {
  std::string text;
  if (given.size() == 2) {
    const auto root = resolve(given[1]);
    if (!root) return not_found(given[1]);
    text += fmt::format("{} {}\n", given[1], root);
    draw(text, root, "");
    return text;
  }
  if (applications_) {
    for (const auto& each : applications_()) {
      text += fmt::format("{} {}\n", each.name, each.supervisor);
      draw(text, each.supervisor, "");
    }
  }
  return text.empty() ? "no application runs; try: tree NAME\n" : text;
}

OTP_DECL std::string observer::children(const words& given) {
  const auto target = resolve(given[1]);
  if (!target) return not_found(given[1]);
  const auto found = children_of(target);
  if (!found) return fmt::format("{} is not a supervisor, or is busy\n", given[1]);
  std::string text;
  for (const auto& each : *found) text += fmt::format("{}\n", describe(each));
  return text.empty() ? "no children\n" : text;
}

OTP_DECL std::string observer::find(const words& given) {
  const auto holder = whereis(given[1]);
  return holder ? fmt::format("{}\n", holder) : not_found(given[1]);
}

OTP_DECL std::string observer::names(const words&) {
  std::string text;
  for (const auto& [name, holder] : registered()) text += fmt::format("{} {}\n", name, holder);
  return text.empty() ? "no names\n" : text;
}

OTP_DECL std::string observer::state(const words& given) {
  const auto target = resolve(given[1]);
  if (!target) return not_found(given[1]);
  try {
    return sys::get_state(target, patience) + "\n";
  } catch (const exit_error& error) {
    return fmt::format("no answer: {}\n", error.reason().root());
  }
}

OTP_DECL std::string observer::send_exit(const words& given) {
  const auto target = resolve(given[1]);
  if (!target) return not_found(given[1]);
  otp::exit(target, reason_of(given[2]));
  return fmt::format("sent {} to {}\n", given[2], target);
}

OTP_DECL observer::words observer::split(std::string_view line) {
  words found;
  while (true) {
    const auto first = line.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return found;
    const auto last = std::min(line.find_first_of(" \t\r\n", first), line.size());
    found.push_back(line.substr(first, last - first));
    line.remove_prefix(last);
  }
}

OTP_DECL std::string observer::not_found(std::string_view what) {
  return fmt::format("no process {}; names: registered\n", what);
}

OTP_DECL exit_reason observer::reason_of(std::string_view word) {
  if (word == "kill") return reason::kill;
  if (word == "shutdown") return reason::shutdown;
  if (word == "normal") return reason::normal;
  return exit_reason{std::string{word}};
}

OTP_DECL pid observer::resolve(std::string_view text) {
  if (const auto holder = whereis(text)) return holder;
  constexpr std::string_view prefix = "<0.";
  if (!text.starts_with(prefix) || !text.ends_with('>')) return {};
  std::uint64_t count = 0;
  const auto* const end = text.data() + text.size() - 1;
  const auto parsed = std::from_chars(text.data() + prefix.size(), end, count);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return {};
  return detail::find_by_count(detail::current_core("otp::observer"), count);
}

OTP_DECL std::optional<std::vector<child_info>> observer::children_of(const pid& target) {
  if (auto found = try_call(server_ref<supervisor>{target}, supervisor::list{}, patience)) {
    std::reverse(found->begin(), found->end());  // in the order of their start
    return *std::move(found);
  }
  if (auto found =
          try_call(server_ref<dynamic_supervisor>{target}, dynamic_supervisor::list{}, patience)) {
    return *std::move(found);
  }
  return std::nullopt;
}

OTP_DECL std::string observer::describe(const child_info& child) {
  const auto* const kind = child.type == child_type::supervisor ? "supervisor" : "worker";
  const auto name = detail::display_name(detail::current_core("otp::observer"), child.process);
  const auto shown = !child.id.empty()                         ? child.id
                     : name == detail::pid_text(child.process) ? std::string{"-"}
                                                               : name;
  switch (child.state) {
    case child_state::running:
      return fmt::format("{} {} {}", shown, child.process, kind);
    case child_state::restarting:
      return fmt::format("{} restarting {}", shown, kind);
    case child_state::stopped:
      break;
  }
  return fmt::format("{} stopped {}", shown, kind);
}

OTP_DECL void observer::draw(std::string& text, const pid& root, const std::string& indent) {
  const auto children = children_of(root);
  if (!children) return;
  constexpr std::size_t shown = 50;
  for (std::size_t i = 0; i < children->size(); ++i) {
    const auto& child = (*children)[i];
    const bool last = i + 1 == children->size();
    if (i == shown && children->size() > shown + 1) {
      text += fmt::format("{}└─ … {} more\n", indent, children->size() - shown);
      return;
    }
    text += fmt::format("{}{} {}\n", indent, last ? "└─" : "├─", describe(child));
    if (child.type == child_type::supervisor && child.process) {
      draw(text, child.process, indent + (last ? "   " : "│  "));
    }
  }
}

}  // namespace otp
