#include "web/http/token.hpp"

#include <array>
#include <charconv>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace chatroom::http {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view version = "1";
constexpr std::chrono::seconds clock_skew{60};

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hmac(std::string_view key, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned length = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets(data), data.size(),
           out.data(), &length) == nullptr) {
    throw std::runtime_error{"OpenSSL cannot compute HMAC-SHA256"};
  }
  return {reinterpret_cast<const char*>(out.data()), length};
}

std::string signature(std::string_view secret, std::string_view purpose, std::string_view text) {
  const std::string key = hmac(secret, "chatroom token " + std::string{purpose});
  return base64url(hmac(key, text));
}

}  // namespace

signer::signer(std::string secret, std::string previous)
    : secret_{std::move(secret)}, previous_{std::move(previous)} {}

std::string signer::sign(std::string_view purpose, std::string_view payload,
                         seconds_since_epoch now) const {
  std::string text{version};
  text += '.';
  text += std::to_string(now.time_since_epoch().count());
  text += '.';
  text += base64url(payload);
  const std::string mark = signature(secret_, purpose, text);
  return text + '.' + mark;
}

std::optional<std::string> signer::verify(std::string_view purpose, std::string_view token,
                                          seconds_since_epoch now,
                                          std::chrono::seconds max_age) const {
  const std::size_t last = token.rfind('.');
  if (last == std::string_view::npos) return {};
  const std::string_view text = token.substr(0, last);
  const std::string_view mark = token.substr(last + 1);
  const bool ours = equal_in_constant_time(mark, signature(secret_, purpose, text)) ||
                    (!previous_.empty() &&
                     equal_in_constant_time(mark, signature(previous_, purpose, text)));
  if (!ours) return {};
  // From here on the text is our own writing.
  const std::size_t first = text.find('.');
  const std::size_t second = text.find('.', first + 1);
  if (text.substr(0, first) != version || second == std::string_view::npos) return {};
  const std::string_view stamp = text.substr(first + 1, second - first - 1);
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(stamp.data(), stamp.data() + stamp.size(), count);
  if (error != std::errc{} || end != stamp.data() + stamp.size()) return {};
  const std::chrono::seconds age = now - seconds_since_epoch{std::chrono::seconds{count}};
  if (age > max_age || age < -clock_skew) return {};
  return from_base64url(text.substr(second + 1));
}

std::string random_token(std::size_t bytes) {
  std::string raw(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) != 1) {
    throw std::runtime_error{"OpenSSL has no randomness to give"};
  }
  return base64url(raw);
}

std::string base64url(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8U) | static_cast<unsigned char>(c);
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += alphabet[(buffer >> bits) & 0x3FU];
    }
  }
  if (bits > 0) out += alphabet[(buffer << (6 - bits)) & 0x3FU];
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return {};
    buffer = (buffer << 6U) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>((buffer >> bits) & 0xFFU);
    }
  }
  const bool canonical = bits < 6 && (buffer & ((1U << bits) - 1U)) == 0;
  if (!canonical) return {};
  return out;
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error{"OpenSSL cannot compute SHA-256"};
  }
  return base64url({reinterpret_cast<const char*>(out.data()), length});
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace chatroom::http
