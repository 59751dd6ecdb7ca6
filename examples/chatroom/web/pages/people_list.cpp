#include "web/pages/people_list.hpp"

#include "chat/text.hpp"
#include "web/pages/avatar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chatroom::pages {

using namespace live::literals;
using live::rendered;

namespace {

struct line {
  std::string_view name;
  std::size_t tabs;
};

std::vector<line> lines_of(const presence::entries& people) {
  std::vector<line> out;
  for (const auto& [name, metas] : people) {
    if (out.size() == people_list::most_lines) break;
    out.push_back({name, metas.size()});
  }
  return out;
}

// Any text may be a name, but not an id.
std::string element_id(std::string_view name) {
  std::string id{"p-"};
  for (const char c : name) id += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return id;
}

rendered person(const line& one) {
  return R"(
    <li id="{id}" class="person">
      <span class="avatar {hue}" aria-hidden="true">{initials}</span>
      <span class="person-name">{name}</span>
      <span class="tabs{hidden}">{tabs} {unit}</span>
    </li>
  )"_html(element_id(one.name), hue_class(one.name), text::initials(one.name), one.name,
          one.tabs == 1 ? " visually-hidden" : "", one.tabs, one.tabs == 1 ? "tab" : "tabs");
}

}  // namespace

void people_list::show(otp::shared<presence::entries> now) {
  const auto before = shown_ ? lines_of(**shown_) : std::vector<line>{};
  const auto after = lines_of(*now);
  const auto find = [](const std::vector<line>& in, std::string_view name) {
    return std::ranges::lower_bound(in, name, {}, &line::name);
  };
  for (const line& one : before) {
    const auto found = find(after, one.name);
    if (found == after.end() || found->name != one.name) lines_.remove(element_id(one.name));
  }
  std::int32_t at = 0;
  for (const line& one : after) {
    const auto found = find(before, one.name);
    const bool same = found != before.end() && found->name == one.name && found->tabs == one.tabs;
    if (!same) lines_.insert(element_id(one.name), at, person(one));
    ++at;
  }
  shown_ = std::move(now);
}

rendered people_list::render() {
  const std::size_t people = shown_ ? (*shown_)->size() : 0;
  std::string more;
  if (people > most_lines) more = fmt::format("and {} more", people - most_lines);
  return R"(
    <section class="people" aria-labelledby="people-title">
      <h2 id="people-title">People ({people})</h2>
      <ul id="people" class="people-list" tabindex="0" aria-labelledby="people-title"
          phx-update="stream">{lines}</ul>
      <p class="people-more">{more}</p>
    </section>
  )"_html(people, lines_.take(), more);
}

}  // namespace chatroom::pages
