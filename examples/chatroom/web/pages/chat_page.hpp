// The chat as one browser tab sees it: what it shows and what its events mean.
//
// A plain object: the live view process owns one, feeds it with events and messages, performs what
// it asks for, and renders it. The HTTP side renders one too, for the first page.
#pragma once

#include "chat/message.hpp"
#include "web/live/diff.hpp"
#include "web/live/join.hpp"
#include "web/live/stream.hpp"
#include "web/pages/people_list.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chatroom::pages {

class chat_page {
 public:
  static constexpr std::size_t history = 50;       // messages shown to a newcomer (C-010)
  static constexpr std::int32_t page_limit = 200;  // messages kept in the browser (C-011)

  /// `name` is the visitor's name of the session, empty before joining. `csrf` is a token for the
  /// forms of the page.
  chat_page(std::string name, std::string csrf);

  /// Shows these messages instead of all that were shown. Also after a gap in the news.
  void show_history(const std::vector<chat::message>& newest);
  /// Says that the history cannot be read; the rest of the page works.
  void history_unavailable();

  /// Shows a new message; one that is shown already is ignored, so that news may overlap with the
  /// history (C-013).
  void show(const chat::message& news);
  /// Shows messages that were missed; the history is complete again.
  void show_missed(const std::vector<chat::message>& missed);
  std::int64_t last_id() const { return last_id_; }

  /// Shows who is in the room now.
  void show_people(otp::shared<presence::entries> now) { people_.show(std::move(now)); }

  /// Handles an event of the page: `join` {username}, `validate_name` {username}, `draft` {body},
  /// `send_message` {body}. Returns a message that is to be sent; then one of `sent` and
  /// `not_sent` must follow. Unknown events change nothing.
  std::optional<chat::draft> handle(const live::event& happened);

  /// The message is stored: the field is emptied. The message itself comes as news.
  void sent();
  /// The message could not be stored: the reason is shown and the text stays (C-008).
  void not_sent(std::string_view reason);

  /// Shows why a name was refused, with what was typed.
  void refuse_name(std::string_view typed, std::string_view reason);

  const std::string& name() const { return name_; }

  /// Returns the page. Takes the pending messages and events with it: what is returned must be sent.
  live::rendered render();
  /// Returns title and events for the same message as the last `render()`.
  live::extras take_extras();

 private:
  live::rendered message_item(const chat::message& one, bool follows) const;
  live::rendered name_form() const;
  live::rendered message_form() const;

  void append(const chat::message& one);
  void join(std::string_view typed);

  std::string name_;
  std::string csrf_;
  bool remembering_ = false;  // the name is being taken into the cookie session by a POST
  std::string typed_name_;
  std::string name_error_;
  std::string draft_;
  std::string body_error_;
  bool history_missing_ = false;
  live::stream messages_{"0", -page_limit};
  people_list people_;
  std::int64_t last_id_ = 0;
  std::string last_author_;
  chat::timestamp last_at_{};
  std::vector<live::page_event> events_;
};

}  // namespace chatroom::pages
