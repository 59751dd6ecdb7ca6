// One connection to the SQLite file. Every call blocks: run it on a thread that may wait.
#pragma once

#include "chat/message.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace chatroom::repo {

/// What the database said, with what was being done: "cannot open "chat.db": ...".
class database_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct connection_options {
  std::string path;
  /// How long a statement waits for another writer.
  std::chrono::milliseconds busy_timeout{5'000};
};

/// An open database: WAL, foreign keys, synchronous=FULL, so that a message that was acknowledged
/// survives a power cut (C-056, C-208). Not thread-safe; any one thread at a time may use it.
/// Every function throws `database_error`; after that the connection should be opened anew.
class connection {
 public:
  /// Opens the file, creating it if there is none.
  explicit connection(connection_options options);
  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;
  ~connection();

  /// Brings the schema up to date and returns how many migrations were run. Two programs may do
  /// this at once; one waits for the other.
  std::size_t migrate();

  /// Stores a message and returns it with its id. When this returns, it is on the disk.
  chat::message insert_message(std::int64_t room_id, const chat::draft& from,
                               chat::timestamp sent_at);

  /// The newest `count` messages of a room, oldest first.
  std::vector<chat::message> newest_messages(std::int64_t room_id, std::size_t count);

  /// Up to `count` messages of a room with an id above `id`, oldest first.
  std::vector<chat::message> messages_after(std::int64_t room_id, std::int64_t id,
                                            std::size_t count);

  /// Does nothing, through the whole way to the file; throws if that is broken.
  void ping();

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace chatroom::repo
