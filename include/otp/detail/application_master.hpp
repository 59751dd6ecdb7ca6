// The process of an application: calls its callbacks, holds its tree, and sees to it that nothing of it
// is left in the end. OTP's application_master.
#pragma once

#include <otp/application_error.hpp>
#include <otp/application_spec.hpp>
#include <otp/gen_server.hpp>
#include <otp/pid.hpp>
#include <otp/reply.hpp>
#include <otp/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace otp::detail {

/// To the controller: the application is up, or why it is not.
struct OTP_VISIBLE application_start_ended {
  std::string name;
  result<pid, application_error> top;
};

/// To the controller, while the application still stops: its tree has ended by itself.
struct OTP_VISIBLE application_tree_ended {
  std::string name;
  exit_reason why;
};

class application_master : public gen_server<application_master> {
 public:
  struct stop_application {};
  struct change {
    using reply = done;
    config_changes changes;
  };
  struct begin {};
  using continues = messages<begin>;

  /// `number`: that of the application's processes. `controller` is told how the start ends.
  application_master(application_spec spec, std::uint16_t number, pid controller);

  noreply init() { return noreply{}.and_continue(begin{}); }
  noreply handle_continue(begin);
  noreply handle_cast(stop_application) { return otp::stop(reason::normal); }
  done handle_call(change request);
  noreply handle_info(const exited& message);
  /// Stops the tree and waits for it, as long as it takes: whoever is in a hurry kills us.
  void terminate(const exit_reason&);
  std::string format_status() const { return "application " + spec_.name; }

 private:
  result<pid, application_error> start();
  result<pid> start_tree();
  void stop_tree();
  void kill_the_rest();

  application_spec spec_;
  pid controller_;
  std::unique_ptr<application_behaviour> behaviour_;
  pid top_;
  bool up_ = false;  // started and not yet stopped
};

/// All processes of that application but the calling one (L-018).
std::vector<pid> processes_of_application(std::uint16_t number);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/application_master_impl.hpp>
#endif
