// Counts what happens in the chatroom. `get_state chatroom.telemetry` shows the counts.
#pragma once

#include <otp/gen_server.hpp>

#include <memory>
#include <string>

namespace chatroom::telemetry {

/// Attaches itself to the program's events when it starts. Handlers run in whoever executes an
/// event, so the counters are atomic and this process is only their owner: killing it disturbs
/// nobody, and its successor counts from zero (C-076).
class metrics : public otp::gen_server<metrics> {
 public:
  metrics();
  void terminate(const otp::exit_reason&);
  std::string format_status() const;

 private:
  struct counters;
  std::shared_ptr<counters> counters_;
};

}  // namespace chatroom::telemetry
