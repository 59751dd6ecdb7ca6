// A value that many processes read and none changes: a message of any size to ten thousand
// subscribers is made once and copied never.
//
//     auto news = otp::make_shared<article>("title", text);
//     for (const otp::pid& reader : readers) otp::send(reader, news);
#pragma once

#include <otp/detail/intrusive_ptr.hpp>
#include <otp/detail/sendable.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace otp {

/// Shared ownership of a `T` that nobody can change any more, made by `make_shared`.
///
/// Copies cost one atomic increment and refer to the same value, so this is how data is sent to
/// other processes without giving each its own (P-014 holds because no one can write). It is
/// `sendable` when `T` holds no references. Only a moved-from object is empty; it may be assigned
/// to or destroyed.
///
/// Thread safety: different objects may be used from different threads, also when they share a
/// value. `T` is then read by several threads at once, so its const operations must allow that; it
/// is destroyed by whichever thread lets go of it last.
template <class T>
class shared {
  static_assert(std::is_object_v<T> && std::same_as<T, std::remove_cv_t<T>>,
                "otp::shared<T> is immutable by itself: give it a plain object type");

 public:
  using element_type = T;

  /// The value. Valid as long as this or a copy of it lives. Requires that this was not moved from.
  const T& operator*() const noexcept { return payload_->value; }
  const T* operator->() const noexcept { return &payload_->value; }

  /// Compares the values; objects that share one are equal without a look at it.
  friend bool operator==(const shared& left, const shared& right)
    requires std::equality_comparable<T>
  {
    return left.payload_.get() == right.payload_.get() || *left == *right;
  }

 private:
  struct payload : detail::ref_counted {
    template <class... Args>
    explicit payload(std::in_place_t, Args&&... args) : value(std::forward<Args>(args)...) {}

    const T value;
  };

  explicit shared(payload* made) noexcept
      : payload_{detail::intrusive_ptr<payload>::adopt(made)} {}

  template <class U, class... Args>
    requires std::constructible_from<U, Args...>
  friend shared<U> make_shared(Args&&... args);

  detail::intrusive_ptr<payload> payload_;
};

/// Makes a `shared<T>` of `T(args...)` with one allocation. Throws what the constructor of `T`
/// throws, and `std::bad_alloc`.
template <class T, class... Args>
  requires std::constructible_from<T, Args...>
[[nodiscard]] shared<T> make_shared(Args&&... args) {
  using payload = typename shared<T>::payload;
  return shared<T>{new payload{std::in_place, std::forward<Args>(args)...}};
}

namespace detail {

template <class T>
struct parts_of<shared<T>> : parts<T> {};

}  // namespace detail

}  // namespace otp
