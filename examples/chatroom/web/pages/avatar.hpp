// How a name looks where there is no room for it.
#pragma once

#include <string>
#include <string_view>

namespace chatroom::pages {

/// Returns a class of the style sheet. The same name has the same colour everywhere.
std::string hue_class(std::string_view name);

}  // namespace chatroom::pages
