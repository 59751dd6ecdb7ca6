#include "web/pages/chat_page.hpp"

#include "chat/clock.hpp"
#include "chat/rules.hpp"
#include "chat/text.hpp"
#include "web/pages/avatar.hpp"

#include <fmt/format.h>

#include <utility>

namespace chatroom::pages {

using namespace live::literals;
using live::attribute;
using live::rendered;

namespace {

constexpr std::chrono::minutes grouped_within{5};

std::string element_id(std::int64_t message_id) { return fmt::format("m-{}", message_id); }

// A field's reason, tied to it by aria-describedby; always present, so that it can be announced.
rendered field_error(std::string_view id, std::string_view reason) {
  return R"(<p id="{id}" class="field-error" role="alert">{reason}</p>)"_html(id, reason);
}

}  // namespace

chat_page::chat_page(std::string name, std::string csrf)
    : name_{std::move(name)}, csrf_{std::move(csrf)} {}

void chat_page::show_history(const std::vector<chat::message>& newest) {
  history_missing_ = false;
  messages_.reset();
  last_author_.clear();
  last_id_ = 0;
  for (const chat::message& one : newest) append(one);
}

void chat_page::history_unavailable() { history_missing_ = true; }

void chat_page::show(const chat::message& news) {
  if (news.id > last_id_) append(news);
}

void chat_page::show_missed(const std::vector<chat::message>& missed) {
  history_missing_ = false;
  for (const chat::message& one : missed) show(one);
}

void chat_page::append(const chat::message& one) {
  const bool follows = one.author == last_author_ && one.sent_at - last_at_ < grouped_within;
  messages_.append(element_id(one.id), message_item(one, follows));
  last_id_ = one.id;
  last_author_ = one.author;
  last_at_ = one.sent_at;
}

std::optional<chat::draft> chat_page::handle(const live::event& happened) {
  if (happened.name == "join") {
    join(happened.fields.get("username"));
  } else if (happened.name == "validate_name") {
    typed_name_ = happened.fields.get("username");
    const chat::checked name = chat::check_name(typed_name_);
    name_error_ = happened.fields.untouched("username") ? std::string{} : name.reason;
  } else if (happened.name == "draft") {
    draft_ = happened.fields.get("body");
    // What was wrong with the last attempt is not wrong with this text until it is sent.
    body_error_.clear();
  } else if (happened.name == "send_message") {
    draft_ = happened.fields.get("body");
    const chat::checked name = chat::check_name(name_);
    const chat::checked body = chat::check_body(draft_);
    body_error_ = name ? body.reason : "join with a name first";
    if (name && body) return chat::draft{name.value, body.value};
  }
  return {};
}

void chat_page::join(std::string_view typed) {
  const chat::checked name = chat::check_name(typed);
  if (!name) return refuse_name(typed, name.reason);
  typed_name_ = name.value;
  name_error_.clear();
  name_ = name.value;
  // Only a POST can set a cookie. Until the browser has made it, the page stays as it is.
  remembering_ = true;
}

void chat_page::refuse_name(std::string_view typed, std::string_view reason) {
  typed_name_ = typed;
  name_error_ = reason;
}

void chat_page::sent() {
  draft_.clear();
  body_error_.clear();
  events_.push_back({"message-sent"});
}

void chat_page::not_sent(std::string_view reason) { body_error_ = reason; }

rendered chat_page::render() {
  const bool joined = !name_.empty() && !remembering_;
  std::optional<rendered> identity;
  if (joined) {
    identity = R"(
      <form class="identity" action="/session" method="post">
        <input type="hidden" name="_csrf_token" value="{csrf}">
        <input type="hidden" name="_method" value="delete">
        <span class="identity-text">Chatting as <strong id="me">{name}</strong></span>
        <button class="quiet">Leave</button>
      </form>
    )"_html(csrf_, name_);
  }
  std::optional<rendered> notice;
  if (history_missing_) {
    notice = R"(
      <p id="history-error" class="notice" role="status">
        Earlier messages cannot be read at the moment. New ones will appear here.
      </p>
    )"_html();
  }
  return R"(
    <div class="app">
      <header class="bar">
        <div class="brand">
          <span class="brand-mark" aria-hidden="true"></span>
          <div>
            <h1>Lobby</h1>
            <p class="subtitle">One room for everyone</p>
          </div>
        </div>
        {identity}
      </header>
      {people}
      <p id="offline" class="banner" role="status">Connection lost. Trying to reconnect…</p>
      <main id="room" class="room" phx-hook="Room">
        {notice}
        <ol id="messages" class="messages" role="log" aria-live="polite" aria-label="Messages"
            tabindex="0" phx-update="stream">{messages}</ol>
        <div id="newest" class="newest" phx-update="ignore">
          <button type="button" hidden>New messages</button>
        </div>
      </main>
      <footer class="composer">{form}</footer>
    </div>
  )"_html(std::move(identity), people_.render(), std::move(notice), messages_.take(),
          joined ? message_form() : name_form());
}

rendered chat_page::message_item(const chat::message& one, bool follows) const {
  const bool own = !name_.empty() && one.author == name_;
  return R"(
    <li id="{id}" class="message{own}{follows}">
      <span class="avatar {hue}" aria-hidden="true">{initials}</span>
      <div class="bubble">
        <p class="meta"><span class="author">{author}</span> <time datetime="{iso}">{time}</time></p>
        <p class="body">{body}</p>
      </div>
    </li>
  )"_html(element_id(one.id), own ? " own" : "", follows ? " follows" : "", hue_class(one.author),
          text::initials(one.author), one.author, chat::iso8601(one.sent_at),
          chat::hours_and_minutes(one.sent_at), one.body);
}

rendered chat_page::name_form() const {
  return R"(
    <form id="join" class="card" action="/session" method="post"
          phx-submit="join" phx-change="validate_name" {trigger}>
      <input type="hidden" name="_csrf_token" value="{csrf}">
      <label for="username">What should we call you?</label>
      <div class="field-row">
        <input id="username" name="username" type="text" value="{typed}" maxlength="{longest}"
               placeholder="Your name" autocomplete="nickname" autofocus
               phx-debounce="150" aria-describedby="username-error" aria-invalid="{invalid}">
        <button class="primary" phx-disable-with="Joining…">Join</button>
      </div>
      {error}
      <noscript><p class="notice">Sending and live updates need JavaScript.</p></noscript>
    </form>
  )"_html(attribute{"phx-trigger-action"}.when(remembering_), csrf_, typed_name_,
          2 * chat::max_name, name_error_.empty() ? "false" : "true",
          field_error("username-error", name_error_));
}

rendered chat_page::message_form() const {
  return R"(
    <form id="send" class="card" phx-submit="send_message" phx-change="draft">
      <label for="body" class="visually-hidden">Message</label>
      <div class="field-row">
        <input id="body" name="body" type="text" value="{draft}" maxlength="{longest}"
               placeholder="Write a message" autocomplete="off" autofocus
               aria-describedby="body-error" aria-invalid="{invalid}">
        <button class="primary">Send</button>
      </div>
      {error}
    </form>
  )"_html(draft_, 2 * chat::max_body, body_error_.empty() ? "false" : "true",
          field_error("body-error", body_error_));
}

live::extras chat_page::take_extras() {
  return {.title = std::nullopt, .events = std::exchange(events_, {})};
}

}  // namespace chatroom::pages
