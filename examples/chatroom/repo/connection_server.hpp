// One database connection as a process. Queries run on the blocking pool of the runtime, so no
// scheduler thread ever waits for the disk.
#pragma once

#include "repo/connection.hpp"
#include "repo/repo.hpp"

#include <otp/blocking.hpp>
#include <otp/gen_server.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace chatroom::repo {

class connection_server : public otp::gen_server<connection_server> {
 public:
  struct insert {
    using reply = outcome<chat::message>;
    std::int64_t room_id;
    chat::draft from;
    chat::timestamp sent_at;
  };
  struct newest {
    using reply = outcome<std::vector<chat::message>>;
    std::int64_t room_id;
    std::size_t count;
  };
  struct after {
    using reply = outcome<std::vector<chat::message>>;
    std::int64_t room_id;
    std::int64_t id;
    std::size_t count;
  };
  struct connect {};

  using info = otp::messages<connect>;

  explicit connection_server(connection_options options);

  void init();
  insert::reply handle_call(insert request);
  newest::reply handle_call(newest request);
  after::reply handle_call(after request);
  void handle_info(connect);
  std::string format_status() const;

 private:
  template <class T, class Query>
  outcome<T> run(std::string_view source, Query query);
  void open();
  void lost(std::string why);

  connection_options options_;
  std::optional<connection> connection_;
  std::string failure_;  // why there is no connection
  std::chrono::milliseconds backoff_;
};

}  // namespace chatroom::repo
