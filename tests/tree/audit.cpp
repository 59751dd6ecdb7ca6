#include "tree/audit.hpp"

#include "tree/worker.hpp"
#include <otp/call.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/process.hpp>
#include <otp/supervisor.hpp>

#include <fmt/format.h>

#include <chrono>
#include <set>
#include <stdexcept>
#include <vector>

namespace tree {

using namespace std::chrono_literals;

namespace {

class fault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

void require(bool holds, std::string_view who, std::string_view what) {
  if (!holds) throw fault{fmt::format("{}: {}", who, what)};
}

class auditor {
 public:
  void look_at_root(const plan& of) {
    found("root", otp::whereis("root"));
    std::vector<std::string> ids;
    for (const auto& each : of.branches) ids.push_back(each.name);
    look_at("root", ids, child_names);
    for (const auto& each : of.branches) look_at_branch(each);
  }

  std::size_t processes() const { return seen_.size(); }

 private:
  enum naming : bool { child_names = true, no_names = false };

  void found(const std::string& who, const otp::pid& process) {
    require(otp::is_alive(process), who, "is not there");
    require(seen_.insert(process).second, who, "is another one's process, too");
  }

  /// Looks at the children of a supervisor, which are to be these, in their order.
  std::vector<otp::pid> look_at(const std::string& supervisor, const std::vector<std::string>& ids,
                                naming named) {
    const otp::name<otp::supervisor> name{supervisor};
    const auto counts = otp::count_children(name);
    require(counts.specs == ids.size() && counts.active == ids.size(), supervisor,
            fmt::format("{} children, {} running, of {}", counts.specs, counts.active, ids.size()));
    const auto newest_first = otp::which_children(name);
    require(newest_first.size() == ids.size(), supervisor, "its counts and its list differ");
    std::vector<otp::pid> processes;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto& child = newest_first[ids.size() - 1 - i];
      require(child.id == ids[i], supervisor, fmt::format("{} where {} was", child.id, ids[i]));
      require(child.state == otp::child_state::running, ids[i], "does not run");
      if (named) require(otp::whereis(child.id) == child.process, ids[i], "has not its name");
      found(ids[i], child.process);
      processes.push_back(child.process);
    }
    return processes;
  }

  void look_at_branch(const branch& of) {
    std::vector<std::string> ids;
    for (const auto& each : of.groups) ids.push_back(each.name);
    look_at(of.name, ids, child_names);
    for (const auto& each : of.groups) look_at_group(each);
  }

  void look_at_group(const group& of) {
    if (of.kind == group_kind::dynamic) return look_at_pool(of);
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < of.size; ++i) {
      ids.push_back(of.kind == group_kind::partition ? std::to_string(i)
                                                     : fmt::format("w{}", of.first + i));
    }
    const auto processes = look_at(of.name, ids, no_names);
    for (std::size_t i = 0; i < of.size; ++i) {
      require(number_of(processes[i]) == of.first + i, ids[i], "is another worker");
    }
  }

  void look_at_pool(const group& of) {
    look_at(of.name, {of.pool(), of.filler()}, child_names);
    const otp::name<otp::dynamic_supervisor> pool{of.pool()};
    const auto counts = otp::count_children(pool);
    require(counts.specs == of.size && counts.active == of.size, of.pool(),
            fmt::format("{} children, {} running, of {}", counts.specs, counts.active, of.size));
    std::set<std::size_t> numbers;
    for (const auto& child : otp::which_children(pool)) {
      found(of.pool(), child.process);
      numbers.insert(number_of(child.process));
    }
    require(numbers.size() == of.size && *numbers.begin() == of.first &&
                *numbers.rbegin() == of.first + of.size - 1,
            of.pool(), "has not the workers that it should have");
  }

  static std::size_t number_of(const otp::pid& process) {
    const auto number = otp::call(otp::server_ref<worker>{process}, worker::number{}, 30s);
    if (const auto name = worker_name(number); !name.empty()) {
      require(otp::whereis(name) == process, name, "has not its name");
    }
    return number;
  }

  std::set<otp::pid> seen_;
};

}  // namespace

std::string find_fault(const plan& of, std::int64_t processes) {
  try {
    auditor walk;
    walk.look_at_root(of);
    if (walk.processes() == static_cast<std::size_t>(processes)) return {};
    return fmt::format("there are {} processes, of which the tree explains {}", processes,
                       walk.processes());
  } catch (const std::exception& error) {  // also an exit_error: somebody has just ended
    return error.what();
  }
}

}  // namespace tree
