#include "web/pages/site.hpp"

#include "chat/rules.hpp"
#include "web/http/session.hpp"
#include "web/http/uri.hpp"
#include "web/live/join.hpp"
#include "web/pages/chat_page.hpp"
#include "web/pages/layout.hpp"
#include <otp/prometheus.hpp>

#include <utility>

namespace chatroom::pages {
namespace {

using http::request;
using http::response;

class site {
 public:
  explicit site(site_services services) : services_{std::move(services)} {}

  // GET /
  response home(const request& from) const { return page(from, session_of(from), 200, {}, {}); }

  // POST /session sets the name, or with _method=delete forgets it.
  response change_session(const request& from) const {
    const auto fields = http::form::parse(from.body);
    if (!fields) return http::error_page(400);
    auto session = http::read_session(*services_.keys, from.fields, services_.now());
    if (!session || !http::csrf_valid(*session, fields->get("_csrf_token"))) {
      return http::error_page(403);
    }
    if (fields->get("_method") == "delete") {
      session->name.clear();
    } else {
      const std::string_view typed = fields->get("username");
      const chat::checked name = chat::check_name(typed);
      if (!name) return page(from, std::move(*session), 422, typed, name.reason);
      session->name = name.value;
    }
    response out = http::see_other("/");
    http::write_session(*services_.keys, out.fields, *session, services_.now(), from.secure);
    return out;
  }

  bool has_metrics() const { return !services_.metrics_token.empty(); }

  // GET /metrics
  response metrics(const request& from) const {
    constexpr std::string_view scheme = "Bearer ";
    const std::string_view given = from.fields.get("Authorization");
    // Digests are compared, so that not even the length of the token can be measured.
    if (!http::equal_without_case(given.substr(0, scheme.size()), scheme) ||
        !http::equal_in_constant_time(http::sha256(given.substr(scheme.size())),
                                      http::sha256(services_.metrics_token))) {
      response refusal = http::error_page(401);
      refusal.fields.set("WWW-Authenticate", "Bearer");
      return refusal;
    }
    auto numbers = services_.metrics();
    if (!numbers) return http::error_page(503);
    response out = http::text(200, *std::move(numbers));
    out.fields.set("Content-Type", std::string{otp::prometheus::content_type});
    out.fields.set("Cache-Control", "no-store");
    return out;
  }

  // GET /readyz
  response ready() const {
    const auto obstacles = services_.obstacles();
    std::string lines;
    for (const auto& each : obstacles) lines += each + "\n";
    response out =
        obstacles.empty() ? http::text(200, "ready\n") : http::text(503, std::move(lines));
    out.fields.set("Cache-Control", "no-store");
    return out;
  }

  response file(const request& from) const {
    auto found = services_.files()->serve(from);
    return found ? std::move(*found) : http::error_page(404);
  }

 private:
  http::session session_of(const request& from) const {
    auto known = http::read_session(*services_.keys, from.fields, services_.now());
    return known ? std::move(*known) : http::new_session();
  }

  response page(const request& from, http::session session, unsigned status,
                std::string_view refused_name, std::string_view reason) const {
    const std::string csrf = http::csrf_token(session);
    chat_page view{session.name, csrf};
    if (!reason.empty()) view.refuse_name(refused_name, reason);
    if (const auto newest = services_.history(from)) {
      view.show_history(*newest);
    } else {
      view.history_unavailable();
    }
    if (auto people = services_.people()) view.show_people(*std::move(people));
    const auto files = services_.files();
    const std::string view_id = "phx-" + http::random_token(12);
    const document about{
        .title = "Lobby",
        .view_id = view_id,
        .session_token = live::sign_view(*services_.keys, view_id, session, services_.now()),
        .csrf_token = csrf,
        .script = files->path("app.js"),
        .style_sheet = files->path("app.css"),
        .icon = files->path("icon.svg")};
    response out = http::html(status, write_document(about, view.render()));
    // The page holds tokens of one session: no cache may give it to another.
    out.fields.set("Cache-Control", "no-store");
    http::write_session(*services_.keys, out.fields, session, services_.now(), from.secure);
    return out;
  }

  site_services services_;
};

}  // namespace

http::router make_site(site_services services) {
  const auto pages = std::make_shared<const site>(std::move(services));
  http::router routes;
  routes.get("/", [pages](const request& r) { return pages->home(r); })
      .post("/session", [pages](const request& r) { return pages->change_session(r); })
      .get("/healthz",
           [](const request&) {
             response out = http::text(200, "ok\n");
             out.fields.set("Cache-Control", "no-store");
             return out;
           })
      .get("/readyz", [pages](const request&) { return pages->ready(); })
      .get("/assets/*file", [pages](const request& r) { return pages->file(r); });
  if (pages->has_metrics()) {
    routes.get("/metrics", [pages](const request& r) { return pages->metrics(r); });
  }
  return routes;
}

}  // namespace chatroom::pages
