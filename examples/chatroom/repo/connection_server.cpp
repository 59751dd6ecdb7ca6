#include "repo/connection_server.hpp"

#include <otp/timer.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace chatroom::repo {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds shortest_backoff = 1s;
constexpr std::chrono::milliseconds longest_backoff = 30s;

}  // namespace

connection_server::connection_server(connection_options options)
    : options_{std::move(options)}, failure_{"not connected yet"}, backoff_{shortest_backoff} {}

// Connecting happens after the start, so that the pool starts although the database is down.
void connection_server::init() {
  otp::send(otp::this_process::self(), connect{});
}

void connection_server::handle_info(connect) {
  if (!connection_) open();
}

connection_server::insert::reply connection_server::handle_call(insert request) {
  return run<chat::message>("insert_message", [&](connection& database) {
    return database.insert_message(request.room_id, request.from, request.sent_at);
  });
}

connection_server::newest::reply connection_server::handle_call(newest request) {
  return run<std::vector<chat::message>>("newest_messages", [&](connection& database) {
    return database.newest_messages(request.room_id, request.count);
  });
}

connection_server::after::reply connection_server::handle_call(after request) {
  return run<std::vector<chat::message>>("messages_after", [&](connection& database) {
    return database.messages_after(request.room_id, request.id, request.count);
  });
}

std::string connection_server::format_status() const {
  return fmt::format("connection to \"{}\": {}", options_.path, connection_ ? "open" : failure_);
}

template <class T, class Query>
outcome<T> connection_server::run(std::string_view source, Query query) {
  if (!connection_) {
    return otp::failure{query_error{fmt::format("the database is not available: {}", failure_)}};
  }
  try {
    return otp::blocking([&] { return query(*connection_); });
  } catch (const database_error& error) {
    // Its state is unknown now; a fresh connection costs less than a wrong answer.
    lost(error.what());
    return otp::failure{query_error{fmt::format("{} failed: {}", source, failure_)}};
  }
}

void connection_server::open() {
  try {
    connection_.emplace(otp::blocking([this] { return connection{options_}; }));
    backoff_ = shortest_backoff;
  } catch (const database_error& error) {
    failure_ = error.what();
    // Random, so that the connections of a pool do not all come at once.
    const auto jitter = std::chrono::milliseconds{
        static_cast<std::int64_t>(otp::this_runtime::random() %
                                  static_cast<std::uint64_t>(backoff_.count()))};
    otp::send_after(backoff_ / 2 + jitter, otp::this_process::self(), connect{});
    backoff_ = std::min(2 * backoff_, longest_backoff);
  }
}

void connection_server::lost(std::string why) {
  failure_ = std::move(why);
  otp::blocking([this] { connection_.reset(); });
  open();
}

}  // namespace chatroom::repo
