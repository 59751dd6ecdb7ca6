// The browser's side of the program, which is compiled into it: the script with the two npm
// packages, the style sheet and the icon. The definitions are written by assets/build.mjs.
#pragma once

#include "web/http/static_files.hpp"

#include <memory>
#include <span>
#include <string_view>

namespace chatroom::pages {

struct built_in_file {
  std::string_view name;
  std::string_view content;
};

std::span<const built_in_file> built_in_files();

/// The version of the LiveView client in the script. The client compares it with the join reply.
std::string_view live_view_version();

/// Returns the files ready to be served below /assets/.
std::shared_ptr<const http::static_files> load_built_in_files();

}  // namespace chatroom::pages
