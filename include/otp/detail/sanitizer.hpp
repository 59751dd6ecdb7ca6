// What the sanitizers must be told about stacks that the library switches by itself. Each function
// here is empty in a build without the sanitizer in question.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SANITIZE_ADDRESS__)
#define OTP_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OTP_ASAN 1
#endif
#endif
#if !defined(OTP_ASAN)
#define OTP_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__)
#define OTP_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OTP_TSAN 1
#endif
#endif
#if !defined(OTP_TSAN)
#define OTP_TSAN 0
#endif

#if OTP_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#if OTP_TSAN
#include <sanitizer/tsan_interface.h>
#endif
// Programs that are going to run under Valgrind define this; it costs a few cycles per new stack.
#if defined(OTP_USE_VALGRIND)
#include <valgrind/valgrind.h>
#endif

namespace otp::detail::sanitizer {

/// Forgets the red zones of frames that will never return: the memory is about to be used for
/// something else.
inline void unpoison([[maybe_unused]] const void* begin,
                     [[maybe_unused]] std::size_t size) noexcept {
#if OTP_ASAN
  __asan_unpoison_memory_region(begin, size);
#endif
}

/// Tells Valgrind that [begin, end) is a stack, so that it takes a switch there for what it is.
/// Returns what `unregister_stack` wants to know.
inline unsigned register_stack([[maybe_unused]] const void* begin,
                               [[maybe_unused]] const void* end) noexcept {
#if defined(OTP_USE_VALGRIND)
  return VALGRIND_STACK_REGISTER(begin, end);
#else
  return 0;
#endif
}

inline void unregister_stack([[maybe_unused]] unsigned id) noexcept {
#if defined(OTP_USE_VALGRIND)
  VALGRIND_STACK_DEREGISTER(id);
#endif
}

/// Says that the frames above are about to be left by an unwinding that ASan does not see by
/// itself.
inline void before_unwinding() noexcept {
#if OTP_ASAN
  __asan_handle_no_return();
#endif
}

/// Tells the leak checker that the heap object into which `address` points, and what it refers to,
/// is leaked on purpose. Any address may be given; one that is not in the heap has no effect.
inline void ignore_leak([[maybe_unused]] const void* address) noexcept {
#if OTP_ASAN
  __lsan_ignore_object(address);
#endif
}

#if OTP_ASAN
/// Treats everything that the words in [begin, end) point to as leaked on purpose, looking also
/// into the frames that ASan keeps apart from the stack. Red zones are read, so this function is
/// not instrumented itself.
__attribute__((no_sanitize_address)) inline void ignore_leaks_of_words(
    const void* begin, const void* end, void* fake_stack, bool nested = false) noexcept {
  constexpr std::uintptr_t word = sizeof(void*);
  const auto first = (reinterpret_cast<std::uintptr_t>(begin) + word - 1) & ~(word - 1);
  for (auto at = first; at + word <= reinterpret_cast<std::uintptr_t>(end); at += word) {
    void* const value = *reinterpret_cast<void* const*>(at);
    if (value == nullptr) continue;
    __lsan_ignore_object(value);
    void* frame_begin = nullptr;
    void* frame_end = nullptr;
    if (!nested && fake_stack != nullptr &&
        __asan_addr_is_in_fake_stack(fake_stack, value, &frame_begin, &frame_end) != nullptr) {
      ignore_leaks_of_words(frame_begin, frame_end, fake_stack, true);
    }
  }
}
#endif

}  // namespace otp::detail::sanitizer
