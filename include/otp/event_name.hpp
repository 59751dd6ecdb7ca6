// The name of a telemetry event: words joined by dots, as in "chatroom.repo.query".
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace otp {

/// Names an event; a view of the text with its hash, as cheap to copy as a string_view.
///
/// A literal converts by itself, and both the check and the hash are done by the compiler:
/// `execute("chatroom.repo.query", …)`. Two names are equal when their texts are; `a.b` is not a
/// prefix of anything (M-002).
/// Lifetime: the text must outlive the name. Literals always do; `event_name::of` refers to what it
/// was given.
class event_name {
 public:
  /// Takes a literal. An ill-formed name (empty, or with an empty word) does not compile.
  template <std::size_t Size>
  consteval event_name(const char (&literal)[Size])
      : event_name{of(std::string_view{literal, Size - 1})} {}

  /// Returns the name with this text, which must outlive it. Throws std::invalid_argument when the
  /// text is empty or has an empty word (M-010).
  static constexpr event_name of(std::string_view text) {
    if (!well_formed(text)) {
      throw std::invalid_argument("otp: \"" + std::string{text} +
                                  "\" is no event name; expected words joined by single dots, such "
                                  "as \"chatroom.repo.query\"");
    }
    return event_name{text, hash_of(text, initial_hash)};
  }

  /// Returns the words joined by dots.
  constexpr std::string_view text() const noexcept { return text_; }
  /// Returns a number that is equal for equal names, on every machine.
  constexpr std::uint64_t hash() const noexcept { return hash_; }
  /// Returns the hash that the name `text() + suffix` has.
  constexpr std::uint64_t hash_with(std::string_view suffix) const noexcept {
    return hash_of(suffix, hash_);
  }
  /// Says whether the first words of this name are those of `prefix`; the empty prefix fits all.
  constexpr bool starts_with(std::string_view prefix) const noexcept {
    if (prefix.empty()) return true;
    return text_.starts_with(prefix) &&
           (text_.size() == prefix.size() || text_[prefix.size()] == '.');
  }
  friend constexpr bool operator==(event_name a, event_name b) noexcept {
    return a.hash_ == b.hash_ && a.text_ == b.text_;
  }

 private:
  constexpr event_name(std::string_view text, std::uint64_t hash) noexcept
      : text_{text}, hash_{hash} {}

  static constexpr std::uint64_t initial_hash = 0xCBF2'9CE4'8422'2325ULL;

  // FNV-1a: goes on where it stopped, so the name of a span's event is hashed without building it.
  static constexpr std::uint64_t hash_of(std::string_view text, std::uint64_t hash) noexcept {
    for (const char each : text) {
      hash = (hash ^ static_cast<unsigned char>(each)) * 0x0000'0100'0000'01B3ULL;
    }
    return hash;
  }
  static constexpr bool well_formed(std::string_view text) noexcept {
    char previous = '.';
    for (const char each : text) {
      if (each == '.' && previous == '.') return false;
      previous = each;
    }
    return previous != '.';
  }

  std::string_view text_;
  std::uint64_t hash_;
};

}  // namespace otp
