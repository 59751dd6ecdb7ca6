#include "web/endpoint/endpoint.hpp"

#include "chat/chat.hpp"
#include "predecessors.hpp"
#include "telemetry/telemetry.hpp"
#include "web/endpoint/acceptors.hpp"
#include "web/endpoint/static_cache.hpp"
#include "web/pages/chat_page.hpp"
#include "web/pages/chat_view.hpp"
#include "web/pages/site.hpp"

#include <otp/child.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/log.hpp>
#include <otp/supervisor.hpp>
#include <otp/telemetry.hpp>

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

std::optional<std::vector<chat::message>> history() {
  auto newest = chat::newest_messages(chat::lobby, pages::chat_page::history);
  if (newest) return *std::move(newest);
  otp::log::warning("the history cannot be read: {}", newest.error().text);
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
                            const std::shared_ptr<published_files>& files) {
  auto context = std::make_shared<endpoint_context>();
  context->keys = std::make_shared<http::signer>(options.secret, options.previous_secret);
  context->origins = options.origins;
  context->flow = flow;
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

}  // namespace

otp::child_spec endpoint_child(const endpoint_options& options) {
  const auto flow = std::make_shared<traffic>();
  const auto files = std::make_shared<published_files>();
  const std::string listener_id{listener_name};
  const std::string static_cache_id{static_cache_name};
  const std::string acceptors_id{acceptors_name};
  const std::string drainer_id{drainer_name};
  // A tab that has lost its view joins again by itself; however many do, the endpoint goes on.
  return otp::child(otp::supervisor_spec{
      .name = std::string{endpoint_name},
      .strategy = otp::strategy::rest_for_one,
      .children = {predecessors("chatroom.endpoint.predecessors",
                                {drainer_id, acceptors_id, static_cache_id, listener_id,
                                 sockets.value, views.value}),
                   otp::child<otp::dynamic_supervisor>({.name = views.value}),
                   otp::child<otp::dynamic_supervisor>({.name = sockets.value}),
                   otp::child<listener>({.name = listener_id}, options.listen),
                   static_cache_child(static_cache_id, files),
                   acceptors_child({.name = acceptors_id,
                                    .count = acceptors,
                                    .listener = listener_id,
                                    .sockets = sockets.value},
                                   make_context(options, flow, files)),
                   drainer_child(drainer_id, flow)}});
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
