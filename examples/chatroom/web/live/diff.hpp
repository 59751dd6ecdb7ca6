// The wire form of rendered trees: the full tree of a join, and the smallest change after it.
//
// This is the tree format of the Phoenix LiveView client 1.2 (keyed lists `k`/`kc`/`km`, shared
// templates `p`, streams). Two rules cost most when broken and are kept here: every printed value
// is a JSON string, and entries that move are announced with `km`.
#pragma once

#include "web/live/rendered.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatroom::live {

/// An event for the page's own script: dispatched as the window event `phx:NAME` after the patch.
struct page_event {
  std::string name;
  std::string payload_json = "{}";
};

/// What may travel with a tree or a diff.
struct extras {
  std::optional<std::string> title{};
  std::vector<page_event> events{};
};

/// Remembers what the browser shows, and says what to send so that it shows something else.
class differ {
 public:
  /// Returns the tree for a join reply, as a JSON object.
  std::string full(rendered page, const extras& with = {});

  /// Returns the change from the last page to this one as a JSON object, "{}" if there is none.
  /// Requires: `full` was called before.
  std::string diff(rendered page, const extras& with = {});

 private:
  rendered shown_;
};

}  // namespace chatroom::live
