// Presence: who is in a topic, told by the processes that are there, as Phoenix.Presence does it.
//
//     presence::track(otp::this_process::self(), "room:1", "Ann");   // until this process ends
//     for (const auto& [key, metas] : *presence::list("room:1")) ...
//     void handle_info(const otp::shared<presence::news>&);          // a subscriber of "room:1"
//
// Nobody says goodbye: the server monitors who tracks. When one ends, its meta stays for a time of
// grace, and whoever tracks the same key by then takes its place. Changes are collected for a moment
// and broadcast on the topic itself, so that a thousand who come together are one piece of news. The
// server remembers nothing beyond its own end: those who track monitor it and track again.
#pragma once

#include "presence/tracker.hpp"
#include <otp/gen_server.hpp>
#include <otp/result.hpp>
#include <otp/shared.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace chatroom::presence {

inline constexpr std::string_view server_name = "chatroom.presence";

/// What the subscribers of a topic get when somebody has come or gone.
struct news {
  diff changes;
  otp::shared<entries> now;  // the whole list after these changes, the same object for everybody
};

class server : public otp::gen_server<server> {
 public:
  struct options {
    std::string name;
    std::string pubsub;  // where changes are broadcast
    std::chrono::nanoseconds grace = std::chrono::seconds{3};
    std::chrono::nanoseconds collect = std::chrono::milliseconds{100};
  };

  struct track {
    using reply = std::optional<track_ref>;
    otp::pid process;
    place where;
    std::string about;
  };
  struct update {
    using reply = std::optional<track_ref>;
    otp::pid process;
    place where;
    std::string about;
  };
  struct untrack {
    using reply = void;
    otp::pid process;
    place where;
  };
  struct list {
    using reply = otp::shared<entries>;
    std::string topic;
  };
  struct grace_over {
    place where;
    track_ref ref;
  };
  struct tell {};

  using info = otp::messages<grace_over, tell>;

  explicit server(options with);

  track::reply handle_call(track request);
  update::reply handle_call(update request);
  void handle_call(const untrack& request);
  list::reply handle_call(const list& request) const;

  void handle_info(const grace_over& end);
  void handle_info(tell);
  void handle_info(const otp::down& end);

  std::string format_status() const;

 private:
  void perform(const actions& steps);
  void perform(const track_action::watch& step);
  void perform(const track_action::unwatch& step);
  void perform(const track_action::wait_for_return& step);
  void perform(const track_action::tell_soon& step);

  options with_;
  tracker tracker_;
  std::map<otp::pid, otp::monitor_ref> watches_;
  std::map<std::string, otp::shared<entries>, std::less<>> told_;  // the lists that are not empty
};

/// What these return instead of an answer: `noproc` while the server starts again, or `timeout`.
/// They may wait, for a second at most.
template <class T>
using answer = otp::result<T>;

/// Says that the process stands for the key in the topic, until it ends. Nothing if it does already.
answer<std::optional<track_ref>> track(const otp::pid& process, std::string_view topic,
                                       std::string_view key, std::string about = {});
/// Replaces what the process says about the key. Nothing if it does not track that.
answer<std::optional<track_ref>> update(const otp::pid& process, std::string_view topic,
                                        std::string_view key, std::string about);
/// Ends a track at once.
answer<void> untrack(const otp::pid& process, std::string_view topic, std::string_view key);
/// Who is in the topic, as it was told last. Subscribe first: what has changed since comes as news.
answer<otp::shared<entries>> list(std::string_view topic);

}  // namespace chatroom::presence
