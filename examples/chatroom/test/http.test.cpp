// Paths, forms, routes, files and origins, as requests and responses.
#include "support/catch.hpp"
#include "web/http/https_redirect.hpp"
#include "web/http/message.hpp"
#include "web/http/request_id.hpp"
#include "web/http/router.hpp"
#include "web/http/security.hpp"
#include "web/http/static_files.hpp"
#include "web/http/uri.hpp"

#include <string>

using namespace chatroom;
using namespace chatroom::http;

namespace {

request get(std::string target) {
  request out;
  out.method = "GET";
  out.target = std::move(target);
  return out;
}

}  // namespace

TEST_CASE("paths are decoded once, and those that could lead outside are refused") {
  CHECK(safe_path("/a%20b?x=..") == "/a b");
  CHECK(safe_path("/%25") == "/%");
  for (const char* bad : {"", "a", "/..", "/../etc/passwd", "/a/%2e%2e/b", "/a/..%2fb", "/a\\b",
                          "/a%5cb", "/a%00b", "/%", "/%2", "/%zz", "/%ff", "http://x/.."}) {
    INFO(bad);
    CHECK_FALSE(safe_path(bad));
  }
  CHECK(safe_path("/a%2fb") == "/a/b");
}

TEST_CASE("forms are decoded and know which fields the user has not touched") {
  const auto fields = form::parse("_unused_username=&username=a%3Cb%3E+%C3%BC&body=&body=x");
  REQUIRE(fields);
  CHECK(fields->get("username") == "a<b> ü");
  CHECK(fields->untouched("username"));
  CHECK_FALSE(fields->untouched("body"));
  CHECK(fields->get("body") == "x");
  CHECK_FALSE(fields->find("none"));
  CHECK(form::parse("user%5B_unused_name%5D=&user%5Bname%5D=")->untouched("user[name]"));
  CHECK_FALSE(form::parse("a=%G1"));
  CHECK(form::parse("a=%ff")->get("a") == "\uFFFD");
  CHECK(form::parse("")->fields().empty());
}

TEST_CASE("a form of more than 1000 fields is refused") {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a=1&";
  CHECK(form::parse(many));
  CHECK_FALSE(form::parse(many + "b=2"));
}

TEST_CASE("the router binds parameters and tells apart unknown paths and methods") {
  router routes;
  routes.get("/", [](const request&) { return text(200, "home"); })
      .get("/r/:slug", [](const request& r) { return text(200, r.params.at("slug")); })
      .get("/assets/*file", [](const request& r) { return text(200, r.params.at("file")); })
      .post("/session", [](const request&) { return see_other("/"); });
  CHECK(routes.dispatch(get("/?x=1")).body == "home");
  CHECK(routes.dispatch(get("/r/lobby")).body == "lobby");
  CHECK(routes.dispatch(get("/assets/a/b.js")).body == "a/b.js");
  CHECK(routes.dispatch(get("/r/")).status == 404);
  CHECK(routes.dispatch(get("/nowhere")).status == 404);
  CHECK(routes.dispatch(get("/%2e%2e/x")).status == 404);
  const response refused = routes.dispatch(get("/session"));
  CHECK(refused.status == 405);
  CHECK(refused.fields.get("allow") == "POST");
  request head = get("/");
  head.method = "HEAD";
  CHECK(routes.dispatch(head).status == 200);
  head.method = "DELETE";
  CHECK(routes.dispatch(head).fields.get("Allow") == "GET, HEAD");
}

TEST_CASE("a file has a type, a strong ETag, and 304 for a client that has it") {
  static_files files{"/assets/"};
  files.add("app.js", "alert(1)");
  request wanted = get("/assets/app.js");
  wanted.path = "/assets/app.js";
  const auto first = files.serve(wanted);
  REQUIRE(first);
  CHECK(first->status == 200);
  CHECK(first->content() == "alert(1)");
  CHECK(first->fields.get("Content-Type") == "text/javascript; charset=utf-8");
  CHECK(first->fields.get("Cache-Control") == "no-cache");
  const std::string etag{first->fields.get("ETag")};
  for (const std::string& header : {etag, "W/" + etag, "\"other\", " + etag, std::string{"*"}}) {
    wanted.fields.set("If-None-Match", header);
    const auto second = files.serve(wanted);
    CHECK(second->status == 304);
    CHECK(second->content().empty());
    CHECK(second->fields.get("ETag") == etag);
  }
  wanted.fields.set("If-None-Match", "\"other\"");
  CHECK(files.serve(wanted)->status == 200);
}

TEST_CASE("a file's hashed name may be kept for ever, and nothing else is found") {
  static_files files{"/assets/"};
  files.add("app.css", "a{}");
  request wanted = get("");
  wanted.path = files.path("app.css");
  CHECK(wanted.path.starts_with("/assets/app-"));
  CHECK(wanted.path.ends_with(".css"));
  CHECK(files.serve(wanted)->fields.get("Cache-Control") == "public, max-age=31536000, immutable");
  for (const char* path :
       {"/assets/", "/assets", "/assets/app", "/app.css", "/assets/../app.css"}) {
    wanted.path = path;
    CHECK_FALSE(files.serve(wanted));
  }
}

TEST_CASE("a WebSocket is welcome from its own page, from listed origins, and without an origin") {
  origin_rules rules{.host = "chat.example.com",
                     .allowed = {"//*.example.org", "https://a.net:8443"}};
  request upgrade = get("/live/websocket");
  upgrade.fields.set("Host", "127.0.0.1:4000");
  CHECK(origin_allowed(rules, upgrade));
  const auto from = [&](const char* origin) {
    upgrade.fields.set("Origin", origin);
    return origin_allowed(rules, upgrade);
  };
  CHECK(from("http://127.0.0.1:4000"));
  CHECK_FALSE(from("http://127.0.0.1:4001"));
  CHECK_FALSE(from("https://127.0.0.1:4000"));
  CHECK(from("https://chat.example.com"));
  CHECK(from("http://x.example.org"));
  CHECK_FALSE(from("http://example.org"));
  CHECK_FALSE(from("http://evilexample.org"));
  CHECK(from("https://a.net:8443"));
  CHECK_FALSE(from("http://a.net:8443"));
  CHECK_FALSE(from("https://a.net"));
  CHECK_FALSE(from("null"));
  rules.check = false;
  CHECK(from("http://anything"));
}

TEST_CASE("only version 2.0.x of the channel protocol is spoken") {
  CHECK(vsn_supported("_csrf_token=a&vsn=2.0.0"));
  CHECK(vsn_supported("vsn=2.0.11"));
  for (const char* query : {"", "vsn=1.0.0", "vsn=2.1.0", "vsn=2.0.", "vsn=2.0.x", "vsn=2.0"}) {
    CHECK_FALSE(vsn_supported(query));
  }
}

TEST_CASE("every response forbids foreign scripts and frames") {
  headers fields;
  secure_headers(fields);
  CHECK(fields.get("content-security-policy") ==
        "default-src 'self'; base-uri 'self'; frame-ancestors 'self'; form-action 'self'; "
        "object-src 'none'");
  CHECK(fields.get("x-content-type-options") == "nosniff");
}

TEST_CASE("[C-117] who comes without TLS is sent to the same address with it") {
  const auto location = [](const router& site, std::string_view host, std::string target) {
    request from = get(std::move(target));
    from.fields.set("Host", std::string{host});
    const response out = site.dispatch(std::move(from));
    return out.status == 308 ? std::string{out.fields.get("Location")} : std::to_string(out.status);
  };
  const router as_asked = https_redirect("", 4443);
  CHECK(location(as_asked, "a.net:8080", "/x?y=%20z") == "https://a.net:4443/x?y=%20z");
  CHECK(location(as_asked, "[::1]:8080", "/") == "https://[::1]:4443/");
  CHECK(location(as_asked, "", "/") == "400");
  CHECK(location(as_asked, "evil/a.net", "/") == "400");
  CHECK(location(as_asked, "a.net", "http://b.net/") == "404");
  const router named = https_redirect("chat.net", 443);
  CHECK(location(named, "evil.net", "/") == "https://chat.net/");
}

TEST_CASE("[C-106] a request keeps the id that a proxy gave it, if that is one") {
  const auto id_for = [](std::string given) {
    headers fields;
    fields.set("X-Request-Id", std::move(given));
    return request_id(fields);
  };
  for (const std::string& good :
       {std::string(20, 'a'), std::string(200, 'Z'), std::string{"0123456789-_.=+/abcDEF"}}) {
    CHECK(id_for(good) == good);
  }
  for (const std::string& bad : {std::string{}, std::string(19, 'a'), std::string(201, 'a'),
                                 std::string(20, 'a') + " b", std::string(20, 'a') + "\n"}) {
    CHECK(id_for(bad) != bad);
    CHECK(id_for(bad).size() == 20);
  }
  CHECK(request_id({}) != request_id({}));
}
