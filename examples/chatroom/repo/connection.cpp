#include "repo/connection.hpp"

#include "repo/migrations.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace chatroom::repo {
namespace {

std::string connect_string(const connection_options& options) {
  // The back end splits at spaces unless the value is quoted, and knows no escape for a quote.
  if (options.path.find('"') != std::string::npos) {
    throw database_error{
        fmt::format("cannot open {}: a database path may not contain a double quote", options.path)};
  }
  return fmt::format("db=\"{}\"", options.path);
}

// Runs `work`; what the database complains about leaves as database_error saying what was tried.
template <class Work>
auto attempt(std::string_view what, Work work) {
  try {
    return work();
  } catch (const soci::soci_error& error) {
    throw database_error{fmt::format("{}: {}", what, error.get_error_message())};
  }
}

}  // namespace

// Statements are prepared at their first use and kept; their variables are members because a
// prepared statement keeps references to what it reads and writes.
struct connection::implementation {
  struct insert {
    long long room_id = 0;
    std::string author;
    std::string body;
    long long inserted_at = 0;
    long long id = 0;
    soci::statement statement;

    explicit insert(soci::session& sql)
        : statement{(sql.prepare << "INSERT INTO messages (room_id, author, body, inserted_at) "
                                    "VALUES (:room, :author, :body, :at) RETURNING id",
                     soci::use(room_id), soci::use(author), soci::use(body),
                     soci::use(inserted_at), soci::into(id))} {}
  };

  struct select {
    long long room_id = 0;
    long long after = 0;
    long long count = 0;
    long long id = 0;
    std::string author;
    std::string body;
    long long inserted_at = 0;
    soci::statement statement;

    select(soci::session& sql, const char* text)
        : statement{(sql.prepare << text, soci::use(room_id), soci::use(after), soci::use(count),
                     soci::into(id), soci::into(author), soci::into(body),
                     soci::into(inserted_at))} {}

    std::vector<chat::message> run(std::int64_t room, std::int64_t above, std::size_t limit) {
      room_id = room;
      after = above;
      count = static_cast<long long>(limit);
      std::vector<chat::message> out;
      statement.execute();
      while (statement.fetch()) {
        out.push_back({id, room, author, body, chat::timestamp{std::chrono::milliseconds{inserted_at}}});
      }
      return out;
    }
  };

  connection_options options;
  soci::session sql;
  std::unique_ptr<insert> insert_message;
  std::unique_ptr<select> newest;
  std::unique_ptr<select> after;

  explicit implementation(connection_options from)
      : options{std::move(from)}, sql{soci::sqlite3, connect_string(options)} {
    sql << fmt::format("PRAGMA busy_timeout = {}", options.busy_timeout.count());
    std::string mode;
    sql << "PRAGMA journal_mode = WAL", soci::into(mode);
    sql << "PRAGMA synchronous = FULL";
    sql << "PRAGMA foreign_keys = ON";
  }

  // IMMEDIATE takes the write lock at once: a transaction that reads first and writes later can
  // fail with SQLITE_BUSY whatever the timeout.
  template <class Work>
  void transaction(Work work) {
    sql << "BEGIN IMMEDIATE";
    try {
      work();
      sql << "COMMIT";
    } catch (...) {
      try {
        sql << "ROLLBACK";
      } catch (const soci::soci_error&) {
        // SQLite has rolled back by itself; the first error is the one to report.
      }
      throw;
    }
  }
};

connection::connection(connection_options options) {
  const std::string what = fmt::format("cannot open the database \"{}\"", options.path);
  implementation_ =
      attempt(what, [&] { return std::make_unique<implementation>(std::move(options)); });
}

connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

std::size_t connection::migrate() {
  implementation& self = *implementation_;
  const std::string what = fmt::format("cannot migrate the database \"{}\"", self.options.path);
  return attempt(what, [&] {
    std::size_t count = 0;
    self.transaction([&] {
      self.sql << "CREATE TABLE IF NOT EXISTS schema_migrations "
                  "(version INTEGER PRIMARY KEY, inserted_at INTEGER NOT NULL)";
      std::set<long long> done;
      {
        const soci::rowset<long long> rows = (self.sql.prepare << "SELECT version FROM schema_migrations");
        done.insert(rows.begin(), rows.end());
      }
      for (const migration& step : migrations) {
        if (done.contains(step.version)) continue;
        for (const std::string_view statement : step.statements) self.sql << std::string{statement};
        const long long version = step.version;
        self.sql << "INSERT INTO schema_migrations (version, inserted_at) "
                    "VALUES (:version, CAST(strftime('%s', 'now') AS INTEGER) * 1000)",
            soci::use(version);
        ++count;
      }
    });
    return count;
  });
}

chat::message connection::insert_message(std::int64_t room_id, const chat::draft& from,
                                         chat::timestamp sent_at) {
  implementation& self = *implementation_;
  return attempt("cannot store a message", [&] {
    if (!self.insert_message) {
      self.insert_message = std::make_unique<implementation::insert>(self.sql);
    }
    implementation::insert& insert = *self.insert_message;
    insert.room_id = room_id;
    insert.author = from.author;
    insert.body = from.body;
    insert.inserted_at = sent_at.time_since_epoch().count();
    self.transaction([&] {
      insert.statement.execute(true);
      // A statement that returns rows is finished only when it says so; COMMIT would wait for it.
      while (insert.statement.fetch()) {
      }
    });
    return chat::message{insert.id, room_id, from.author, from.body, sent_at};
  });
}

std::vector<chat::message> connection::newest_messages(std::int64_t room_id, std::size_t count) {
  implementation& self = *implementation_;
  return attempt("cannot read the newest messages", [&] {
    if (!self.newest) {
      self.newest = std::make_unique<implementation::select>(
          self.sql,
          "SELECT id, author, body, inserted_at FROM (SELECT * FROM messages WHERE "
          "room_id = :room AND id > :after ORDER BY id DESC LIMIT :count) ORDER BY id");
    }
    return self.newest->run(room_id, 0, count);
  });
}

std::vector<chat::message> connection::messages_after(std::int64_t room_id, std::int64_t id,
                                                      std::size_t count) {
  implementation& self = *implementation_;
  return attempt("cannot read messages", [&] {
    if (!self.after) {
      self.after = std::make_unique<implementation::select>(
          self.sql,
          "SELECT id, author, body, inserted_at FROM messages WHERE "
          "room_id = :room AND id > :after ORDER BY id LIMIT :count");
    }
    return self.after->run(room_id, id, count);
  });
}

void connection::ping() {
  attempt("the database does not answer", [&] {
    long long version = 0;
    implementation_->sql << "PRAGMA schema_version", soci::into(version);
    return version;
  });
}

}  // namespace chatroom::repo
