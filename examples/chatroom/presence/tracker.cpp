#include "presence/tracker.hpp"

#include <algorithm>
#include <utility>

namespace chatroom::presence {
namespace {

// Takes the meta out of the entries; false if it is not there.
bool take(entries& from, const std::string& key, track_ref ref) {
  const auto found = from.find(key);
  if (found == from.end()) return false;
  const bool taken = std::erase_if(found->second, [&](const meta& m) { return m.ref == ref; }) > 0;
  if (found->second.empty()) from.erase(found);
  return taken;
}

}  // namespace

tracked tracker::track(const otp::pid& process, const place& where, std::string about) {
  if (find(process, where) != nullptr) return {};
  tracked out{.ref = track_ref{next_ref_++}, .steps = {}};
  const meta said{*out.ref, std::move(about)};
  auto& all = topics_[where.topic][where.key];
  const auto gone =
      std::ranges::find_if(all, [](const track_entry& each) { return !each.process; });
  if (gone == all.end()) {
    all.push_back({process, said});
  } else {
    left(where, gone->said, out.steps);
    *gone = {process, said};
  }
  joined(where, said, out.steps);
  auto& of_process = places_[process];
  if (of_process.empty()) out.steps.push_back(track_action::watch{process});
  of_process.push_back(where);
  return out;
}

tracked tracker::update(const otp::pid& process, const place& where, std::string about) {
  track_entry* const entry = find(process, where);
  if (entry == nullptr) return {};
  tracked out{.ref = track_ref{next_ref_++}, .steps = {}};
  left(where, entry->said, out.steps);
  entry->said = {*out.ref, std::move(about)};
  joined(where, entry->said, out.steps);
  return out;
}

actions tracker::untrack(const otp::pid& process, const place& where) {
  actions steps;
  const track_entry* const entry = find(process, where);
  if (entry == nullptr) return steps;
  left(where, *remove(where, entry->said.ref), steps);
  const auto of_process = places_.find(process);
  std::erase(of_process->second, where);
  if (of_process->second.empty()) {
    places_.erase(of_process);
    steps.push_back(track_action::unwatch{process});
  }
  return steps;
}

actions tracker::gone(const otp::pid& process) {
  actions steps;
  const auto of_process = places_.extract(process);
  if (of_process.empty()) return steps;
  for (const place& where : of_process.mapped()) {
    track_entry& entry = *find(process, where);
    entry.process.reset();
    steps.push_back(track_action::wait_for_return{where, entry.said.ref});
  }
  return steps;
}

actions tracker::grace_over(const place& where, track_ref ref) {
  actions steps;
  if (const auto removed = remove(where, ref)) left(where, *removed, steps);
  return steps;
}

std::vector<diff> tracker::take_changes() {
  telling_ = false;
  std::vector<diff> out;
  for (auto& [topic, change] : std::exchange(changes_, {})) {
    if (!change.joins.empty() || !change.leaves.empty()) out.push_back(std::move(change));
  }
  return out;
}

entries tracker::list(std::string_view topic) const {
  entries out;
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return out;
  for (const auto& [key, all] : found->second) {
    auto& metas = out[key];
    for (const track_entry& each : all) metas.push_back(each.said);
  }
  return out;
}

tracker::track_entry* tracker::find(const otp::pid& process, const place& where) {
  const auto topic = topics_.find(where.topic);
  if (topic == topics_.end()) return nullptr;
  const auto key = topic->second.find(where.key);
  if (key == topic->second.end()) return nullptr;
  const auto found = std::ranges::find_if(
      key->second, [&](const track_entry& each) { return each.process == process; });
  return found == key->second.end() ? nullptr : &*found;
}

std::optional<meta> tracker::remove(const place& where, track_ref ref) {
  const auto topic = topics_.find(where.topic);
  if (topic == topics_.end()) return {};
  const auto key = topic->second.find(where.key);
  if (key == topic->second.end()) return {};
  const auto found = std::ranges::find_if(
      key->second, [&](const track_entry& each) { return each.said.ref == ref; });
  if (found == key->second.end()) return {};
  meta said = std::move(found->said);
  key->second.erase(found);
  if (key->second.empty()) topic->second.erase(key);
  if (topic->second.empty()) topics_.erase(topic);
  return said;
}

void tracker::joined(const place& where, const meta& one, actions& steps) {
  changes_of(where.topic, steps).joins[where.key].push_back(one);
}

void tracker::left(const place& where, const meta& one, actions& steps) {
  diff& change = changes_of(where.topic, steps);
  // Who came since the last time and is gone again has never been there.
  if (!take(change.joins, where.key, one.ref)) change.leaves[where.key].push_back(one);
}

diff& tracker::changes_of(const std::string& topic, actions& steps) {
  if (!std::exchange(telling_, true)) steps.push_back(track_action::tell_soon{});
  diff& change = changes_[topic];
  change.topic = topic;
  return change;
}

}  // namespace chatroom::presence
