// The database as the rest of the program uses it: plain calls that may wait, answered by a pool
// of connection processes.
//
// Supervised as
//   chatroom.repo                 supervisor, rest_for_one
//     chatroom.repo.predecessors  waits until a killed repo's processes are gone, then is ignored
//     chatroom.repo.migrator      runs the migrations once, then is ignored
//     chatroom.repo.pool          who may use which connection
//     chatroom.repo.1 … n         connections
#pragma once

#include "chat/message.hpp"

#include <otp/child_spec.hpp>
#include <otp/result.hpp>
#include <otp/telemetry_poller.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace chatroom::repo {

struct settings {
  std::string path;
  std::size_t pool_size = 5;
  std::chrono::milliseconds busy_timeout{5'000};
};

/// Returns the spec of the whole repo. Its start fails, naming the file, if that cannot be opened,
/// written or migrated.
otp::child_spec child(settings with);

/// Event chatroom.repo.pool: how many connections are `idle` and `lent`, and how many requests are
/// `waiting` for one.
otp::telemetry_measurement pool_measurement();

/// Why a query has no result, for people.
struct query_error {
  std::string text;
};

template <class T>
using outcome = otp::result<T, query_error>;

/// Stores a message; when it returns a message, that is on the disk. In a process, as all of these.
outcome<chat::message> insert_message(std::int64_t room_id, chat::draft from,
                                      chat::timestamp sent_at);
outcome<std::vector<chat::message>> newest_messages(std::int64_t room_id, std::size_t count);
outcome<std::vector<chat::message>> messages_after(std::int64_t room_id, std::int64_t id,
                                                   std::size_t count);

}  // namespace chatroom::repo
