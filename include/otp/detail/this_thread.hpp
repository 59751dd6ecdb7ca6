// What the library knows about the thread it runs on: the one thread-local of the library.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/block_cache.hpp>
#include <otp/detail/sanitizer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace otp::detail {

class runtime_core;
class worker;

struct thread_state {
  detail::worker* worker = nullptr;         // set while this thread carries a worker
  runtime_core* entered = nullptr;          // set by runtime::enter() on a plain thread
  block_cache* blocks = nullptr;            // the worker's cache
  std::uint64_t random = 0;                 // state of the thread's generator; 0: not seeded
};

OTP_VISIBLE inline constinit thread_local thread_state thread_state_instance;

/// Never inlined: between two calls the caller's stack may have moved to another thread.
OTP_NOINLINE inline thread_state& this_thread() noexcept {
  thread_state* state = &thread_state_instance;
  __asm__ volatile("" : "+r"(state));  // keeps interprocedural analysis from calling this pure
  return *state;
}

/// Memory for one envelope, state or map node. Fails with std::bad_alloc.
/// Always inlined: where the size is a constant, little is left of it.
[[gnu::always_inline]] inline void* allocate_block(std::size_t size) {
#if !OTP_ASAN
  const auto size_class = block_cache::class_of(size);
  if (size_class < block_depot::classes) {
    if (auto* const cache = this_thread().blocks) return cache->allocate(size_class);
    return block_depot::instance().take_one(size_class);
  }
#endif
  return ::operator new(size);
}

/// `size` is the size that was given to allocate_block. Any thread may free.
[[gnu::always_inline]] inline void deallocate_block(void* memory, std::size_t size) noexcept {
#if !OTP_ASAN
  const auto size_class = block_cache::class_of(size);
  if (size_class < block_depot::classes) {
    if (auto* const cache = this_thread().blocks) {
      cache->deallocate(memory, size_class);
    } else {
      block_depot::instance().put_one(size_class, memory);
    }
    return;
  }
#endif
  ::operator delete(memory, size);
}

/// A standard allocator over allocate_block, for the node-based containers of a process.
template <class T>
struct block_allocator {
  using value_type = T;
  block_allocator() = default;
  template <class U>
  block_allocator(const block_allocator<U>&) noexcept {}
  T* allocate(std::size_t n) { return static_cast<T*>(allocate_block(n * sizeof(T))); }
  void deallocate(T* p, std::size_t n) noexcept { deallocate_block(p, n * sizeof(T)); }
  friend bool operator==(const block_allocator&, const block_allocator&) noexcept { return true; }
};

/// An object in such memory, which it goes back to.
template <class T>
struct block_deleter {
  void operator()(T* object) const noexcept {
    object->~T();
    deallocate_block(object, sizeof(T));
  }
};
template <class T>
using block_ptr = std::unique_ptr<T, block_deleter<T>>;

template <class T>
  requires(alignof(T) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<T>)
block_ptr<T> move_to_block(T&& value) {
  return block_ptr<T>{::new (allocate_block(sizeof(T))) T(std::move(value))};
}
/// Not every object fits there.
template <class T>
std::unique_ptr<T> move_to_block(T&& value) {
  return std::make_unique<T>(std::move(value));
}

}  // namespace otp::detail
