#include "repo/repo.hpp"

#include "predecessors.hpp"
#include "repo/connection_server.hpp"

#include <otp/log.hpp>
#include <otp/pool.hpp>
#include <otp/supervisor.hpp>
#include <otp/telemetry.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace chatroom::repo {
namespace {

const otp::name<otp::pool> connections{"chatroom.repo.pool"};

// Longer than a writer waits for another one; then the statement is not coming back.
constexpr auto call_margin = std::chrono::seconds{10};
constexpr auto short_wait = std::chrono::seconds{1};

// Runs inside the supervisor, before any connection: whoever starts after it finds the schema.
otp::child_spec migrator(connection_options options) {
  return {.id = "chatroom.repo.migrator",
          .start = [options]() -> otp::result<otp::pid, otp::start_failure> {
            try {
              const std::size_t count = otp::blocking([&] { return connection{options}.migrate(); });
              if (count > 0) otp::log::info("{} migrations run on {}", count, options.path);
              return otp::failure{otp::start_failure{otp::reason::normal, true}};
            } catch (const database_error& error) {
              return otp::failure{otp::start_failure{otp::exit_reason{std::string{error.what()}}}};
            }
          },
          .restart = otp::restart::temporary};
}

// Asks one connection of the pool; what goes wrong on the way becomes a query_error.
template <class Request>
typename Request::reply ask(std::string_view source, Request request) {
  const auto begun = otp::this_runtime::now();
  const auto answer = otp::with_worker<connection_server>(
      connections, [&](otp::server_ref<connection_server> one) -> typename Request::reply {
        auto reply = otp::try_call(one, std::move(request), call_margin);
        if (reply) return *std::move(reply);
        return otp::failure{query_error{
            fmt::format("the database connection was lost ({})", reply.error().root())}};
      });
  auto outcome = answer ? *answer
                        : typename Request::reply{otp::failure{
                              query_error{fmt::format("the database is busy: {}", answer.error())}}};
  otp::telemetry::execute("chatroom.repo.query", [&] {
    return otp::telemetry_data{
        .measurements = {{"total_time", otp::this_runtime::now() - begun}},
        .metadata = {{"source", source}, {"result", outcome ? "ok" : "error"}}};
  });
  return outcome;
}

}  // namespace

otp::child_spec child(settings with) {
  const connection_options options{.path = with.path, .busy_timeout = with.busy_timeout};
  otp::supervisor_spec members{.name = "chatroom.repo.connections"};
  for (std::size_t i = 1; i <= with.pool_size; ++i) {
    members.children.push_back(otp::pool_worker<connection_server>(
        connections, {.name = fmt::format("chatroom.repo.{}", i)}, options));
  }
  // A new pool knows no connections: those after it start again and announce themselves.
  return otp::child(otp::supervisor_spec{
      .name = "chatroom.repo",
      .strategy = otp::strategy::rest_for_one,
      .children = {predecessors("chatroom.repo.predecessors", {connections.value, members.name}),
                   migrator(options),
                   otp::child<otp::pool>({.name = connections.value}),
                   otp::child(std::move(members))}});
}

otp::telemetry_measurement pool_measurement() {
  return {"chatroom.repo.pool", [] {
            // While the pool starts again there is nothing to tell; that is no failure.
            const auto now = otp::try_call(connections, otp::pool::status{}, short_wait);
            if (!now) return;
            otp::telemetry::execute("chatroom.repo.pool", {{"idle", now->idle},
                                                           {"lent", now->lent},
                                                           {"waiting", now->waiting}});
          }};
}

outcome<chat::message> insert_message(std::int64_t room_id, chat::draft from,
                                      chat::timestamp sent_at) {
  return ask("insert_message", connection_server::insert{room_id, std::move(from), sent_at});
}

outcome<std::vector<chat::message>> newest_messages(std::int64_t room_id, std::size_t count) {
  return ask("newest_messages", connection_server::newest{room_id, count});
}

outcome<std::vector<chat::message>> messages_after(std::int64_t room_id, std::int64_t id,
                                                   std::size_t count) {
  return ask("messages_after", connection_server::after{room_id, id, count});
}

}  // namespace chatroom::repo
