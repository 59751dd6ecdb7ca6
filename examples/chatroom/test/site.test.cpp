// The site as a whole: requests in, responses out.
#include "web/pages/site.hpp"

#include "support/catch.hpp"
#include "web/http/security.hpp"
#include "web/http/session.hpp"
#include "web/http/uri.hpp"
#include "web/live/join.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace chatroom;
using namespace std::chrono_literals;

namespace {

constexpr http::seconds_since_epoch now{1'795'351'445s};

// A browser with a cookie jar of one cookie.
class browser {
 public:
  explicit browser(std::string metrics_token = {}) {
    auto files = std::make_shared<http::static_files>("/assets/");
    files->add("app.js", "script");
    files->add("app.css", "style");
    site = pages::make_site({.keys = keys,
                             .files = [files] { return files; },
                             .history = [this](const http::request&) { return history; },
                             .people = [this] { return people; },
                             .obstacles = [this] { return obstacles; },
                             .now = [] { return now; },
                             .metrics_token = std::move(metrics_token),
                             .metrics = [this] { return metrics; }});
  }

  http::response get(std::string target) { return send("GET", std::move(target), {}); }
  http::response post(std::string target, std::string body) {
    return send("POST", std::move(target), std::move(body));
  }

  http::session session() const {
    http::headers fields;
    fields.set("Cookie", cookie);
    return http::read_session(*keys, fields, now).value();
  }

  std::optional<std::vector<chat::message>> history{std::in_place};
  std::optional<otp::shared<presence::entries>> people;
  std::vector<std::string> obstacles;
  std::shared_ptr<const http::signer> keys = std::make_shared<http::signer>("secret");
  std::string cookie;
  std::string authorization;
  std::optional<std::string> metrics{"numbers\n"};

 private:
  http::response send(std::string method, std::string target, std::string body) {
    http::request request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    if (!cookie.empty()) request.fields.set("Cookie", cookie);
    if (!authorization.empty()) request.fields.set("Authorization", authorization);
    http::response out = http::answer(site, std::move(request));
    const std::string set{out.fields.get("Set-Cookie")};
    if (!set.empty()) cookie = set.substr(0, set.find(';'));
    return out;
  }

  http::router site;
};

std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = text.substr(begin + before.size());
  return std::string{rest.substr(0, rest.find(after))};
}

std::string csrf_of(const http::response& page) {
  return between(page.content(), "name=\"csrf-token\" content=\"", "\"");
}

}  // namespace

TEST_CASE("the first response is the whole page, with everything the live client needs") {
  browser visitor;
  visitor.history->push_back({7, chat::lobby, "ann", "hello", {}});
  visitor.people = otp::make_shared<presence::entries>(presence::entries{{"bob", {{}, {}}}});
  const auto page = visitor.get("/");
  CHECK(page.status == 200);
  const std::string html{page.content()};
  CHECK(html.starts_with("<!doctype html>"));
  CHECK(html.find("id=\"m-7\"") != std::string::npos);
  CHECK(html.find("People (1)") != std::string::npos);
  CHECK(html.find("2 tabs") != std::string::npos);
  CHECK(html.find("data-phx-main") != std::string::npos);
  CHECK(html.find("src=\"/assets/app-") != std::string::npos);
  CHECK(http::csrf_valid(visitor.session(), csrf_of(page)));
  CHECK(page.fields.get("Cache-Control") == "no-store");
  CHECK(page.fields.has("Content-Security-Policy"));
  const std::string id = between(html, "<div id=\"", "\"");
  const live::join_request join{"", false, between(html, "data-phx-session=\"", "\""), {}};
  const live::visitor me{visitor.session(), true};
  CHECK(live::check_join(*visitor.keys, "lv:" + id, join, me, now).empty());
}

TEST_CASE("a join is refused without its cookie, with another's, for another topic, and too late") {
  const http::signer keys{"secret"};
  const http::session mine = http::new_session();
  const live::join_request join{"", false, live::sign_view(keys, "phx-a", mine, now), {}};
  const auto check = [&](std::string_view topic, const live::visitor& from,
                         http::seconds_since_epoch when = now) {
    return live::check_join(keys, topic, join, from, when);
  };
  CHECK(check("lv:phx-a", {mine, true}).empty());
  CHECK(check("lv:phx-a", {std::nullopt, false}) == R"({"reason":"no session cookie"})");
  CHECK(check("lv:phx-a", {mine, false}) == R"({"reason":"stale"})");
  CHECK(check("lv:phx-a", {http::new_session(), true}) == R"({"reason":"stale"})");
  CHECK(check("lv:phx-b", {mine, true}) == R"({"reason":"unauthorized"})");
  CHECK(check("lv:phx-a", {mine, true}, now + http::session_age + 1s) == R"({"reason":"stale"})");
}

TEST_CASE("a posted name is in the session and on the next page") {
  browser visitor;
  const std::string csrf = csrf_of(visitor.get("/"));
  const auto answer =
      visitor.post("/session", "username=+ann+&_csrf_token=" + http::percent_encode(csrf));
  CHECK(answer.status == 303);
  CHECK(answer.fields.get("Location") == "/");
  CHECK(visitor.session().name == "ann");
  CHECK(visitor.get("/").content().find("Chatting as <strong id=\"me\">ann") != std::string::npos);
  const auto left =
      visitor.post("/session", "_method=delete&_csrf_token=" + http::percent_encode(csrf));
  CHECK(left.status == 303);
  CHECK(visitor.session().name.empty());
}

TEST_CASE("a refused name gives the page again with the reason") {
  browser visitor;
  const std::string csrf = csrf_of(visitor.get("/"));
  const auto answer =
      visitor.post("/session", "username=++&_csrf_token=" + http::percent_encode(csrf));
  CHECK(answer.status == 422);
  CHECK(answer.content().find("can&#39;t be blank") != std::string::npos);
}

TEST_CASE("a post without a good CSRF token is forbidden") {
  browser visitor;
  CHECK(visitor.post("/session", "username=ann").status == 403);
  visitor.get("/");
  CHECK(visitor.post("/session", "username=ann").status == 403);
  CHECK(visitor.post("/session", "username=ann&_csrf_token=forged").status == 403);
  CHECK(visitor.session().name.empty());
}

TEST_CASE("the page is served when the history cannot be read, and says so") {
  browser visitor;
  visitor.history.reset();
  const auto page = visitor.get("/");
  CHECK(page.status == 200);
  CHECK(page.content().find("id=\"history-error\"") != std::string::npos);
}

TEST_CASE("health check, files and unknown paths") {
  browser visitor;
  CHECK(visitor.get("/healthz").content() == "ok\n");
  CHECK(visitor.get("/assets/app.js").content() == "script");
  CHECK(visitor.get("/assets/secret").status == 404);
  const auto missing = visitor.get("/<b>");
  CHECK(missing.status == 404);
  CHECK(missing.fields.has("Content-Security-Policy"));
  CHECK(visitor.post("/healthz", "").status == 405);
}

TEST_CASE("the metrics are for whoever shows the token, and there are none without one") {
  browser stranger;
  stranger.authorization = "Bearer ";
  CHECK(stranger.get("/metrics").status == 404);
  browser visitor{"the token"};
  for (const char* shown : {"", "Bearer", "Bearer ", "Bearer the", "Bearer the token ", "the token",
                            "Basic the token", "Bearer Bearer the token"}) {
    INFO(shown);
    visitor.authorization = shown;
    const auto refused = visitor.get("/metrics");
    CHECK(refused.status == 401);
    CHECK(refused.fields.get("WWW-Authenticate") == "Bearer");
    CHECK(refused.content().find("numbers") == std::string_view::npos);
  }
  for (const char* shown : {"Bearer the token", "bearer the token"}) {
    visitor.authorization = shown;
    const auto page = visitor.get("/metrics");
    CHECK(page.status == 200);
    CHECK(page.fields.get("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(page.content() == "numbers\n");
  }
  CHECK(visitor.post("/metrics", "").status == 405);
  visitor.metrics.reset();
  CHECK(visitor.get("/metrics").status == 503);
}

TEST_CASE("events of forms and clicks are decoded") {
  const auto decode = [](const char* json) {
    return live::decode_event(boost::json::parse(json).as_object());
  };
  const auto change = decode(
      R"({"type":"form","event":"draft","value":"body=a+%26+b","meta":{"_target":"body"},"uploads":{}})");
  REQUIRE(change);
  CHECK(change->type == "form");
  CHECK(change->name == "draft");
  CHECK(change->fields.get("body") == "a & b");
  CHECK(change->target == "body");
  const auto click =
      decode(R"({"type":"click","event":"inc","value":{"by":"2","n":5,"value":""}})");
  REQUIRE(click);
  CHECK(click->fields.get("by") == "2");
  CHECK(click->fields.get("n") == "5");
  CHECK_FALSE(decode(R"({"type":"form","event":"x","value":"a=%"})"));
  CHECK_FALSE(decode(R"({"type":"click"})"));
  CHECK_FALSE(decode(R"({"event":5,"value":{}})"));
}

TEST_CASE("readiness is refused with what stands in the way") {
  browser tab;
  CHECK(tab.get("/readyz").status == 200);
  tab.obstacles = {"draining", "the database cannot be read"};
  const auto refused = tab.get("/readyz");
  CHECK(refused.status == 503);
  CHECK(refused.content() == "draining\nthe database cannot be read\n");
}
