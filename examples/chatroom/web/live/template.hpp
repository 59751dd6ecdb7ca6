// HTML templates, taken apart by the compiler into what never changes and the holes between.
//
//   using namespace chatroom::live::literals;
//   return R"(<li id="{id}"><b>{author}</b> {body}</li>)"_html(m.id, m.author, m.body);
//
// The name of a hole is documentation; values are given in order and their number is checked by
// the compiler. So is the place: a hole may stand in text, in a quoted attribute value, or where
// an attribute could stand (then it takes `live::attribute`). A hole in a tag name, an unquoted
// value, a comment, a script, a style or an `on…` attribute does not compile. `{{` and `}}` are
// braces. White space that holds a line break is one line break, so templates may be indented.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace chatroom::live {

/// Where in the HTML a hole stands; decides which values it takes.
enum class hole : std::uint8_t { text, attribute_value, attribute };

/// The constant part of one template: n + 1 strings around n holes. One object per template in
/// the whole program, so its address is the template's identity.
struct shape {
  std::span<const std::string_view> statics;

  std::size_t holes() const { return statics.size() - 1; }
};

template <std::size_t N>
struct fixed_string {
  char data[N]{};

  consteval fixed_string(const char (&text)[N]) { std::copy_n(text, N, data); }
  constexpr std::string_view view() const { return {data, N - 1}; }
};

namespace detail {

template <std::size_t Capacity>
struct parsed {
  std::array<char, Capacity> text{};
  std::array<std::size_t, Capacity> ends{};  // end of each static in `text`
  std::array<hole, Capacity> contexts{};
  std::size_t size = 0;
  std::size_t holes = 0;
};

// Follows HTML just closely enough to know in which context a hole stands. A mistake in a
// template surfaces as a `throw` that cannot be evaluated: the compiler prints that line.
class context_tracker {
 public:
  constexpr hole at_hole() const {
    switch (state_) {
      case state::text: break;
      case state::value:
        if (event_handler_) throw "a hole in an on... attribute would be code; use phx- bindings";
        return hole::attribute_value;
      case state::attributes: return hole::attribute;
      case state::tag: throw "a hole cannot choose the tag name";
      case state::attribute_name: throw "a hole cannot be a part of an attribute name";
      case state::before_value: throw "put quotes around the hole: attr=\"{hole}\"";
      case state::unquoted: throw "put quotes around the attribute value";
      case state::comment: throw "a hole cannot stand in a comment";
    }
    if (raw_text_) throw "a hole cannot stand in a script or style element";
    return hole::text;
  }

  constexpr void feed(std::string_view rest) {
    const char c = rest.front();
    switch (state_) {
      case state::text:
        if (rest.starts_with("<!--")) {
          state_ = state::comment;
        } else if (c == '<' && rest.size() > 1 && (is_letter(rest[1]) || rest[1] == '/')) {
          open_tag(rest);
        }
        break;
      case state::comment:
        if (rest.starts_with("-->")) state_ = state::text;
        break;
      case state::tag:
        if (is_space(c)) state_ = state::attributes;
        if (c == '>') state_ = state::text;
        break;
      case state::attributes:
        if (c == '>') {
          state_ = state::text;
        } else if (!is_space(c) && c != '/') {
          state_ = state::attribute_name;
          event_handler_ = rest.starts_with("on");
        }
        break;
      case state::attribute_name:
        if (c == '=') state_ = state::before_value;
        if (is_space(c)) state_ = state::attributes;
        if (c == '>') state_ = state::text;
        break;
      case state::before_value:
        if (c == '"' || c == '\'') {
          quote_ = c;
          state_ = state::value;
        } else {
          state_ = state::unquoted;
        }
        break;
      case state::value:
        if (c == quote_) state_ = state::attributes;
        break;
      case state::unquoted:
        if (is_space(c)) state_ = state::attributes;
        if (c == '>') state_ = state::text;
        break;
    }
  }

  constexpr void finish() const {
    if (state_ != state::text) throw "the template ends inside a tag or a comment";
    if (raw_text_) throw "the template ends inside a script or style element";
  }

  static constexpr bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
  }

 private:
  enum class state { text, tag, attributes, attribute_name, before_value, value, unquoted, comment };

  static constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

  constexpr void open_tag(std::string_view rest) {
    const bool closes = rest[1] == '/';
    const std::string_view name = rest.substr(closes ? 2 : 1);
    const bool raw = name.starts_with("script") || name.starts_with("style");
    if (raw_text_ && !(closes && raw)) return;  // "<" inside a script is not a tag
    raw_text_ = raw && !closes;
    state_ = state::tag;
  }

  state state_ = state::text;
  bool raw_text_ = false;
  bool event_handler_ = false;
  char quote_ = '"';
};

template <std::size_t Capacity>
consteval parsed<Capacity> parse(std::string_view source) {
  parsed<Capacity> out;
  context_tracker context;
  const auto put = [&](std::string_view rest) {
    context.feed(rest);
    out.text[out.size++] = rest.front();
  };
  while (!source.empty() && context_tracker::is_space(source.front())) source.remove_prefix(1);
  while (!source.empty() && context_tracker::is_space(source.back())) source.remove_suffix(1);
  for (std::size_t at = 0; at < source.size();) {
    const std::string_view rest = source.substr(at);
    if (rest.starts_with("{{") || rest.starts_with("}}")) {
      put(rest.substr(1));
      at += 2;
    } else if (rest.front() == '{') {
      const std::size_t close = rest.find('}');
      if (close == std::string_view::npos) throw "a hole is not closed: }";
      for (const char c : rest.substr(1, close - 1)) {
        if (!((c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9'))) {
          throw "the name of a hole is of a-z, 0-9 and _; write {{ for a brace";
        }
      }
      out.contexts[out.holes] = context.at_hole();
      out.ends[out.holes++] = out.size;
      at += close + 1;
    } else if (rest.front() == '}') {
      throw "a } without {; write }} for a brace";
    } else if (context_tracker::is_space(rest.front())) {
      std::size_t length = 1;
      while (length < rest.size() && context_tracker::is_space(rest[length])) ++length;
      const bool breaks = rest.substr(0, length).find('\n') != std::string_view::npos;
      if (breaks) {
        put("\n");
      } else {
        for (std::size_t i = 0; i < length; ++i) put(rest.substr(i));
      }
      at += length;
    } else {
      put(rest);
      ++at;
    }
  }
  context.finish();
  out.ends[out.holes] = out.size;
  return out;
}

template <fixed_string Source>
struct compiled {
  static constexpr auto parts = parse<sizeof(Source.data) + 1>(Source.view());
  static constexpr std::size_t holes = parts.holes;

  static constexpr std::array<std::string_view, holes + 1> statics = [] {
    std::array<std::string_view, holes + 1> out;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= holes; ++i) {
      out[i] = std::string_view{parts.text.data() + begin, parts.ends[i] - begin};
      begin = parts.ends[i];
    }
    return out;
  }();

  static constexpr shape value{statics};
};

}  // namespace detail
}  // namespace chatroom::live
