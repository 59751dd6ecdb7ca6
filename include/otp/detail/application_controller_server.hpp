// The process of the application controller: carries out what its state machine decides.
#pragma once

#include <otp/application_controller.hpp>
#include <otp/detail/application_control.hpp>
#include <otp/detail/application_fsm.hpp>
#include <otp/detail/application_master.hpp>
#include <otp/from.hpp>
#include <otp/gen_server.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace otp::detail {

class application_controller_server : public gen_server<application_controller_server> {
 public:
  static constexpr std::string_view registered_name = "application_controller";

  using answer = application_control::answer;
  using info = messages<application_start_ended, application_tree_ended>;

  /// A request for the state machine, its ticket still to be drawn; a load brings the spec.
  struct ask {
    using reply = answer;
    application_control::event what;
    application_spec spec{};
  };
  struct list {
    using reply = std::vector<application_info>;
    bool running = false;
  };
  struct list_stopping {
    using reply = std::vector<std::string>;
  };
  /// An application that is up, with its processes.
  struct one {
    std::string name;
    pid master;
    pid top;
  };
  struct list_running {
    using reply = std::vector<one>;
  };
  struct set_node_down {
    using reply = done;
    std::function<void(const application_controller::node_down&)> handler;
  };

  application_controller_server();

  void handle_call(ask request, from<answer> client);
  std::vector<application_info> handle_call(list which);
  std::vector<std::string> handle_call(list_stopping) { return machine_.stopping(); }
  std::vector<one> handle_call(list_running);
  done handle_call(set_node_down request);

  void handle_info(application_start_ended message);
  void handle_info(application_tree_ended message);
  void handle_info(const exited& message);

 private:
  // The process of an application that starts, runs or stops.
  struct master {
    std::string name;
    bool up = false;
    pid top{};
    std::optional<application_error> start_error{};
    exit_reason why{};  // what its tree has ended with, if by itself
  };

  void drive(application_control::event what);
  void perform(const application_control::start_application& action);
  void perform(const application_control::stop_application& action);
  void perform(const application_control::reply& action);
  void perform(const application_control::node_down& action);
  pid master_of(std::string_view name) const;
  application_info info_of(const std::string& name) const;

  application_fsm machine_;
  std::map<std::string, application_spec, std::less<>> specs_;
  std::map<pid, master> masters_;
  std::map<application_control::ticket, from<answer>> waiting_;
  std::uint64_t tickets_ = 0;
  std::function<void(const application_controller::node_down&)> on_node_down_;
};

/// That of the calling process's runtime; started if there is none.
server_ref<application_controller_server> application_controller_of_runtime();

}  // namespace otp::detail
