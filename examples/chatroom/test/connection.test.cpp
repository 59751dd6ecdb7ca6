// The SQL layer on a real file.
#include "repo/connection.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include <unistd.h>

#include "support/catch.hpp"

using namespace chatroom;

namespace {

// A directory that is gone when the test is over.
class scratch {
 public:
  scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "chatroom-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    directory_ = pattern;
  }
  ~scratch() { std::filesystem::remove_all(directory_); }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  std::string file(const std::string& name) const { return (directory_ / name).string(); }

 private:
  std::filesystem::path directory_;
};

chat::timestamp at(std::int64_t ms) { return chat::timestamp{std::chrono::milliseconds{ms}}; }

}  // namespace

TEST_CASE("migrations run once") {
  const scratch dir;
  repo::connection first{{.path = dir.file("chat db.sqlite")}};
  CHECK(first.migrate() == 1);
  CHECK(first.migrate() == 0);
  repo::connection second{{.path = dir.file("chat db.sqlite")}};
  CHECK(second.migrate() == 0);
}

TEST_CASE("history is the newest messages, oldest first") {
  const scratch dir;
  repo::connection database{{.path = dir.file("chat.db")}};
  database.migrate();
  CHECK(database.newest_messages(chat::lobby, 50).empty());
  for (int i = 1; i <= 120; ++i) {
    const auto stored =
        database.insert_message(chat::lobby, {"ann", "message " + std::to_string(i)}, at(i));
    REQUIRE(stored.id == i);
  }
  const auto history = database.newest_messages(chat::lobby, 50);
  REQUIRE(history.size() == 50);
  CHECK(history.front().body == "message 71");
  CHECK(history.back() == chat::message{120, chat::lobby, "ann", "message 120", at(120)});
  const auto missed = database.messages_after(chat::lobby, 117, 200);
  REQUIRE(missed.size() == 3);
  CHECK(missed.front().id == 118);
  CHECK(database.messages_after(chat::lobby, 0, 2).size() == 2);
}

TEST_CASE("any text is stored as it is") {
  const scratch dir;
  repo::connection database{{.path = dir.file("chat.db")}};
  database.migrate();
  for (const std::string& body : {std::string{"'; DROP TABLE messages; --"}, std::string{":room"},
                                  std::string{"ünï 😀 <b>"}, std::string{"\"\\%_"}}) {
    database.insert_message(chat::lobby, {body, body}, at(1));
    CHECK(database.newest_messages(chat::lobby, 1).front().body == body);
    CHECK(database.newest_messages(chat::lobby, 1).front().author == body);
  }
}

TEST_CASE("a message for a room that does not exist is refused and leaves no transaction open") {
  const scratch dir;
  repo::connection database{{.path = dir.file("chat.db")}};
  database.migrate();
  CHECK_THROWS_AS(database.insert_message(77, {"ann", "x"}, at(1)), repo::database_error);
  CHECK(database.insert_message(chat::lobby, {"ann", "y"}, at(2)).body == "y");
}

TEST_CASE("committed messages are seen by other connections, and writers wait for each other") {
  const scratch dir;
  const std::string path = dir.file("chat.db");
  repo::connection{{.path = path}}.migrate();
  const auto write = [&] {
    repo::connection mine{{.path = path}};
    for (int i = 0; i < 20; ++i) mine.insert_message(chat::lobby, {"ann", "x"}, at(i));
  };
  auto other = std::async(std::launch::async, write);
  write();
  other.get();
  CHECK(repo::connection{{.path = path}}.newest_messages(chat::lobby, 100).size() == 40);
}

TEST_CASE("a file that cannot be opened or is not a database is named in the error") {
  const scratch dir;
  const auto complaint = [](const std::string& path) {
    try {
      repo::connection{{.path = path}}.migrate();
    } catch (const repo::database_error& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  const std::string missing = dir.file("missing/chat.db");
  CHECK(complaint(missing).find(missing) != std::string::npos);
  const std::string text = dir.file("text");
  std::ofstream{text} << "this is not a database, it is a long enough text to be read as a header "
                         "and then some more of it";
  CHECK(complaint(text).find(text) != std::string::npos);
}
