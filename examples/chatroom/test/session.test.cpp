// Tokens, the cookie session and CSRF tokens: what is believed and what is not.
#include "web/http/session.hpp"
#include "web/http/token.hpp"

#include <string>

#include "support/catch.hpp"

using namespace chatroom::http;
using namespace std::chrono_literals;

namespace {

constexpr seconds_since_epoch now{1'795'351'445s};

headers cookie_of(const headers& response_fields) {
  std::string cookie{response_fields.get("Set-Cookie")};
  headers out;
  out.set("Cookie", "theme=dark; " + cookie.substr(0, cookie.find(';')));
  return out;
}

}  // namespace

TEST_CASE("base64url is the inverse of itself and accepts one form only") {
  for (const std::string& bytes : {std::string{}, std::string{"a"}, std::string{"ab"},
                                   std::string{"abc"}, std::string("\0\xff\x80", 3)}) {
    CHECK(from_base64url(base64url(bytes)) == bytes);
  }
  CHECK(base64url("\xfb\xff") == "-_8");
  CHECK_FALSE(from_base64url("-_9"));
  CHECK_FALSE(from_base64url("a"));
  CHECK_FALSE(from_base64url("a+b="));
}

TEST_CASE("a token is believed for its purpose, until it is too old") {
  const signer keys{"secret"};
  const std::string token = keys.sign("live", "payload", now);
  CHECK(keys.verify("live", token, now, 10s) == "payload");
  CHECK(keys.verify("live", token, now + 10s, 10s) == "payload");
  CHECK_FALSE(keys.verify("live", token, now + 11s, 10s));
  CHECK_FALSE(keys.verify("live", token, now - 120s, 10s));
  CHECK_FALSE(keys.verify("flash", token, now, 10s));
  CHECK_FALSE(signer{"other"}.verify("live", token, now, 10s));
}

TEST_CASE("a token that differs in any one bit is not believed") {
  const signer keys{"secret"};
  const std::string token = keys.sign("live", "payload", now);
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string altered = token;
      altered[i] = static_cast<char>(static_cast<unsigned char>(altered[i]) ^ (1U << bit));
      REQUIRE_FALSE(keys.verify("live", altered, now, 10s));
    }
  }
  for (const char* nonsense : {"", ".", "...", "1.2.3.4", "a.b"}) {
    CHECK_FALSE(keys.verify("live", nonsense, now, 10s));
  }
}

TEST_CASE("tokens of the previous secret are believed during a rotation") {
  const std::string token = signer{"old"}.sign("live", "payload", now);
  const signer rotated{"new", "old"};
  CHECK(rotated.verify("live", token, now, 10s) == "payload");
  const std::string fresh = rotated.sign("live", "x", now);
  CHECK(signer{"new"}.verify("live", fresh, now, 10s) == "x");
}

TEST_CASE("a session comes back from its cookie") {
  const signer keys{"secret"};
  session value = new_session();
  value.name = "añn; \"quoted\"";
  headers response_fields;
  write_session(keys, response_fields, value, now, false);
  const std::string cookie{response_fields.get("Set-Cookie")};
  CHECK(cookie.find("; Path=/; HttpOnly; SameSite=Lax; Max-Age=1209600") != std::string::npos);
  CHECK(cookie.find("Secure") == std::string::npos);
  CHECK(read_session(keys, cookie_of(response_fields), now) == value);
  CHECK_FALSE(read_session(keys, cookie_of(response_fields), now + session_age + 1s));
  CHECK_FALSE(read_session(signer{"other"}, cookie_of(response_fields), now));
  CHECK_FALSE(read_session(keys, headers{}, now));
  headers secure;
  write_session(keys, secure, value, now, true);
  CHECK(std::string{secure.get("Set-Cookie")}.ends_with("; Secure"));
}

TEST_CASE("CSRF tokens differ each time and belong to one session") {
  const session mine = new_session();
  const std::string a = csrf_token(mine);
  const std::string b = csrf_token(mine);
  CHECK(a != b);
  CHECK(csrf_valid(mine, a));
  CHECK(csrf_valid(mine, b));
  CHECK_FALSE(csrf_valid(new_session(), a));
  CHECK_FALSE(csrf_valid(mine, ""));
  CHECK_FALSE(csrf_valid(mine, "undefined"));
  CHECK_FALSE(csrf_valid(mine, mine.csrf_secret));
}
