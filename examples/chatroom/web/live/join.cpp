#include "web/live/join.hpp"

#include <boost/json.hpp>

namespace chatroom::live {
namespace {

namespace json = boost::json;

constexpr std::string_view purpose = "live view";

std::string string_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string{} : std::string{*text};
}

// Strings stay, everything else becomes its JSON text.
http::form flat(const json::object& object) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto& [key, value] : object) {
    if (fields.size() == http::form::max_fields) break;
    fields.emplace_back(key, value.is_string() ? std::string{value.get_string()}
                                               : json::serialize(value));
  }
  return http::form{std::move(fields)};
}

}  // namespace

join_request decode_join(const json::object& payload) {
  join_request out;
  out.redirected = payload.contains("redirect");
  out.url = string_at(payload, out.redirected ? "redirect" : "url");
  out.session_token = string_at(payload, "session");
  const json::value* params = payload.if_contains("params");
  if (params != nullptr && params->is_object()) out.params = flat(params->get_object());
  return out;
}

std::optional<event> decode_event(const json::object& payload) {
  event out;
  out.type = string_at(payload, "type");
  out.name = string_at(payload, "event");
  const json::value* value = payload.if_contains("value");
  if (out.name.empty() || value == nullptr) return {};
  if (const json::string* encoded = value->if_string()) {
    auto fields = http::form::parse(std::string_view{*encoded});
    if (!fields) return {};
    out.fields = std::move(*fields);
  } else if (const json::object* object = value->if_object()) {
    out.fields = flat(*object);
  }
  if (const json::value* meta = payload.if_contains("meta"); meta != nullptr && meta->is_object()) {
    out.target = string_at(meta->get_object(), "_target");
  }
  return out;
}

std::string sign_view(const http::signer& keys, std::string_view view_id,
                      const http::session& owner, http::seconds_since_epoch now) {
  const json::object payload{{"id", view_id}, {"session", owner.id}};
  return keys.sign(purpose, json::serialize(payload), now);
}

std::string check_join(const http::signer& keys, std::string_view topic,
                       const join_request& request, const visitor& from,
                       http::seconds_since_epoch now) {
  static constexpr std::string_view stale = R"({"reason":"stale"})";
  static constexpr std::string_view no_cookie = R"({"reason":"no session cookie"})";
  static constexpr std::string_view unauthorized = R"({"reason":"unauthorized"})";
  if (!from.session) return std::string{no_cookie};
  if (!from.csrf_valid) return std::string{stale};
  const auto payload = keys.verify(purpose, request.session_token, now, http::session_age);
  if (!payload) return std::string{stale};
  boost::system::error_code error;
  const json::value parsed = json::parse(*payload, error);
  const json::object* const token = parsed.if_object();
  if (error || token == nullptr) return std::string{stale};
  if (topic != "lv:" + string_at(*token, "id")) return std::string{unauthorized};
  if (string_at(*token, "session") != from.session->id) return std::string{stale};
  return {};
}

}  // namespace chatroom::live
