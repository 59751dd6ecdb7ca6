// A stream: a list that the browser keeps and the server forgets as soon as it has been sent.
#pragma once

#include "web/live/rendered.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace chatroom::live {

/// Collects operations until the next render takes them with `take()`. The element that holds the
/// stream needs an id and `phx-update="stream"`; each entry is one element with its own id.
class stream {
 public:
  /// `ref` is unique among the streams of one view. `limit` -n keeps the newest n in the page.
  explicit stream(std::string ref, std::optional<std::int32_t> limit = {})
      : ref_{std::move(ref)}, limit_{limit} {}

  /// Inserts before the entry that is number `at` in the page, -1 for the end, after all pending
  /// removals. An entry whose id is in the page already is updated where it is.
  void insert(std::string dom_id, std::int32_t at, rendered entry);
  void append(std::string dom_id, rendered entry) {
    insert(std::move(dom_id), -1, std::move(entry));
  }
  void prepend(std::string dom_id, rendered entry) {
    insert(std::move(dom_id), 0, std::move(entry));
  }
  void remove(std::string dom_id) { deletes_.push_back(std::move(dom_id)); }

  /// Forgets what is in the page; only entries inserted from now on are shown.
  void reset();

  bool empty() const { return entries_.empty() && deletes_.empty() && !reset_; }

  /// Returns the pending operations for the hole of this stream, and forgets them.
  stream_batch take();

 private:
  struct pending {
    std::string dom_id;
    std::int32_t at;
  };
  std::string ref_;
  std::optional<std::int32_t> limit_;
  std::vector<pending> places_;
  std::vector<rendered> entries_;
  std::vector<std::string> deletes_;
  bool reset_ = false;
};

}  // namespace chatroom::live
