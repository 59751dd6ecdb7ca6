// The life of channels on one socket, as frames and actions.
#include "web/socket/channel_table.hpp"

#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "support/catch.hpp"

using namespace chatroom::web;

namespace {

frame text(const std::string& json) { return std::get<frame>(decode(json)); }

// Actions as lines, so that a whole exchange can be compared at a glance.
std::vector<std::string> lines(const actions& list) {
  struct visitor {
    std::string operator()(const channel_action::send& a) const { return a.text; }
    std::string operator()(const channel_action::start& a) const {
      return "start " + number(a.id) + " " + a.topic;
    }
    std::string operator()(const channel_action::deliver& a) const {
      return "deliver " + number(a.id) + " " + a.event + " " + a.ref.value_or("-");
    }
    std::string operator()(const channel_action::stop& a) const { return "stop " + number(a.id); }
    std::string operator()(const channel_action::close& a) const {
      return "close " + std::to_string(static_cast<unsigned>(a.code));
    }
    static std::string number(channel_id id) {
      return std::to_string(static_cast<std::uint64_t>(id));
    }
  };
  std::vector<std::string> out;
  for (const action& one : list) out.push_back(std::visit(visitor{}, one));
  return out;
}

using expected = std::vector<std::string>;

constexpr channel_id first{1};
constexpr channel_id second{2};

channel_table joined_table() {
  channel_table table;
  table.receive(text(R"(["4","4","lv:a","phx_join",{}])"));
  table.join_accepted(first, "{}");
  return table;
}

}  // namespace

TEST_CASE("a heartbeat is answered at once") {
  channel_table table;
  CHECK(lines(table.receive(text(R"([null,"10","phoenix","heartbeat",{}])"))) ==
        expected{R"([null,"10","phoenix","phx_reply",{"status":"ok","response":{}}])"});
}

TEST_CASE("a join starts a process and is answered when that has mounted") {
  channel_table table;
  CHECK(lines(table.receive(text(R"(["4","4","lv:a","phx_join",{}])"))) ==
        expected{"start 1 lv:a"});
  CHECK(lines(table.join_accepted(first, R"({"rendered":{}})")) ==
        expected{R"(["4","4","lv:a","phx_reply",{"status":"ok","response":{"rendered":{}}}])"});
}

TEST_CASE("nothing is pushed before the join is answered, and nothing is lost") {
  channel_table table;
  table.receive(text(R"(["4","4","lv:a","phx_join",{}])"));
  CHECK(table.push(first, "diff", "{}").empty());
  CHECK(lines(table.join_accepted(first, "{}")) ==
        expected{R"(["4","4","lv:a","phx_reply",{"status":"ok","response":{}}])",
                 R"(["4",null,"lv:a","diff",{}])"});
  CHECK(lines(table.push(first, "diff", "{}")) == expected{R"(["4",null,"lv:a","diff",{}])"});
}

TEST_CASE("a refused join and a crash while joining are errors, and the topic is free again") {
  channel_table table;
  table.receive(text(R"(["4","4","lv:a","phx_join",{}])"));
  CHECK(lines(table.join_refused(first, R"({"reason":"stale"})")) ==
        expected{
            R"(["4","4","lv:a","phx_reply",{"status":"error","response":{"reason":"stale"}}])"});
  table.receive(text(R"(["5","5","lv:a","phx_join",{}])"));
  CHECK(
      lines(table.crashed(second)) ==
      expected{
          R"(["5","5","lv:a","phx_reply",{"status":"error","response":{"reason":"join crashed"}}])"});
  CHECK(table.size() == 0);
}

TEST_CASE("an event goes to its channel and its reply carries join_ref and ref") {
  channel_table table = joined_table();
  CHECK(lines(table.receive(text(R"(["4","11","lv:a","event",{}])"))) ==
        expected{"deliver 1 event 11"});
  CHECK(lines(table.receive(text(R"([null,"12","lv:a","event",{}])"))) ==
        expected{"deliver 1 event 12"});
  CHECK(lines(table.reply(first, "11", R"({"diff":{}})")) ==
        expected{R"(["4","11","lv:a","phx_reply",{"status":"ok","response":{"diff":{}}}])"});
}

TEST_CASE("a message with the join_ref of an earlier join is ignored") {
  channel_table table = joined_table();
  CHECK(table.receive(text(R"(["3","11","lv:a","event",{}])")).empty());
  CHECK(table.receive(text(R"(["3","12","lv:a","phx_leave",{}])")).empty());
}

TEST_CASE("a message for a topic that is not joined is answered with an error") {
  channel_table table;
  CHECK(lines(table.receive(text(R"(["4","11","lv:b","event",{}])"))) ==
        expected{
            R"([null,"11","lv:b","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}])"});
  CHECK(lines(table.receive(text(R"(["4","4","room:b","phx_join",{}])"))) ==
        expected{
            R"(["4","4","room:b","phx_reply",{"status":"error","response":{"reason":"unmatched topic"}}])"});
}

TEST_CASE("a leave stops the process, is answered and closes the channel") {
  channel_table table = joined_table();
  CHECK(lines(table.receive(text(R"(["4","20","lv:a","phx_leave",{}])"))) ==
        expected{"stop 1", R"(["4","20","lv:a","phx_reply",{"status":"ok","response":{}}])",
                 R"(["4","4","lv:a","phx_close",{}])"});
  CHECK(table.push(first, "diff", "{}").empty());
  CHECK(table.crashed(first).empty());
}

TEST_CASE("a leave of a topic that was never joined is answered ok") {
  channel_table table;
  CHECK(lines(table.receive(text(R"([null,"10","lv:","phx_leave",{}])"))) ==
        expected{R"([null,"10","lv:","phx_reply",{"status":"ok","response":{}}])"});
}

TEST_CASE("a second join of a topic closes the first with its own join_ref") {
  channel_table table = joined_table();
  CHECK(lines(table.receive(text(R"(["9","9","lv:a","phx_join",{}])"))) ==
        expected{"stop 1", R"(["4","4","lv:a","phx_close",{}])", "start 2 lv:a"});
  CHECK(table.push(first, "diff", "{}").empty());
  CHECK(lines(table.join_accepted(second, "{}")) ==
        expected{R"(["9","9","lv:a","phx_reply",{"status":"ok","response":{}}])"});
}

TEST_CASE("an unexpected end is phx_error; only a redirect ends with phx_close") {
  channel_table table = joined_table();
  CHECK(lines(table.crashed(first)) ==
        expected{R"(["4","4","lv:a","phx_error",{"reason":"channel_crash"}])"});
  channel_table other = joined_table();
  CHECK(lines(other.closed(first)) == expected{R"(["4","4","lv:a","phx_close",{}])"});
}

TEST_CASE("the 101st topic of a socket is refused") {
  channel_table table;
  const auto join = [&](int n) {
    return table.receive(text(fmt::format(R"(["{0}","{0}","lv:{0}","phx_join",{{}}])", n)));
  };
  for (int n = 1; n <= 100; ++n) REQUIRE(join(n).size() == 1);
  CHECK(lines(join(101)) ==
        expected{
            R"(["101","101","lv:101","phx_reply",{"status":"error","response":{"reason":"too many channels joined"}}])"});
  CHECK(lines(join(100)).size() == 3);
}

TEST_CASE("a join without a ref closes the connection") {
  channel_table table;
  CHECK(lines(table.receive(text(R"([null,null,"lv:a","phx_join",{}])"))) ==
        expected{"close 1008"});
}
