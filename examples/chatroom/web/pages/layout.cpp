#include "web/pages/layout.hpp"

namespace chatroom::pages {

using namespace live::literals;

std::string write_document(const document& about, const live::rendered& page) {
  return live::to_html(R"(
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="csrf-token" content="{csrf}">
        <title data-default="{title}" data-suffix=" · Chatroom">{title_again} · Chatroom</title>
        <link rel="icon" href="{icon}" type="image/svg+xml">
        <link rel="stylesheet" href="{style}" phx-track-static>
        <script defer src="{script}" phx-track-static></script>
      </head>
      <body>
        <div id="{id}" class="view" data-phx-main data-phx-session="{session}" data-phx-static="">{page}</div>
      </body>
    </html>
  )"_html(about.csrf_token, about.title, about.title, about.icon, about.style_sheet, about.script,
          about.view_id, about.session_token, page));
}

}  // namespace chatroom::pages
