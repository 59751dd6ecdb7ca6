// The chat page without a browser and without processes.
#include "web/pages/chat_page.hpp"

#include "support/catch.hpp"
#include "web/live/diff.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

using namespace chatroom;
using pages::chat_page;

namespace {

chat::message message(std::int64_t id, std::string author, std::string body) {
  return {id, chat::lobby, std::move(author), std::move(body),
          chat::timestamp{std::chrono::milliseconds{1'795'351'445'000 + id}}};
}

live::event form(std::string name, std::string encoded) {
  return {"form", std::move(name), *http::form::parse(encoded), {}};
}

std::string html(chat_page& page) { return live::to_html(page.render()); }

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a newcomer sees the history and is asked for a name") {
  chat_page page{"", "CSRF"};
  page.show_history({message(1, "ann", "hello"), message(2, "bob", "hi")});
  const std::string shown = html(page);
  CHECK(contains(shown, "<h1>Lobby</h1>"));
  CHECK(contains(shown, "id=\"m-1\""));
  CHECK(contains(shown, "<time datetime=\"2026-11-22T12:44:05.001Z\">12:44</time>"));
  CHECK(contains(shown, "name=\"username\""));
  CHECK_FALSE(contains(shown, "name=\"body\""));
  CHECK_FALSE(contains(shown, "Chatting as"));
}

TEST_CASE("a refused name shows why and keeps what was typed") {
  chat_page page{"", "CSRF"};
  CHECK_FALSE(page.handle(form("join", "username=aaaaaaaaaaaaaaaaaaaaa")));
  const std::string shown = html(page);
  CHECK(contains(shown, "at most 20 characters"));
  CHECK(contains(shown, "value=\"aaaaaaaaaaaaaaaaaaaaa\""));
  CHECK(contains(shown, "aria-invalid=\"true\""));
  CHECK_FALSE(contains(shown, "phx-trigger-action"));
  page.handle(form("join", "username=+++"));
  CHECK(contains(html(page), "can&#39;t be blank"));
}

TEST_CASE("an accepted name is taken into the session by a POST of the form") {
  chat_page page{"", "CSRF"};
  page.handle(form("join", "username=+ann+"));
  CHECK(page.name() == "ann");
  const std::string shown = html(page);
  CHECK(contains(shown, "action=\"/session\" method=\"post\""));
  CHECK(contains(shown, "phx-trigger-action"));
  CHECK(contains(shown, "name=\"_csrf_token\" value=\"CSRF\""));
}

TEST_CASE("an untouched empty name is not complained about when a form is recovered") {
  chat_page page{"", "CSRF"};
  page.handle(form("validate_name", "_unused_username=&username="));
  CHECK_FALSE(contains(html(page), "can&#39;t be blank"));
  page.handle(form("validate_name", "username="));
  CHECK(contains(html(page), "can&#39;t be blank"));
}

TEST_CASE("a message is trimmed and asked to be sent; the field is emptied when it is stored") {
  chat_page page{"ann", "CSRF"};
  CHECK(contains(html(page), "Chatting as <strong id=\"me\">ann</strong>"));
  const auto draft = page.handle(form("send_message", "body=+hello+"));
  CHECK(draft == chat::draft{"ann", "hello"});
  CHECK(contains(html(page), "value=\" hello \""));
  page.sent();
  CHECK(contains(html(page), "name=\"body\" type=\"text\" value=\"\""));
  const auto extras = page.take_extras();
  REQUIRE(extras.events.size() == 1);
  CHECK(extras.events.front().name == "message-sent");
  CHECK(page.take_extras().events.empty());
}

TEST_CASE("a message that is refused or cannot be stored stays in the field with the reason") {
  chat_page page{"ann", "CSRF"};
  CHECK_FALSE(page.handle(form("send_message", "body=++")));
  CHECK(contains(html(page), "can&#39;t be blank"));
  CHECK_FALSE(page.handle(form("send_message", "body=" + std::string(501, 'x'))));
  CHECK(contains(html(page), "at most 500 characters"));
  REQUIRE(page.handle(form("send_message", "body=keep+me")));
  page.not_sent("the database does not answer");
  CHECK(contains(html(page), "the database does not answer"));
  CHECK(contains(html(page), "value=\"keep me\""));
}

TEST_CASE("a draft survives in the page and clears an old complaint") {
  chat_page page{"ann", "CSRF"};
  page.handle(form("send_message", "body="));
  page.handle(form("draft", "body=half+typ"));
  const std::string shown = html(page);
  CHECK(contains(shown, "value=\"half typ\""));
  CHECK_FALSE(contains(shown, "can&#39;t be blank"));
}

TEST_CASE("nobody sends without a name") {
  chat_page page{"", "CSRF"};
  CHECK_FALSE(page.handle(form("send_message", "body=hello")));
}

TEST_CASE("news that the history has already shown are ignored") {
  chat_page page{"ann", "CSRF"};
  page.show_history({message(1, "bob", "a"), message(2, "bob", "b")});
  html(page);
  page.show(message(2, "bob", "b"));
  CHECK_FALSE(contains(html(page), "id=\"m-2\""));
  page.show(message(3, "bob", "c"));
  CHECK(contains(html(page), "id=\"m-3\""));
  CHECK(page.last_id() == 3);
}

TEST_CASE("text of users is text wherever it appears") {
  const std::string nasty = "\"><script>alert(1)</script>";
  chat_page page{nasty, "CSRF"};
  page.show_history({message(1, nasty, nasty)});
  page.handle(form("draft", "body=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"));
  const std::string shown = html(page);
  CHECK_FALSE(contains(shown, "<script"));
  CHECK(contains(shown, "&lt;script&gt;"));
}

TEST_CASE("messages of one author in a row are grouped, own ones are marked") {
  chat_page page{"ann", "CSRF"};
  page.show_history({message(1, "bob", "a"), message(2, "bob", "b"), message(3, "ann", "c")});
  const std::string shown = html(page);
  CHECK(contains(shown, "id=\"m-1\" class=\"message\""));
  CHECK(contains(shown, "id=\"m-2\" class=\"message follows\""));
  CHECK(contains(shown, "id=\"m-3\" class=\"message own\""));
}

TEST_CASE("unknown events change nothing") {
  chat_page page{"ann", "CSRF"};
  const std::string before = html(page);
  CHECK_FALSE(page.handle(form("explode", "a=1")));
  CHECK(html(page) == before);
}

namespace {

using counts = std::initializer_list<std::pair<std::string, std::size_t>>;

otp::shared<presence::entries> people(counts tabs) {
  presence::entries all;
  std::uint64_t ref = 0;
  for (const auto& [name, count] : tabs) {
    for (std::size_t i = 0; i < count; ++i) {
      all[name].push_back({presence::track_ref{++ref}, {}});
    }
  }
  return otp::make_shared<presence::entries>(std::move(all));
}

}  // namespace

TEST_CASE("[C-032] the people of the room: one line per name, with the number of tabs") {
  chat_page page{"ann", "CSRF"};
  CHECK(contains(html(page), "People (0)"));
  page.show_people(people({{"Ann", 3}, {"Bob", 1}}));
  const std::string shown = html(page);
  CHECK(contains(shown, "<h2 id=\"people-title\">People (2)</h2>"));
  CHECK(contains(shown, "<span class=\"person-name\">Ann</span>"));
  CHECK(contains(shown, "<span class=\"tabs\">3 tabs</span>"));
  CHECK(contains(shown, "<span class=\"tabs visually-hidden\">1 tab</span>"));
}

TEST_CASE("[C-032] only lines of people that differ are sent again") {
  chat_page page{"ann", "CSRF"};
  live::differ differ;
  page.show_people(people({{"Ann", 1}, {"Bob", 1}, {"Cyd", 1}}));
  differ.full(page.render(), {});
  page.show_people(people({{"Ann", 1}, {"Bob", 1}, {"Cyd", 1}}));
  CHECK(differ.diff(page.render(), {}) == "{}");
  page.show_people(people({{"Abe", 1}, {"Ann", 2}, {"Cyd", 1}}));
  const std::string diff = differ.diff(page.render(), {});
  CHECK(contains(diff, "Abe"));
  CHECK(contains(diff, "[\"p-416265\",0,"));
  CHECK(contains(diff, "[\"p-416e6e\",1,"));
  CHECK(contains(diff, "p-426f62"));
  CHECK_FALSE(contains(diff, "Bob"));
  CHECK_FALSE(contains(diff, "Cyd"));
}

TEST_CASE("[C-032] a room of many shows a hundred people and how many more there are") {
  const auto crowd = [](std::size_t count) {
    presence::entries all;
    for (std::size_t i = 0; i < count; ++i) all[fmt::format("n{:04}", i)].push_back({});
    return otp::make_shared<presence::entries>(std::move(all));
  };
  chat_page page{"ann", "CSRF"};
  page.show_people(crowd(100));
  CHECK_FALSE(contains(html(page), "more</p>"));
  page.show_people(crowd(1000));
  const std::string shown = html(page);
  CHECK(contains(shown, "People (1000)"));
  CHECK(contains(shown, "and 900 more</p>"));
  CHECK_FALSE(contains(shown, "person-name"));
}

TEST_CASE("[C-032] a name of the list is text too") {
  chat_page page{"ann", "CSRF"};
  page.show_people(people({{"\"><script>alert(1)</script>", 1}}));
  const std::string shown = html(page);
  CHECK_FALSE(contains(shown, "<script"));
  CHECK(contains(shown, "&lt;script&gt;"));
}
