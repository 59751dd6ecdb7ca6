#include "web/endpoint/endpoint.hpp"

#include "chat/chat.hpp"
#include "predecessors.hpp"
#include "telemetry/telemetry.hpp"
#include "web/endpoint/acceptors.hpp"
#include "web/endpoint/certificate.hpp"
#include "web/endpoint/static_cache.hpp"
#include "web/http/https_redirect.hpp"
#include "web/pages/chat_page.hpp"
#include "web/pages/chat_view.hpp"
#include "web/pages/site.hpp"
#include <otp/child.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/log.hpp>
#include <otp/supervisor.hpp>
#include <otp/telemetry.hpp>

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace chatroom::web {
namespace {

const otp::name<otp::dynamic_supervisor> views{std::string{views_name}};
const otp::name<otp::dynamic_supervisor> sockets{std::string{sockets_name}};

constexpr std::size_t acceptors = 2;

http::seconds_since_epoch now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::optional<std::vector<chat::message>> history(const http::request& asked) {
  auto newest = chat::newest_messages(chat::lobby, pages::chat_page::history);
  if (newest) return *std::move(newest);
  otp::log::write(otp::log_level::warning, {{"request_id", asked.id}},
                  "the history cannot be read: {}", newest.error().text);
  return {};
}

// Why nobody should be sent here now (C-303).
std::vector<std::string> obstacles(const traffic& now) {
  std::vector<std::string> found;
  if (now.draining) found.emplace_back("draining");
  if (!chat::newest_messages(chat::lobby, 1)) found.emplace_back("the database cannot be read");
  return found;
}

std::optional<otp::pid> start_view(live::view_start start) {
  const auto started = otp::start_child(views, pages::chat_view_child(std::move(start)));
  if (started) return *started;
  otp::log::error("a live view could not be started: {}", started.error().reason);
  return {};
}

shared_context make_context(const endpoint_options& options, const std::shared_ptr<traffic>& flow,
                            const std::shared_ptr<published_files>& files,
                            const std::shared_ptr<tls_in_use>& tls) {
  auto context = std::make_shared<endpoint_context>();
  context->keys = std::make_shared<http::signer>(options.secret, options.previous_secret);
  context->origins = options.origins;
  context->flow = flow;
  context->tls = tls;
  if (options.tls && options.tls->hsts.count() > 0) {
    context->hsts = fmt::format("max-age={}", options.tls->hsts.count());
  }
  context->start_view = start_view;
  context->site = pages::make_site({.keys = context->keys,
                                    .files = [files] { return files->get(); },
                                    .history = history,
                                    .people = [] { return chat::people(chat::lobby); },
                                    .obstacles = [flow] { return obstacles(*flow); },
                                    .now = now,
                                    .metrics_token = options.metrics_token,
                                    .metrics = telemetry::scrape});
  return context;
}

shared_context make_redirect_context(const endpoint_options& options,
                                     const std::shared_ptr<traffic>& flow) {
  auto context = std::make_shared<endpoint_context>();
  context->flow = flow;
  context->site = http::https_redirect(options.origins.host, options.listen.port);
  return context;
}

}  // namespace

otp::result<otp::child_spec, std::string> endpoint_child(const endpoint_options& options) {
  std::shared_ptr<tls_in_use> tls;
  if (options.tls) {
    auto identity = load_tls(options.tls->files);
    if (!identity) return otp::failure{std::move(identity).error()};
    tls = std::make_shared<tls_in_use>(options.tls->files, *std::move(identity));
  }
  const bool redirects = options.tls && options.tls->redirect_port != 0;
  const auto flow = std::make_shared<traffic>();
  const auto files = std::make_shared<published_files>();
  const std::string listener_id{listener_name};
  const std::string static_cache_id{static_cache_name};
  const std::string acceptors_id{acceptors_name};
  const std::string drainer_id{drainer_name};
  const std::string certificate_id{certificate_name};
  const std::string redirect_listener_id{redirect_listener_name};
  const std::string redirect_acceptors_id{redirect_acceptors_name};
  listen_options listen = options.listen;
  if (tls) listen.scheme = "https";

  std::vector<std::string> before{drainer_id,  acceptors_id,  static_cache_id,
                                  listener_id, sockets.value, views.value};
  if (tls) before.push_back(certificate_id);
  if (redirects) before.insert(before.end(), {redirect_acceptors_id, redirect_listener_id});

  // A tab that has lost its view joins again by itself; however many do, the endpoint goes on.
  otp::supervisor_spec endpoint{
      .name = std::string{endpoint_name},
      .strategy = otp::strategy::rest_for_one,
      .children = {predecessors("chatroom.endpoint.predecessors", std::move(before)),
                   otp::child<otp::dynamic_supervisor>({.name = views.value}),
                   otp::child<otp::dynamic_supervisor>({.name = sockets.value}),
                   otp::child<listener>({.name = listener_id}, listen),
                   static_cache_child(static_cache_id, files)}};
  auto& children = endpoint.children;
  if (tls) children.push_back(certificate_child(certificate_id, tls));
  children.push_back(acceptors_child(
      {.name = acceptors_id, .count = acceptors, .listener = listener_id, .sockets = sockets.value},
      make_context(options, flow, files, tls)));
  if (redirects) {
    children.push_back(otp::child<listener>(
        {.name = redirect_listener_id},
        listen_options{.address = listen.address, .port = options.tls->redirect_port}));
    children.push_back(acceptors_child({.name = redirect_acceptors_id,
                                        .count = 1,
                                        .listener = redirect_listener_id,
                                        .sockets = sockets.value},
                                       make_redirect_context(options, flow)));
  }
  children.push_back(drainer_child(drainer_id, flow));
  return otp::child(std::move(endpoint));
}

std::vector<otp::telemetry_measurement> endpoint_measurements() {
  const auto measure = [] {
    // While the endpoint starts again there is nothing to tell; that is no failure.
    const auto size_of = [](const otp::name<otp::dynamic_supervisor>& which) {
      return otp::try_call(which, otp::dynamic_supervisor::count{}, std::chrono::seconds{1});
    };
    const auto connections = size_of(sockets);
    const auto pages = size_of(views);
    if (!connections || !pages) return;
    otp::telemetry::execute("chatroom.endpoint.processes",
                            {{"connections", connections->active}, {"views", pages->active}});
  };
  return {{"chatroom.endpoint.processes", measure}};
}

}  // namespace chatroom::web
