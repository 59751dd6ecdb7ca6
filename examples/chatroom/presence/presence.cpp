#include "presence/presence.hpp"

#include <otp/call.hpp>
#include <otp/log.hpp>
#include <otp/pubsub.hpp>
#include <otp/timer.hpp>

#include <fmt/format.h>

#include <stdexcept>
#include <utility>
#include <variant>

namespace chatroom::presence {
namespace {

using namespace std::chrono_literals;

const otp::name<server> here{std::string{server_name}};
constexpr auto patience = 1s;

place at(std::string_view topic, std::string_view key) {
  return {std::string{topic}, std::string{key}};
}

}  // namespace

// The references of one server are far from those of the one before it.
server::server(options with) : with_{std::move(with)}, tracker_{otp::this_runtime::random()} {}

server::track::reply server::handle_call(track request) {
  auto [ref, steps] = tracker_.track(request.process, request.where, std::move(request.about));
  perform(steps);
  return ref;
}

server::update::reply server::handle_call(update request) {
  auto [ref, steps] = tracker_.update(request.process, request.where, std::move(request.about));
  perform(steps);
  return ref;
}

void server::handle_call(const untrack& request) {
  perform(tracker_.untrack(request.process, request.where));
}

server::list::reply server::handle_call(const list& request) const {
  const auto found = told_.find(request.topic);
  return found == told_.end() ? otp::make_shared<entries>() : found->second;
}

void server::handle_info(const grace_over& end) {
  perform(tracker_.grace_over(end.where, end.ref));
}

void server::handle_info(tell) {
  for (diff& changes : tracker_.take_changes()) {
    const std::string topic = changes.topic;
    const auto now = otp::make_shared<entries>(tracker_.list(topic));
    told_.erase(topic);
    if (!now->empty()) told_.emplace(topic, now);
    try {
      otp::broadcast(otp::name<otp::pubsub>{with_.pubsub}, topic, news{std::move(changes), now});
    } catch (const std::invalid_argument&) {
      // No PubSub at this moment. Its subscribers read the list when they subscribe again.
      otp::log::info("nobody could be told who came to {} and who left", topic);
    }
  }
}

void server::handle_info(const otp::down& end) {
  watches_.erase(end.process);
  perform(tracker_.gone(end.process));
}

std::string server::format_status() const {
  return fmt::format("{} processes are tracked", tracker_.processes());
}

void server::perform(const actions& steps) {
  for (const action& one : steps) {
    std::visit([this](const auto& step) { perform(step); }, one);
  }
}

void server::perform(const track_action::watch& step) {
  watches_.insert_or_assign(step.process, otp::monitor(step.process));
}

void server::perform(const track_action::unwatch& step) {
  const auto watch = watches_.extract(step.process);
  otp::demonitor(watch.mapped(), true);
}

void server::perform(const track_action::wait_for_return& step) {
  otp::send_after(with_.grace, otp::this_process::self(), grace_over{step.where, step.ref});
}

void server::perform(const track_action::tell_soon&) {
  otp::send_after(with_.collect, otp::this_process::self(), tell{});
}

answer<std::optional<track_ref>> track(const otp::pid& process, std::string_view topic,
                                       std::string_view key, std::string about) {
  return otp::try_call(here, server::track{process, at(topic, key), std::move(about)}, patience);
}

answer<std::optional<track_ref>> update(const otp::pid& process, std::string_view topic,
                                        std::string_view key, std::string about) {
  return otp::try_call(here, server::update{process, at(topic, key), std::move(about)}, patience);
}

answer<void> untrack(const otp::pid& process, std::string_view topic, std::string_view key) {
  return otp::try_call(here, server::untrack{process, at(topic, key)}, patience);
}

answer<otp::shared<entries>> list(std::string_view topic) {
  return otp::try_call(here, server::list{std::string{topic}}, patience);
}

}  // namespace chatroom::presence
