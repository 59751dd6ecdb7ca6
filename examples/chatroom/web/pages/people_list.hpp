// The people of the room on a page: one line per name, and in it the number of tabs (C-032).
#pragma once

#include "presence/tracker.hpp"
#include "web/live/rendered.hpp"
#include "web/live/stream.hpp"
#include <otp/shared.hpp>

#include <cstddef>
#include <optional>

namespace chatroom::pages {

class people_list {
 public:
  /// Beyond that there is only a number: nobody reads a list of ten thousand, and every page would
  /// have to be told of everybody.
  static constexpr std::size_t most_lines = 100;

  /// Shows these people. Only lines that differ from what is shown are sent.
  void show(otp::shared<presence::entries> now);

  /// Returns the list; takes the pending lines with it.
  live::rendered render();

 private:
  std::optional<otp::shared<presence::entries>> shown_;  // shared by all pages
  live::stream lines_{"1"};
};

}  // namespace chatroom::pages
