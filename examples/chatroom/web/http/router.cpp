#include "web/http/router.hpp"

#include "web/http/uri.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace chatroom::http {
namespace {

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  path.remove_prefix(1);
  for (;;) {
    const std::size_t end = path.find('/');
    out.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) return out;
    path.remove_prefix(end + 1);
  }
}

using parameters = std::map<std::string, std::string>;

std::optional<parameters> match(const std::vector<std::string>& pattern,
                                const std::vector<std::string>& path) {
  parameters params;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].starts_with('*')) {
      std::string rest;
      for (std::size_t j = i; j < path.size(); ++j) rest += (j == i ? "" : "/") + path[j];
      params[pattern[i].substr(1)] = std::move(rest);
      return params;
    }
    if (i >= path.size()) return {};
    if (pattern[i].starts_with(':')) {
      if (path[i].empty()) return {};
      params[pattern[i].substr(1)] = path[i];
    } else if (pattern[i] != path[i]) {
      return {};
    }
  }
  if (pattern.size() != path.size()) return {};
  return params;
}

}  // namespace

router& router::add(std::string_view method, std::string_view pattern, handler action) {
  routes_.push_back({std::string{method}, segments_of(pattern), std::move(action)});
  return *this;
}

response router::dispatch(request from) const {
  auto path = safe_path(from.target);
  if (!path) return error_page(404);
  const bool head = from.method == "HEAD";
  const std::string_view method = head ? std::string_view{"GET"} : from.method;
  const std::vector<std::string> wanted = segments_of(*path);
  from.path = std::move(*path);
  std::string allowed;
  for (const route& candidate : routes_) {
    auto params = match(candidate.segments, wanted);
    if (!params) continue;
    if (candidate.method != method) {
      if (!allowed.empty()) allowed += ", ";
      allowed += candidate.method;
      if (candidate.method == "GET") allowed += ", HEAD";
      continue;
    }
    from.params = std::move(*params);
    return candidate.action(from);
  }
  if (allowed.empty()) return error_page(404);
  response refusal = error_page(405);
  refusal.fields.set("Allow", allowed);
  return refusal;
}

}  // namespace chatroom::http
