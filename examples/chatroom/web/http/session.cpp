#include "web/http/session.hpp"

#include <boost/json.hpp>

namespace chatroom::http {
namespace {

constexpr std::string_view cookie_name = "_chatroom_session";
constexpr std::string_view purpose = "session";
constexpr std::size_t secret_bytes = 18;

std::string combine(std::string_view a, std::string_view b) {
  std::string out{a};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ b[i]);
  return out;
}

}  // namespace

session new_session() {
  return {random_token(secret_bytes), random_token(secret_bytes), {}};
}

std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const std::size_t end = header.find(';');
    std::string_view cookie = header.substr(0, end);
    header = end == std::string_view::npos ? std::string_view{} : header.substr(end + 1);
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    const std::size_t equals = cookie.find('=');
    if (equals != std::string_view::npos && cookie.substr(0, equals) == name) {
      return cookie.substr(equals + 1);
    }
  }
  return {};
}

std::optional<session> read_session(const signer& keys, const headers& fields,
                                    seconds_since_epoch now) {
  const auto cookie = find_cookie(fields.get("Cookie"), cookie_name);
  if (!cookie) return {};
  const auto payload = keys.verify(purpose, *cookie, now, session_age);
  if (!payload) return {};
  boost::system::error_code error;
  const auto parsed = boost::json::parse(*payload, error);
  const auto* object = parsed.if_object();
  if (error || object == nullptr) return {};
  session out;
  const auto read = [&](std::string_view key, std::string& into) {
    const auto* value = object->if_contains(key);
    const auto* text = value == nullptr ? nullptr : value->if_string();
    if (text == nullptr) return false;
    into = *text;
    return true;
  };
  if (!read("id", out.id) || !read("csrf", out.csrf_secret) || !read("name", out.name)) return {};
  return out;
}

void write_session(const signer& keys, headers& fields, const session& value,
                   seconds_since_epoch now, bool secure) {
  const std::string payload = boost::json::serialize(boost::json::object{
      {"id", value.id}, {"csrf", value.csrf_secret}, {"name", value.name}});
  std::string cookie{cookie_name};
  cookie += '=';
  cookie += keys.sign(purpose, payload, now);
  cookie += "; Path=/; HttpOnly; SameSite=Lax; Max-Age=";
  cookie += std::to_string(session_age.count());
  if (secure) cookie += "; Secure";
  fields.add("Set-Cookie", std::move(cookie));
}

std::string csrf_token(const session& of) {
  const auto mask = random_token(secret_bytes);
  return mask + base64url(combine(of.csrf_secret, mask));
}

bool csrf_valid(const session& of, std::string_view token) {
  const std::size_t length = of.csrf_secret.size();
  if (token.size() <= length) return false;
  const auto masked = from_base64url(token.substr(length));
  if (!masked || masked->size() != length) return false;
  return equal_in_constant_time(combine(*masked, token.substr(0, length)), of.csrf_secret);
}

}  // namespace chatroom::http
