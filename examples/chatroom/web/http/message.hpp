// An HTTP request and a response as plain values. The network library stays at the edge.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chatroom::http {

/// Header fields in order; names are compared without case.
class headers {
 public:
  /// Returns the first value of `name`, or an empty string.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  /// Replaces all values of `name`.
  void set(std::string_view name, std::string value);
  /// Adds a value beside others of the same name, as Set-Cookie needs.
  void add(std::string_view name, std::string value);

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// Returns whether two header names or host names are equal but for ASCII case.
bool equal_without_case(std::string_view a, std::string_view b);

struct request {
  std::string method;
  std::string target;  // as received: path and query
  headers fields;
  std::string body;
  bool secure = false;  // arrived over TLS
  std::string id;       // in the response and in every line that is logged for it

  std::string path;                           // decoded; set by the router
  std::map<std::string, std::string> params;  // of the route's pattern; set by the router
};

struct response {
  unsigned status = 200;
  headers fields;
  std::string body;
  /// A body that is shared by many responses, such as a file. Used instead of `body` if set.
  std::shared_ptr<const std::string> shared_body;

  std::string_view content() const { return shared_body ? *shared_body : std::string_view{body}; }
};

response text(unsigned status, std::string body);
response html(unsigned status, std::string body);
/// 303: the browser follows with GET, whatever the method was.
response see_other(std::string location);
/// A small page that names the status and leads back; no internals.
response error_page(unsigned status);

/// "Not Found" for 404.
std::string_view reason_phrase(unsigned status);

}  // namespace chatroom::http
