// Shared ownership with the count inside the object: one allocation, one pointer wide.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace otp::detail {

// Base of objects that intrusive_ptr owns. The count starts at one, which belongs to whoever called
// new. A class that is deleted through a base needs a virtual destructor of its own.
class ref_counted {
 public:
  ref_counted() = default;
  ref_counted(const ref_counted&) = delete;
  ref_counted& operator=(const ref_counted&) = delete;

  void add_ref() const noexcept {
    // A new reference is made from an existing one, which keeps the object alive: nothing to order.
    references_.fetch_add(1, std::memory_order_relaxed);
  }

  // Returns whether this was the last reference. Release: what this owner did happens before the
  // destruction; acquire: the destruction happens after what every other owner did.
  bool drop_ref() const noexcept {
    return references_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }

  // True when the caller's reference is the only one, so nobody else can gain one meanwhile.
  bool is_unique() const noexcept { return references_.load(std::memory_order_acquire) == 1; }

 protected:
  ~ref_counted() = default;

 private:
  mutable std::atomic<std::uint32_t> references_{1};
};

template <class T>
class intrusive_ptr {
 public:
  constexpr intrusive_ptr() noexcept = default;

  // Takes over the reference that `new` made.
  static intrusive_ptr adopt(T* object) noexcept {
    intrusive_ptr result;
    result.object_ = object;
    return result;
  }

  intrusive_ptr(const intrusive_ptr& other) noexcept : object_{other.object_} {
    if (object_ != nullptr) {
      object_->add_ref();
    }
  }
  intrusive_ptr(intrusive_ptr&& other) noexcept : object_{std::exchange(other.object_, nullptr)} {}

  intrusive_ptr& operator=(const intrusive_ptr& other) noexcept {
    intrusive_ptr{other}.swap(*this);
    return *this;
  }
  intrusive_ptr& operator=(intrusive_ptr&& other) noexcept {
    intrusive_ptr{std::move(other)}.swap(*this);
    return *this;
  }

  ~intrusive_ptr() {
    if (object_ != nullptr && object_->drop_ref()) {
      delete object_;
    }
  }

  void swap(intrusive_ptr& other) noexcept { std::swap(object_, other.object_); }

  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  T* object_ = nullptr;
};

}  // namespace otp::detail
