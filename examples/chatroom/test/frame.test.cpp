// The frame codec, with input that no browser sends.
#include "web/socket/frame.hpp"

#include <string>
#include <variant>

#include "support/catch.hpp"

using namespace chatroom::web;

namespace {

close_code refusal(const std::string& text) {
  const auto result = decode(text);
  REQUIRE(std::holds_alternative<bad_frame>(result));
  return std::get<bad_frame>(result).code;
}

}  // namespace

TEST_CASE("a frame of five members is decoded, further members are ignored") {
  const auto result = decode(R"(["4","11","lv:phx-1","event",{"type":"click"},"more"])");
  REQUIRE(std::holds_alternative<frame>(result));
  const frame& message = std::get<frame>(result);
  CHECK(message.join_ref == "4");
  CHECK(message.ref == "11");
  CHECK(message.topic == "lv:phx-1");
  CHECK(message.event == "event");
  CHECK(message.payload.at("type").as_string() == "click");
}

TEST_CASE("text that is not JSON closes with 1007") {
  for (const char* text : {"", "hello", "[1,2", "[NaN]", R"(["\ud800",null,"t","e",{}])",
                           "[null,null,\"\xff\",\"e\",{}]"}) {
    CHECK(refusal(text) == close_code::invalid_data);
  }
}

TEST_CASE("JSON of another form closes with 1008") {
  for (const char* text : {"{}", "[]", R"([null,"1","t","e"])", R"([null,1,"t","e",{}])",
                           R"([4,"1","t","e",{}])", R"([null,"1",null,"e",{}])",
                           R"([null,"1","t",5,{}])", R"([null,"1","t","e",[]])",
                           R"([null,"1","t","e","text"])"}) {
    CHECK(refusal(text) == close_code::policy_violation);
  }
  CHECK(refusal("[null,\"" + std::string(1000, '1') + "\",\"t\",\"e\",{}]") ==
        close_code::policy_violation);
}

TEST_CASE("deep nesting is refused without deep recursion") {
  const std::string open(10'000, '[');
  CHECK(refusal("[null,\"1\",\"t\",\"e\",{\"a\":" + open) == close_code::invalid_data);
  const std::string nested = std::string(63, '[') + std::string(63, ']');
  CHECK(refusal("[null,\"1\",\"t\",\"e\",{\"a\":" + nested + "}]") == close_code::invalid_data);
}

TEST_CASE("frames are written as the client expects them") {
  CHECK(encode_push("4", "lv:x", "diff", "{\"0\":\"a\"}") ==
        R"(["4",null,"lv:x","diff",{"0":"a"}])");
  CHECK(encode_reply("4", "11", "lv:x", "ok", "{}") ==
        R"(["4","11","lv:x","phx_reply",{"status":"ok","response":{}}])");
  CHECK(encode_reply(std::nullopt, "1", "phoenix", "ok", "{}") ==
        R"([null,"1","phoenix","phx_reply",{"status":"ok","response":{}}])");
  CHECK(encode_end("4", "lv:x", "phx_close", "{}") == R"(["4","4","lv:x","phx_close",{}])");
}
