// What an exit reason carries beside its kind: an immutable, shared value of an erased type.
#pragma once

#include <otp/detail/intrusive_ptr.hpp>
#include <otp/detail/type_name.hpp>

#include <fmt/core.h>

#include <atomic>
#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace otp::detail {

// Character strings are kept as std::string: a reason outlives the frame that made it.
template <class T>
inline constexpr bool is_borrowed_text =
    std::same_as<T, std::string_view> ||
    (std::is_pointer_v<T> && std::convertible_to<T, std::string_view>);
template <class T>
using stored_t = std::conditional_t<is_borrowed_text<T>, std::string, T>;

template <class T>
void append_value(std::string& out, const T& value) {
  if constexpr (std::same_as<T, std::string>) {
    out += value;
  } else if constexpr (fmt::is_formattable<T, char>::value) {
    out += fmt::format("{}", value);
  } else if constexpr (std::is_enum_v<T>) {
    out += short_type_name<T>();
    out += '(' + std::to_string(static_cast<long long>(value)) + ')';
  } else {
    out += short_type_name<T>();
  }
}

/// Cuts a text that may be arbitrarily long, never within a UTF-8 sequence, and shows that it was cut.
std::string bounded(std::string_view text, std::size_t limit);

class exit_detail : public ref_counted {
 public:
  explicit exit_detail(type_id type) noexcept : type_{type} {}
  virtual ~exit_detail() { delete text_.load(std::memory_order_acquire); }

  type_id type() const noexcept { return type_; }

  virtual bool equals(const exit_detail& other) const = 0;
  virtual void append_to(std::string& out) const = 0;

  // The text made by `make` at the first request, kept for later ones: what() has to return a
  // pointer that stays valid, and most reasons are never looked at.
  template <class Make>
  const std::string& cached_text(Make make) const {
    if (const std::string* known = text_.load(std::memory_order_acquire)) {
      return *known;
    }
    auto fresh = std::make_unique<const std::string>(make());
    const std::string* known = nullptr;
    // release: who loads the pointer reads the text; acquire: so do we, if it is another one's.
    if (text_.compare_exchange_strong(known, fresh.get(), std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
      return *fresh.release();
    }
    return *known;  // another thread was first; its text is the same
  }

 private:
  type_id type_;
  mutable std::atomic<const std::string*> text_{nullptr};
};

template <class T>
class held_detail : public exit_detail {
 public:
  explicit held_detail(T held) : exit_detail{type_tag<T>()}, value{std::move(held)} {}

  bool equals(const exit_detail& other) const override {
    return other.type() == type() && static_cast<const held_detail&>(other).value == value;
  }

  void append_to(std::string& out) const override { append_value(out, value); }

  T value;
};

}  // namespace otp::detail
