#include "web/http/https_redirect.hpp"

#include <string_view>
#include <utility>

namespace chatroom::http {
namespace {

// The name in a Host header, without the port; empty if it could be anything but a name or address.
std::string_view name_in(std::string_view host) {
  const std::size_t bracket = host.rfind(']');  // of an IPv6 address
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    host = host.substr(0, colon);
  }
  static constexpr std::string_view usable =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-[]:";
  return host.find_first_not_of(usable) == std::string_view::npos ? host : std::string_view{};
}

}  // namespace

router https_redirect(std::string host, std::uint16_t port) {
  const auto send_on = [host = std::move(host), port](const request& from) {
    const std::string_view name = host.empty() ? name_in(from.fields.get("Host")) : host;
    if (name.empty() || !from.target.starts_with('/')) return error_page(400);
    response out = text(308, "");
    out.fields.set("Location", "https://" + std::string{name} +
                                   (port == 443 ? "" : ":" + std::to_string(port)) + from.target);
    return out;
  };
  router routes;
  routes.get("/*any", send_on).post("/*any", send_on);
  return routes;
}

}  // namespace chatroom::http
