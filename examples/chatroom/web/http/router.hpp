// Chooses the handler of a request by method and path.
#pragma once

#include "web/http/message.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace chatroom::http {

/// Routes in the order in which they were added. A pattern is made of segments: "/rooms/:id" binds
/// `params["id"]`, and a last segment "*rest" binds the remaining path.
class router {
 public:
  using handler = std::function<response(const request&)>;

  router& get(std::string_view pattern, handler action) {
    return add("GET", pattern, std::move(action));
  }
  router& post(std::string_view pattern, handler action) {
    return add("POST", pattern, std::move(action));
  }
  router& add(std::string_view method, std::string_view pattern, handler action);

  /// Returns the handler's response. HEAD goes to the GET handler (whoever writes
  /// the response leaves its body out). An
  /// unsafe or unknown path is 404, a known path with another method 405 with `Allow`. A handler
  /// that throws is the caller's business.
  response dispatch(request from) const;

 private:
  struct route {
    std::string method;
    std::vector<std::string> segments;
    handler action;
  };
  std::vector<route> routes_;
};

}  // namespace chatroom::http
