#include "web/http/request_id.hpp"

#include "web/http/token.hpp"

#include <algorithm>
#include <string_view>

namespace chatroom::http {
namespace {

constexpr std::size_t shortest = 20;
constexpr std::size_t longest = 200;
constexpr std::size_t random_bytes = 15;  // 20 characters

bool is_safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"-_.=+/"}.find(c) != std::string_view::npos;
}

}  // namespace

std::string request_id(const headers& of_request) {
  const std::string_view given = of_request.get("X-Request-Id");
  const bool taken =
      given.size() >= shortest && given.size() <= longest && std::ranges::all_of(given, is_safe);
  return taken ? std::string{given} : random_token(random_bytes);
}

}  // namespace chatroom::http
