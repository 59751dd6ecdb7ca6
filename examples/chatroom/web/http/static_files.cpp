#include "web/http/static_files.hpp"

#include "web/http/token.hpp"

#include <array>
#include <utility>

namespace chatroom::http {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> types{{
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".txt", "text/plain; charset=utf-8"},
}};

bool etag_listed(std::string_view header, std::string_view etag) {
  while (!header.empty()) {
    const std::size_t end = header.find(',');
    std::string_view one = header.substr(0, end);
    header = end == std::string_view::npos ? std::string_view{} : header.substr(end + 1);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with("W/")) one.remove_prefix(2);  // If-None-Match compares weakly
    if (one == etag || one == "*") return true;
  }
  return false;
}

}  // namespace

std::string_view content_type(std::string_view file_name) {
  for (const auto& [extension, type] : types) {
    if (file_name.ends_with(extension)) return type;
  }
  return "application/octet-stream";
}

void static_files::add(std::string_view name, std::string content) {
  const std::string hash = sha256(content);
  const auto shared = std::make_shared<const std::string>(std::move(content));
  const std::string_view type = content_type(name);
  const std::string etag = '"' + hash + '"';
  const std::size_t dot = std::min(name.rfind('.'), name.size());
  std::string hashed = prefix_;
  hashed += name.substr(0, dot);
  hashed += '-';
  hashed += hash.substr(0, 16);
  hashed += name.substr(dot);
  files_.insert_or_assign(prefix_ + std::string{name}, file{type, etag, false, shared});
  files_.insert_or_assign(hashed, file{type, etag, true, shared});
  hashed_.insert_or_assign(std::string{name}, std::move(hashed));
}

std::string static_files::path(std::string_view name) const {
  const auto found = hashed_.find(name);
  return found == hashed_.end() ? prefix_ + std::string{name} : found->second;
}

std::optional<response> static_files::serve(const request& from) const {
  const auto found = files_.find(from.path);
  if (found == files_.end()) return {};
  const file& wanted = found->second;
  response out;
  out.fields.set("ETag", wanted.etag);
  out.fields.set("Cache-Control",
                 wanted.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (etag_listed(from.fields.get("If-None-Match"), wanted.etag)) {
    out.status = 304;
    return out;
  }
  out.fields.set("Content-Type", std::string{wanted.type});
  out.shared_body = wanted.content;
  return out;
}

}  // namespace chatroom::http
