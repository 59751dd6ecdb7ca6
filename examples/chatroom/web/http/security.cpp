#include "web/http/security.hpp"

#include "web/http/uri.hpp"

#include <algorithm>

namespace chatroom::http {
namespace {

struct origin {
  std::string_view scheme;
  std::string_view host;
  std::string_view port;
};

origin split_origin(std::string_view text) {
  origin out;
  if (const std::size_t end = text.find("//"); end != std::string_view::npos) {
    out.scheme = text.substr(0, end == 0 ? 0 : end - 1);
    text.remove_prefix(end + 2);
  }
  text = text.substr(0, text.find('/'));
  const std::size_t bracket = text.rfind(']');  // of an IPv6 address
  const std::size_t colon = text.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  out.host = text.substr(0, has_port ? colon : text.size());
  if (has_port) out.port = text.substr(colon + 1);
  if (out.port.empty()) {
    if (out.scheme == "http") out.port = "80";
    if (out.scheme == "https") out.port = "443";
  }
  return out;
}

bool host_matches(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return equal_without_case(pattern, host);
  const std::string_view suffix = pattern.substr(1);
  return host.size() > suffix.size() &&
         equal_without_case(suffix, host.substr(host.size() - suffix.size()));
}

bool entry_matches(std::string_view entry, const origin& from) {
  const origin wanted = split_origin(entry);
  return (wanted.scheme.empty() || wanted.scheme == from.scheme) &&
         (wanted.port.empty() || wanted.port == from.port) && host_matches(wanted.host, from.host);
}

}  // namespace

void secure_headers(headers& fields) {
  fields.set("Content-Security-Policy",
             "default-src 'self'; base-uri 'self'; frame-ancestors 'self'; form-action 'self'; "
             "object-src 'none'");
  fields.set("Referrer-Policy", "strict-origin-when-cross-origin");
  fields.set("X-Content-Type-Options", "nosniff");
  fields.set("X-Permitted-Cross-Domain-Policies", "none");
}

response answer(const router& site, request from) {
  response out = site.dispatch(std::move(from));
  secure_headers(out.fields);
  return out;
}

bool origin_allowed(const origin_rules& rules, const request& upgrade) {
  if (!rules.check || !upgrade.fields.has("Origin")) return true;
  const origin from = split_origin(upgrade.fields.get("Origin"));
  if (from.host.empty()) return false;
  const std::string own = (upgrade.secure ? "https://" : "http://") +
                          std::string{upgrade.fields.get("Host")};
  if (entry_matches(own, from)) return true;
  if (!rules.host.empty() && equal_without_case(rules.host, from.host)) return true;
  return std::ranges::any_of(
      rules.allowed, [&](const std::string& entry) { return entry_matches(entry, from); });
}

bool vsn_supported(std::string_view query) {
  const auto fields = form::parse(query);
  if (!fields) return false;
  const std::string_view vsn = fields->get("vsn");
  static constexpr std::string_view prefix = "2.0.";
  return vsn.size() > prefix.size() && vsn.starts_with(prefix) &&
         vsn.substr(prefix.size()).find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace chatroom::http
