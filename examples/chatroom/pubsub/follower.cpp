#include "pubsub/follower.hpp"

#include <otp/timer.hpp>

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace chatroom::pubsub {
namespace {

constexpr std::chrono::milliseconds look_every{250};
constexpr std::size_t most_at_once = 200;  // the rest at the next look

}  // namespace

follower::follower(room followed) : room_{std::move(followed)} {}

otp::noreply follower::init() {
  if (!room_.subscribe(room_.id))
    return otp::stop(otp::exit_reason{std::string{"there is no PubSub"}});
  otp::send(otp::this_process::self(), look{});
  return {};
}

void follower::handle_info(look) {
  if (seen_) {
    read_on();
  } else {
    begin();
  }
  otp::send_after(look_every, otp::this_process::self(), look{});
}

void follower::handle_info(const otp::shared<chat::message>& heard) {
  if (seen_ && heard->id > *seen_) heard_.insert(heard->id);
}

std::string follower::format_status() const {
  return seen_ ? fmt::format("room {} is read up to message {}", room_.id, *seen_)
               : fmt::format("room {} could not be read yet", room_.id);
}

// What was stored while there was no follower is not known. Whoever lacks some of it notices at the
// newest message, and reads the rest.
void follower::begin() {
  const auto newest = room_.newest(room_.id, 1);
  if (!newest) return;  // the database is down; at the next look, perhaps
  seen_ = 0;
  for (const chat::message& one : *newest) {
    room_.announce(one);
    seen_ = one.id;
  }
}

void follower::read_on() {
  const auto news = room_.after(room_.id, *seen_, most_at_once);
  if (!news) return;
  for (const chat::message& one : *news) {
    if (heard_.erase(one.id) == 0) room_.announce(one);
    seen_ = one.id;
  }
}

}  // namespace chatroom::pubsub
