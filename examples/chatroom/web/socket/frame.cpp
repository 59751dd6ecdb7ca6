#include "web/socket/frame.hpp"

#include "web/escape.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

namespace chatroom::web {
namespace {

namespace json = boost::json;

bad_frame violation(std::string reason) {
  return {close_code::policy_violation, std::move(reason)};
}

bool read_ref(json::value& from, std::optional<std::string>& into) {
  if (from.is_null()) return true;
  const json::string* text = from.if_string();
  if (text == nullptr || text->size() > max_ref_bytes) return false;
  into.emplace(*text);
  return true;
}

bool read_name(json::value& from, std::string& into) {
  const json::string* text = from.if_string();
  if (text == nullptr || text->size() > max_name_bytes) return false;
  into = *text;
  return true;
}

void append_ref(std::string& out, const std::optional<std::string>& ref) {
  if (ref) {
    append_json_string(out, *ref);
  } else {
    out += "null";
  }
}

std::string write(const std::optional<std::string>& join_ref, const std::optional<std::string>& ref,
                  std::string_view topic, std::string_view event, std::string_view payload_json) {
  std::string out;
  out.reserve(payload_json.size() + topic.size() + event.size() + 32);
  out += '[';
  append_ref(out, join_ref);
  out += ',';
  append_ref(out, ref);
  out += ',';
  append_json_string(out, topic);
  out += ',';
  append_json_string(out, event);
  out += ',';
  out += payload_json;
  out += ']';
  return out;
}

}  // namespace

std::variant<frame, bad_frame> decode(std::string_view text) {
  json::parse_options options;
  options.max_depth = max_nesting;
  boost::system::error_code error;
  json::value parsed = json::parse(text, error, {}, options);
  if (error) return bad_frame{close_code::invalid_data, "not a JSON text: " + error.message()};
  json::array* members = parsed.if_array();
  if (members == nullptr || members->size() < 5) {
    return violation("a frame is an array of five members");
  }
  frame out;
  if (!read_ref((*members)[0], out.join_ref) || !read_ref((*members)[1], out.ref)) {
    return violation("a ref is null or a short string");
  }
  if (!read_name((*members)[2], out.topic) || !read_name((*members)[3], out.event)) {
    return violation("topic and event are short strings");
  }
  json::object* payload = (*members)[4].if_object();
  if (payload == nullptr) return violation("the payload is an object");
  out.payload = std::move(*payload);
  return out;
}

std::string encode_push(std::string_view join_ref, std::string_view topic, std::string_view event,
                        std::string_view payload_json) {
  return write(std::string{join_ref}, std::nullopt, topic, event, payload_json);
}

std::string encode_reply(const std::optional<std::string>& join_ref,
                         const std::optional<std::string>& ref, std::string_view topic,
                         std::string_view status, std::string_view response_json) {
  std::string payload = "{\"status\":\"";
  payload += status;
  payload += "\",\"response\":";
  payload += response_json;
  payload += '}';
  return write(join_ref, ref, topic, "phx_reply", payload);
}

std::string encode_end(std::string_view join_ref, std::string_view topic, std::string_view event,
                       std::string_view payload_json) {
  const std::string ref{join_ref};
  return write(ref, ref, topic, event, payload_json);
}

}  // namespace chatroom::web
