// What sys watches in one server: counts, remembers, prints and hands on its events.
#pragma once

#include <otp/detail/this_thread.hpp>
#include <otp/pid.hpp>
#include <otp/server_status.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp::detail {

class process;

/// A function of the user's that is told the events.
class debug_function {
 public:
  explicit debug_function(std::string name) : id_{std::move(name)} {}
  debug_function(const debug_function&) = delete;
  debug_function& operator=(const debug_function&) = delete;
  virtual ~debug_function() = default;

  const std::string& id() const noexcept { return id_; }
  /// False: it wants no more.
  virtual bool call(const system_event& event) = 0;

 private:
  std::string id_;
};

/// Belongs to the server; all members run in its process.
class debugger {
 public:
  /// Whether nothing is watched.
  bool idle() const noexcept { return !counted_ && !watched(); }

  void count(const process& p, bool on);
  std::optional<server_statistics> statistics(const process& p) const;

  /// Remembers the last `size` events, those that it remembers already included.
  void remember(std::size_t size);
  std::vector<system_event> log() const { return {log_.begin(), log_.end()}; }

  void trace(bool on) noexcept { traced_ = on; }

  /// False: the id is taken.
  bool install(std::unique_ptr<debug_function> function);
  bool remove(std::string_view id);

  /// `event` happened in `p`, whose server it is. Its `type` is filled in, and its `state` if it is
  /// asked for. May run code of the user's, which may wait.
  void record(process& p, system_event event, std::string_view type, bool with_state = false);

  /// Tells what is set up.
  void describe(server_status& status) const;

 private:
  struct counts {
    std::int64_t since;
    server_statistics made;  ///< `reductions`: when they were switched on.
  };

  /// Whether anybody wants the events themselves.
  bool watched() const noexcept { return traced_ || log_size_ != 0 || !functions_.empty(); }
  void tell_functions(process& p, const system_event& event);

  std::optional<counts> counted_;
  bool traced_ = false;
  std::size_t log_size_ = 0;
  std::deque<system_event> log_;
  std::vector<std::unique_ptr<debug_function>> functions_;
};

/// Prints an event of `p` to standard output, as one line.
void print_event(const process& p, const system_event& event);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/debugger_impl.hpp>
#endif
