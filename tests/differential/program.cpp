// The text form of programs, and simple questions about them.
#include "program.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace differential {

namespace {

template <class Parts, class Text>
std::string join(const Parts& parts, std::string_view separator, Text text) {
  std::string all;
  for (const auto& part : parts) {
    if (!all.empty()) all += separator;
    all += text(part);
  }
  return all;
}

/// Whether it finds out if a process or the holder of a name is there.
bool looks_at_others(const operation& what) {
  static const std::set<std::string_view> verbs{"link",      "is_alive",   "register",
                                                "whereis",   "unregister", "send_name",
                                                "call_name", "start",      "start_link"};
  return verbs.contains(what[0]);
}

std::string burst_text(const burst& what) {
  return what.who + ": " +
         join(what.operations, "; ", [](const operation& o) { return to_text(o); });
}

std::string step_text(const step& what) {
  return what.empty() ? "tick" : join(what, " & ", burst_text);
}

burst parse_burst(const std::string& text) {
  const auto colon = text.find(": ");
  if (colon == std::string::npos) {
    throw std::invalid_argument{"\"" + text +
                                "\" is no step: expected \"who: what; what\" or tick"};
  }
  burst result{text.substr(0, colon), {}};
  for (const auto& each : split(std::string_view{text}.substr(colon + 2), "; ")) {
    result.operations.push_back(split(each, " "));
  }
  return result;
}

}  // namespace

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (auto end = text.find(separator); end != std::string_view::npos; end = text.find(separator)) {
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end + separator.size());
  }
  parts.emplace_back(text);
  return parts;
}

std::string to_text(const operation& what) {
  return join(what, " ", [](const std::string& word) { return word; });
}

std::string to_text(const program& what) {
  std::string text = "start";
  for (const auto& process : what.processes) text += " " + process;
  for (const auto& each : what.steps) text += "\n" + step_text(each);
  return text + "\n";
}

program parse_program(std::string_view text) {
  program result;
  for (const auto& line : split(text, "\n")) {
    if (line.empty()) continue;
    if (line.starts_with("start")) {
      result.processes = split(line, " ");
      result.processes.erase(result.processes.begin());
    } else {
      auto& last = result.steps.emplace_back();
      if (line == "tick") continue;
      for (const auto& each : split(line, " & ")) last.push_back(parse_burst(each));
    }
  }
  if (result.processes.empty()) {
    throw std::invalid_argument{"a program begins with the line \"start p0 p1 s0\""};
  }
  return result;
}

std::string kind_of(const operation& what) {
  const auto& verb = what.front();
  const bool asks =
      verb == "call" || verb == "cast" || verb == "call_name" || verb == "call_or_die";
  if (asks && what.size() > 2) return verb + " " + what[2];
  if (verb.starts_with("start") && what.size() > 2) {
    return verb + " " + (what[2] == "crash" || !fails_to_start(what[2]) ? what[2] : "stop");
  }
  if (verb.starts_with("spawn") && what.size() > (verb == "spawn_monitor" ? 3U : 2U)) {
    return verb + " that ends";
  }
  if (verb == "demonitor" && what.size() > 2) return "demonitor flush";
  if (verb.starts_with("after")) return verb + " " + what[verb == "after" ? 2 : 1];
  return verb;
}

std::size_t count_operations(const program& what) {
  std::size_t count = 0;
  for (const auto& each : what.steps) {
    for (const auto& part : each) count += part.operations.size();
  }
  return count;
}

bool takes_time(const operation& what) {
  return what.size() > 2 && what[0] == "call" && (what[2] == "keep" || what[2] == "busy");
}

bool takes_time(const step& what) {
  return std::any_of(what.begin(), what.end(), [](const burst& part) {
    return std::any_of(part.operations.begin(), part.operations.end(),
                       [](const operation& o) { return takes_time(o); });
  });
}

bool fails_to_start(const std::string& how) { return how != "ok" && how != "ignore"; }

bool is_fair(const program& what) {
  std::set<std::string> trapping;
  for (const auto& each : what.steps) {
    bool someone_ends = false;
    bool someone_looks = false;
    bool someone_asks = false;
    for (const auto& [who, operations] : each) {
      bool takes_signals = false;
      bool depends = false;
      std::set<std::string> killed;
      for (const auto& o : operations) {
        const bool on_itself = o.size() > 1 && o[1] == who;
        if (o[0] == "trap" && o[1] == "on") trapping.insert(who);
        if (o[0] == "trap" && o[1] == "off") trapping.erase(who);
        if (o[0] == "start_link" && fails_to_start(o[2]) && !trapping.contains(who)) return false;
        if (o[0] == "exit" && o[2] == "kill") killed.insert(o[1]);
        if (o[0] == "register" && killed.contains(o[1])) return false;
        takes_signals = takes_signals || o[0] == "trap" || (o[0] == "call" && on_itself) ||
                        (o[0].starts_with("start") && o.size() > 3);
        depends = depends || o[0] == "demonitor" || (o[0] == "exit" && on_itself);
        someone_ends = someone_ends || o[0] == "exit_self" || o[0] == "raise" ||
                       o[0] == "call_or_die" || (o[0] == "exit" && on_itself);
        someone_looks = someone_looks || looks_at_others(o);
        someone_asks = someone_asks || (o[0] == "call" && o[2] == "ask");
      }
      if (takes_signals && depends) return false;
    }
    if (each.size() > 1 && (someone_asks || (someone_ends && someone_looks))) return false;
  }
  return true;
}

bool is_calm(const program& what) {
  return std::all_of(what.steps.begin(), what.steps.end(), [](const step& each) {
    return each.size() <= 1 && (each.empty() || each.front().operations.size() == 1);
  });
}

}  // namespace differential
