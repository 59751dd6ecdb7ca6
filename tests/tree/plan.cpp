#include "tree/plan.hpp"

#include "tree/worker.hpp"
#include <otp/child.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/partition_supervisor.hpp>
#include <otp/supervisor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tree {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t workers_in_a_group = 20;

// The groups give up now and then, the branches hardly ever, the root never.
constexpr otp::restart_intensity of_group{.max_restarts = 100, .within = 1s};
constexpr otp::restart_intensity of_branch{.max_restarts = 1'000, .within = 1s};
constexpr otp::restart_intensity of_root{.max_restarts = 10'000, .within = 1s};

// A supervisor that is started again meets the names of orphans: that needs some patience.
constexpr otp::restart_backoff patient{
    .base = 1ms, .max = 100ms, .jitter = 0.5, .reset_after = 500ms};

otp::strategy strategy_of(group_kind kind) {
  switch (kind) {
    case group_kind::rest_for_one:
    case group_kind::dynamic:  // of the pool and its filler
      return otp::strategy::rest_for_one;
    case group_kind::one_for_all:
      return otp::strategy::one_for_all;
    case group_kind::one_for_one:
    case group_kind::partition:
      break;
  }
  return otp::strategy::one_for_one;
}

otp::child_spec counted(otp::child_spec supervisor, const shared_census& counts) {
  supervisor.start = [counts, start = std::move(supervisor.start)] {
    auto started = start();
    if (started) counts->supervisor_starts.fetch_add(1, std::memory_order_relaxed);
    return started;
  };
  return supervisor;
}

otp::child_spec partition_spec(const group& of, const shared_census& counts) {
  return otp::child(otp::partition_supervisor_spec{
      .name = of.name,
      .partitions = of.size,
      .child = [counts, first = of.first](
                   std::size_t i) { return worker_spec(counts, first + i); },
      .intensity = of_group});
}

otp::child_spec group_spec(const group& of, const shared_census& counts) {
  if (of.kind == group_kind::partition) return partition_spec(of, counts);
  otp::supervisor_spec spec{
      .name = of.name, .strategy = strategy_of(of.kind), .intensity = of_group};
  if (of.kind == group_kind::dynamic) {
    spec.backoff = patient;
    const otp::dynamic_supervisor_spec pool{.name = of.pool(),
                                            .max_children = of.size,
                                            .intensity = of_group,
                                            .backoff = patient};
    spec.children = {counted(otp::child(pool), counts),
                     otp::child<filler>({.name = of.filler()}, counts, of)};
    return otp::child(std::move(spec));
  }
  if (of.kind == group_kind::rest_for_one) spec.backoff = patient;
  for (std::size_t i = 0; i < of.size; ++i) {
    spec.children.push_back(worker_spec(counts, of.first + i));
  }
  return otp::child(std::move(spec));
}

}  // namespace

std::string_view name_of(group_kind kind) {
  switch (kind) {
    case group_kind::one_for_one:
      return "one_for_one";
    case group_kind::rest_for_one:
      return "rest_for_one";
    case group_kind::one_for_all:
      return "one_for_all";
    case group_kind::dynamic:
      return "dynamic";
    case group_kind::partition:
      return "partition";
  }
  return {};
}

std::string worker_name(std::size_t number) {
  return number % 10 == 0 ? fmt::format("w{}", number) : std::string{};
}

plan make_plan(std::size_t workers) {
  plan made{.branches = {}, .workers = workers};
  std::size_t next = 0;
  for (std::size_t b = 0; b < kinds.size(); ++b) {
    branch each{.name = std::string{name_of(kinds[b])}, .groups = {}};
    const auto last = workers * (b + 1) / kinds.size();
    const auto groups = std::max<std::size_t>(1, (last - next) / workers_in_a_group);
    const auto first = next;
    for (std::size_t g = 0; g < groups; ++g) {
      const auto end = first + (last - first) * (g + 1) / groups;
      each.groups.push_back({.kind = kinds[b],
                             .name = fmt::format("{}.{}", each.name, g),
                             .first = next,
                             .size = end - next});
      next = end;
    }
    made.branches.push_back(std::move(each));
  }
  return made;
}

otp::supervisor_spec root_spec(const plan& of, const shared_census& counts) {
  otp::supervisor_spec root{.name = "root", .intensity = of_root, .backoff = patient};
  for (const auto& each : of.branches) {
    otp::supervisor_spec spec{.name = each.name, .intensity = of_branch, .backoff = patient};
    for (const auto& below : each.groups) {
      spec.children.push_back(counted(group_spec(below, counts), counts));
    }
    root.children.push_back(counted(otp::child(std::move(spec)), counts));
  }
  return root;
}

}  // namespace tree
