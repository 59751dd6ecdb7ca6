// Process groups: names for many processes at a time, as OTP's pg has them. A scope is a server;
// groups are there as long as they have members.
//
//     otp::start_link<otp::pg>({.name = "workers"});
//     const otp::name<otp::pg> workers{"workers"};
//     otp::pg::join(workers, "resize", otp::this_process::self());
//     for (const otp::pid& p : otp::pg::get_members(workers, "resize")) otp::send(p, image);
//
// Joining and leaving ask the server; members are read from its table without asking anybody.
#pragma once

#include <otp/call.hpp>
#include <otp/config.hpp>
#include <otp/detail/published_tables.hpp>
#include <otp/gen_server.hpp>
#include <otp/pid.hpp>

#include <concepts>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

/// What a watcher of a scope or group is sent (E-006). A list that joins or leaves is one event, a
/// death one for each membership.
struct OTP_VISIBLE pg_event {
  enum class kind { join, leave };
  monitor_ref ref;  ///< What monitor_scope or monitor returned.
  kind what = kind::join;
  std::string group;
  std::vector<pid> processes;
};

namespace detail {

/// The groups of one scope and their members, the latest first.
struct pg_table {
  mutable std::shared_mutex mutex;
  std::map<std::string, std::vector<pid>, std::less<>> groups;
};

}  // namespace detail

/// The server of a scope, and the operations on it. `A` is a server_ref or name of it.
///
/// join, leave and the monitors call the server: they throw exit_error if it is not there (E-007),
/// and may be used wherever `call` may. The others never fail: a scope that is not there has no
/// groups.
class pg : public gen_server<pg> {
 public:
  using members = std::vector<pid>;
  using snapshot = std::map<std::string, members, std::less<>>;

  /// Makes processes members of a group, which need not be there (E-002). A process may be a member
  /// several times, and of any number of groups; one that is dead is removed again (E-007).
  template <server_address A>
  static void join(const A& scope, std::string group, members processes) {
    otp::call(scope, join_request{std::move(group), std::move(processes)}, infinity);
  }
  template <server_address A>
  static void join(const A& scope, std::string group, const pid& process) {
    join(scope, std::move(group), members{process});
  }

  /// Ends one membership of each of the processes. Returns whether any of them was a member
  /// (E-003).
  template <server_address A>
  static bool leave(const A& scope, std::string group, members processes) {
    return otp::call(scope, leave_request{std::move(group), std::move(processes)}, infinity);
  }
  template <server_address A>
  static bool leave(const A& scope, std::string group, const pid& process) {
    return leave(scope, std::move(group), members{process});
  }

  /// The members of a group, the latest first; one that has joined twice is there twice (E-005).
  /// One that has just died may still be there.
  template <server_address A>
  static members get_members(const A& scope, std::string_view group) {
    return members_of(detail::address_of(scope, "otp::pg::get_members"), group);
  }
  /// Those on this node: there is no other yet.
  template <server_address A>
  static members get_local_members(const A& scope, std::string_view group) {
    return get_members(scope, group);
  }
  /// The groups that have members, in alphabetical order (E-005).
  template <server_address A>
  static std::vector<std::string> which_groups(const A& scope) {
    return groups_of(detail::address_of(scope, "otp::pg::which_groups"));
  }

  /// Sends the calling process a `pg_event` for every change of any group from now on; returns what
  /// names the monitor, and the groups as they are now (E-006). It ends with `demonitor`, and with
  /// the process. In a process.
  template <server_address A>
  static std::pair<monitor_ref, snapshot> monitor_scope(const A& scope) {
    return watch(scope, std::nullopt);
  }
  /// The same for one group, with its members as they are now.
  template <server_address A>
  static std::pair<monitor_ref, members> monitor(const A& scope, std::string group) {
    auto [ref, groups] = watch(scope, group);
    return {ref, std::move(groups[group])};
  }
  /// Ends such a monitor; returns whether it was active. Events that are in the mailbox stay.
  template <server_address A>
  static bool demonitor(const A& scope, monitor_ref ref) {
    return otp::call(scope, demonitor_request{ref}, infinity);
  }

  // ---- the server

  struct join_request {
    using reply = void;
    std::string group;
    members processes;
  };
  struct leave_request {
    using reply = bool;
    std::string group;
    members processes;
  };
  struct watch_request {
    using reply = snapshot;
    monitor_ref ref;
    pid watcher;
    std::optional<std::string> group;
  };
  struct demonitor_request {
    using reply = bool;
    monitor_ref ref;
  };

  pg();
  pg(const pg&) = delete;
  pg& operator=(const pg&) = delete;
  ~pg();

  void handle_call(join_request request);
  bool handle_call(leave_request request);
  snapshot handle_call(watch_request request);
  bool handle_call(demonitor_request request);
  void handle_info(const down& gone);
  std::string format_status() const;

 private:
  struct watcher {
    pid process;
    std::optional<std::string> group;
  };
  /// How often a process is needed here, as a member or watcher.
  struct interest {
    monitor_ref ref;
    std::size_t count = 0;
  };

  static members members_of(const pid& scope, std::string_view group);
  static std::vector<std::string> groups_of(const pid& scope);
  template <server_address A>
  static std::pair<monitor_ref, snapshot> watch(const A& scope, std::optional<std::string> group) {
    const auto ref = new_reference();
    auto now =
        otp::call(scope, watch_request{ref, this_process::self(), std::move(group)}, infinity);
    return {ref, std::move(now)};
  }
  static monitor_ref new_reference();

  void hold(const pid& process);
  void let_go(const pid& process);
  void tell(pg_event::kind what, const std::string& group, members processes) const;
  members remove(const std::string& group, const members& processes);

  detail::published_tables& tables_;
  pid owner_;
  std::shared_ptr<detail::pg_table> table_;
  std::map<monitor_ref, watcher> watchers_;
  std::map<pid, interest> interests_;
};

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/pg_impl.hpp>
#endif
