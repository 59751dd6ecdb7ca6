// The values of a metric's tags as one text, by which its series are found.
#pragma once

#include <otp/field.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace otp::detail {

/// Longer values are cut, where no character is torn: what strangers send must not fill the memory.
inline constexpr std::size_t max_tag_bytes = 256;

/// Builds the key of a series: each value after its length, so that different lists never give the
/// same key. Bytes that are no UTF-8 become U+FFFD.
class tag_key {
 public:
  /// Adds the next value; nullptr counts as an empty text.
  void add(const field_value* value);

  /// The key; valid until the next `add`.
  std::string_view text() const noexcept { return {buffer_.data(), buffer_.size()}; }

  /// The values in a key.
  static std::vector<std::string> values(std::string_view key);

 private:
  void add(std::string_view text);
  void append(std::string_view text) { buffer_.append(text.data(), text.data() + text.size()); }

  fmt::memory_buffer buffer_;
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/tag_key_impl.hpp>
#endif
