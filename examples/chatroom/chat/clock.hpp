// Times as the page and the database write them.
#pragma once

#include "chat/message.hpp"

#include <string>

namespace chatroom::chat {

/// "12:44", in UTC.
std::string hours_and_minutes(timestamp when);

/// "2026-11-22T12:44:05.123Z", the value of a `datetime` attribute.
std::string iso8601(timestamp when);

/// "22 November 2026", in UTC.
std::string calendar_day(timestamp when);

}  // namespace chatroom::chat
