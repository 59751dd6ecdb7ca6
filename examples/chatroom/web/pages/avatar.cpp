#include "web/pages/avatar.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace chatroom::pages {
namespace {

constexpr unsigned hues = 12;

}  // namespace

std::string hue_class(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return fmt::format("hue-{}", hash % hues);
}

}  // namespace chatroom::pages
