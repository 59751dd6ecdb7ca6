// Passes on what other programs store: two chatrooms use one file while one replaces the other, and
// PubSub knows only its own program.
#pragma once

#include "chat/message.hpp"
#include "presence/presence.hpp"
#include "repo/repo.hpp"
#include <otp/gen_server.hpp>
#include <otp/shared.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace chatroom::pubsub {

/// How the follower reads a room and tells its subscribers; the chat's own functions, but in tests.
struct room {
  std::int64_t id = chat::lobby;
  std::function<bool(std::int64_t)> subscribe;
  std::function<repo::outcome<std::vector<chat::message>>(std::int64_t, std::size_t)> newest;
  std::function<repo::outcome<std::vector<chat::message>>(std::int64_t, std::int64_t, std::size_t)>
      after;
  std::function<void(const chat::message&)> announce;
};

/// Looks for new messages all the time, and announces those of which nobody has heard. What is
/// announced twice does no harm: whoever has seen a message leaves it out.
class follower : public otp::gen_server<follower> {
 public:
  struct look {};

  using info = otp::messages<look, otp::shared<chat::message>, otp::shared<presence::news>>;

  explicit follower(room followed);

  otp::noreply init();
  void handle_info(look);
  void handle_info(const otp::shared<chat::message>& heard);
  void handle_info(const otp::shared<presence::news>&) {}  // the same topic; not stored

  std::string format_status() const;

 private:
  void begin();
  void read_on();

  const room room_;
  std::optional<std::int64_t> seen_;  // everything up to this message has been announced
  std::set<std::int64_t> heard_;      // announced by whoever stored it, and not yet seen
};

}  // namespace chatroom::pubsub
