#include "web/live/rendered.hpp"

#include "web/escape.hpp"

#include <algorithm>

namespace chatroom::live {
namespace {

void append_holes(std::string& out, const shape& form, const std::vector<dynamic>& holes);

struct html_writer {
  std::string& out;

  void operator()(const std::string& html) const { out += html; }
  void operator()(const rendered& node) const { append_holes(out, *node.form, node.holes); }
  void operator()(const keyed_list& list) const {
    for (const auto& entry : list.entries) append_holes(out, *list.form, entry.holes);
  }
  void operator()(const stream_batch& batch) const {
    for (const auto& entry : batch.inserts) append_holes(out, *batch.form, entry.holes);
  }
};

void append_holes(std::string& out, const shape& form, const std::vector<dynamic>& holes) {
  for (std::size_t i = 0; i < holes.size(); ++i) {
    out += form.statics[i];
    std::visit(html_writer{out}, holes[i].value);
  }
  out += form.statics[holes.size()];
}

}  // namespace

attribute::attribute(std::string_view name) : html_{name} {}

attribute::attribute(std::string_view name, std::string_view value) : html_{name} {
  html_ += "=\"";
  web::append_escaped_html(html_, value);
  html_ += '"';
}

attribute attribute::when(bool present) && {
  if (!present) html_.clear();
  return std::move(*this);
}

void append_html(std::string& out, const rendered& page) {
  append_holes(out, *page.form, page.holes);
}

std::string to_html(const rendered& page) {
  std::string out;
  append_html(out, page);
  return out;
}

namespace detail {

std::string escape(std::string_view text) {
  return web::escaped_html(text);
}

std::string number(std::int64_t value) {
  return std::to_string(value);
}

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

const shape* unify(std::vector<rendered>& entries) {
  if (entries.empty()) return nullptr;
  const shape* first = entries.front().form;
  if (std::ranges::all_of(entries, [&](const rendered& e) { return e.form == first; })) return first;
  for (rendered& entry : entries) {
    std::vector<dynamic> wrapped;
    wrapped.push_back({std::move(entry)});
    entry = {&compiled<"{entry}">::value, std::move(wrapped)};
  }
  return &compiled<"{entry}">::value;
}

}  // namespace detail
}  // namespace chatroom::live
