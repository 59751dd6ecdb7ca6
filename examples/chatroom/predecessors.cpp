#include "predecessors.hpp"

#include <otp/process.hpp>
#include <otp/receive.hpp>

#include <chrono>
#include <utility>

namespace chatroom {
namespace {

// Longer than anything they may be in the middle of. Who is still there then stays, and the start
// of whoever wants the name says so.
constexpr auto patience = std::chrono::seconds{10};

}  // namespace

otp::child_spec predecessors(std::string id, std::vector<std::string> names) {
  return {.id = std::move(id),
          .start = [names = std::move(names)]() -> otp::result<otp::pid, otp::start_failure> {
            for (const std::string& name : names) {
              const auto watch = otp::monitor(name);
              otp::receive([](const otp::down&) {}, otp::after(patience, [] {}));
              otp::demonitor(watch, true);
            }
            return otp::failure{otp::start_failure{otp::reason::normal, true}};
          },
          .restart = otp::restart::temporary};
}

}  // namespace chatroom
