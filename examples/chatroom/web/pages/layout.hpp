// The HTML document around a page.
#pragma once

#include "web/live/rendered.hpp"

#include <string>
#include <string_view>

namespace chatroom::pages {

/// What the document says about the live view inside it.
struct document {
  std::string title;
  std::string view_id;        // the topic of the view is "lv:" and this
  std::string session_token;  // of live::sign_view
  std::string csrf_token;
  std::string script;      // URLs of the page's own files
  std::string style_sheet;
  std::string icon;
};

/// Returns the whole first response (C-001).
std::string write_document(const document& about, const live::rendered& page);

}  // namespace chatroom::pages
