// How the process of a pubsub service watches its subscribers, and is found.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/pubsub_server.hpp>
#include <otp/detail/runtime_services.hpp>
#include <otp/process.hpp>

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace otp {

OTP_DECL pubsub::pubsub(std::shared_ptr<pubsub_adapter> adapter)
    : tables_{detail::current_core("otp::pubsub").services->tables},
      owner_{this_process::self()},
      state_{std::make_shared<detail::pubsub_state>()} {
  state_->adapter = std::move(adapter);
  tables_.publish(owner_, state_);
}

OTP_DECL pubsub::~pubsub() { tables_.withdraw(owner_); }

OTP_DECL void pubsub::handle_cast(detail::watch_subscriber added) {
  // A process subscribes in many parts of the table and is watched once.
  if (const auto [at, fresh] = watched_.try_emplace(added.process); fresh) {
    at->second = monitor(added.process);
  }
}

OTP_DECL void pubsub::handle_info(const down& gone) {
  watched_.erase(gone.process);
  state_->topics.remove_all(gone.process);
}

}  // namespace otp

namespace otp::detail {

OTP_DECL std::shared_ptr<pubsub_state> pubsub_of(const pid& server, std::string_view operation) {
  auto state = current_core(operation).services->tables.find<pubsub_state>(server);
  if (state == nullptr) {
    throw std::invalid_argument{fmt::format(
        "{}: no pubsub service runs there; start one with otp::child<otp::pubsub>", operation)};
  }
  return state;
}

}  // namespace otp::detail
