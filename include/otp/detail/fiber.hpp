// A suspended stack that can be switched to, with what a switch must carry over besides registers:
// the exceptions that are being handled, and what the sanitizers know about stacks.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/sanitizer.hpp>
#include <otp/detail/stack_pool.hpp>
#include <otp/detail/switch_stacks.hpp>

#include <cxxabi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace otp::detail {

/// The state that the C++ runtime keeps per thread for exception handling, as the Itanium ABI lays
/// it out. A caught exception belongs to the stack whose handler is running, so it has to change
/// with the stack.
struct eh_globals {
  void* caught = nullptr;     ///< The exceptions whose handlers are running, innermost first.
  unsigned int uncaught = 0;  ///< std::uncaught_exceptions()
};

/// The exception state of the running thread. The reference is void after a switch: another thread
/// may go on.
///
/// Not inlined, because compilers keep the address of a thread-local, and the result of
/// __cxa_get_globals (which is declared `const`), over a switch. The pointer saves half of what
/// asking the C++ runtime costs.
OTP_VISIBLE OTP_NOINLINE inline eh_globals& current_eh_globals() noexcept {
  static constinit thread_local eh_globals* known = nullptr;
  eh_globals* globals = known;
  if (globals == nullptr) [[unlikely]] {
    known = globals = reinterpret_cast<eh_globals*>(abi::__cxa_get_globals());
  }
  __asm__ volatile("" : "+r"(globals));  // else the compiler finds out that this function is pure
  return *globals;
}

/// Takes the exception state along over a switch: construct before, `restore` after.
class eh_snapshot {
 public:
  [[gnu::always_inline]] eh_snapshot() noexcept {
    const eh_globals& globals = current_eh_globals();
    caught_ = globals.caught;
    uncaught_ = globals.uncaught;
    // Two loads, as there were two stores a moment ago: one wide load would have to wait for them.
    __asm__ volatile("" : "+r"(caught_), "+r"(uncaught_));
  }

  [[gnu::always_inline]] void restore() const noexcept {
    eh_globals& globals = current_eh_globals();
    globals.caught = caught_;
    globals.uncaught = uncaught_;
  }

 private:
  void* caught_;
  unsigned int uncaught_;
};

/// The handle of a suspended stack: move-only, one per suspension. It is either a fiber, which has
/// a stack of a pool, or the native stack of a thread that switched to a fiber.
///
/// A fiber may be resumed only where it ran last: on the same thread or, for a worker that several
/// threads carry one at a time, on the thread that carries the worker now. Nothing about a thread
/// is kept while a fiber is suspended. Destroying a handle that is not empty abandons the stack, as
/// `abandon` does.
class fiber {
 public:
  fiber() noexcept = default;

  /// Makes a fiber on a stack of `pool` that runs `entry` when it is resumed for the first time.
  ///
  /// `entry` has the signature `fiber(fiber&& resumer)`. The fiber it returns must not be empty; it
  /// is resumed when `entry` has ended and was destroyed, and finds an empty handle. The stack then
  /// goes back to `pool`, which must live that long. An exception that leaves `entry` ends the
  /// program. Throws `std::bad_alloc` without memory for a stack.
  template <class Entry>
  fiber(stack_pool& pool, Entry entry);

  fiber(fiber&& other) noexcept : context_{std::exchange(other.context_, nullptr)} {
    take_state(other);
  }

  fiber& operator=(fiber&& other) noexcept {
    if (this == &other) return *this;
    std::move(*this).abandon();
    context_ = std::exchange(other.context_, nullptr);
    take_state(other);
    return *this;
  }

  ~fiber() { std::move(*this).abandon(); }

  /// Whether there is something to resume.
  explicit operator bool() const noexcept { return context_ != nullptr; }

  /// Switches to the fiber, and returns when somebody switches back: the handle of that somebody,
  /// or an empty one if it has ended. Exceptions being handled by the caller stay as they are,
  /// whatever others do meanwhile.
  ///
  /// Inlined: see worker::resume.
  fiber resume() &&;

  /// Leaves the fiber suspended for good: its frames are not unwound, and its stack stays valid for
  /// the rest of the program. What the frames own is leaked on purpose, and not reported. Does
  /// nothing to an empty handle.
  void abandon() && noexcept;

 private:
  template <class Entry>
  struct starter;

  // The sanitizers' view of one stack: in the frame of resume() for a native stack, at the top of a
  // fiber's stack.
  struct stack_state {
    const void* bottom = nullptr;
    std::size_t size = 0;
    void* fake_stack = nullptr;   // where ASan keeps frames to detect use after return
    void* thread = nullptr;       // what TSan takes the stack for
    void* frame = nullptr;        // where it was suspended
    stack_state* from = nullptr;  // who switched here last
    stack_pool* pool = nullptr;   // null: a native stack
    pooled_stack stack;
    bool ended = false;
  };

  explicit fiber(suspended_stack context) noexcept : context_{context} {}

  [[noreturn]] static void finish(fiber&& next, stack_pool& pool, const pooled_stack& stack);

  suspended_stack context_ = nullptr;

#if OTP_ASAN || OTP_TSAN
  void take_state(fiber& other) noexcept { state_ = std::exchange(other.state_, nullptr); }
  static stack_state*& current_state() noexcept;
  static fiber jump(stack_state& self, fiber&& target);
  static fiber arrive(stack_state& self, suspended_stack context);

  stack_state* state_ = nullptr;
#else
  struct ended_stack {
    stack_pool* pool;
    pooled_stack stack;
  };

  void take_state(fiber&) noexcept {}
  static fiber arrive(const arrival& arrived) noexcept;
#endif
};

inline void fiber::abandon() && noexcept {
  if (std::exchange(context_, nullptr) == nullptr) return;
#if OTP_ASAN || OTP_TSAN
  stack_state* const state = std::exchange(state_, nullptr);
  if (state->pool == nullptr) return;
#if OTP_ASAN
  if (state->frame != nullptr) {
    // Below that frame stand the registers that the switch saved.
    constexpr std::size_t saved_registers = 4096;
    auto* const frame = static_cast<std::byte*>(state->frame);
    const auto below =
        std::min(saved_registers, static_cast<std::size_t>(frame - state->stack.bottom()));
    sanitizer::ignore_leaks_of_words(frame - below, state->stack.top, state->fake_stack);
  }
#endif
#if OTP_TSAN
  __tsan_destroy_fiber(state->thread);
#endif
#endif
}

// What a new stack runs. Stands at its top.
template <class Entry>
struct fiber::starter {
  static_assert(std::is_invocable_r_v<fiber, Entry&, fiber&&>,
                "an entry is called with the handle of its resumer, and returns who goes on");
  static_assert(std::is_nothrow_move_constructible_v<Entry>, "the entry is moved onto the stack");

  stack_pool* pool;
  pooled_stack stack;
  std::optional<Entry> entry;  // reset before the stack goes back
#if OTP_ASAN || OTP_TSAN
  stack_state state{};
#endif

  /// A new one on a new stack.
  static starter& make(stack_pool& pool, Entry&& entry) {
    constexpr std::size_t line = 64;
    const pooled_stack stack = pool.allocate();
    return *::new (stack.top - (sizeof(starter) + line - 1) / line * line)
        starter{.pool = &pool, .stack = stack, .entry = std::move(entry)};
  }

  suspended_stack suspended() noexcept {
    auto* const top = reinterpret_cast<std::byte*>(this);
    return make_stack(top, static_cast<std::size_t>(top - stack.bottom()), &run, this);
  }

  static void run(arrival first, void* argument) noexcept {
    auto& self = *static_cast<starter*>(argument);
#if OTP_ASAN || OTP_TSAN
    fiber resumer = arrive(self.state, first.from);
#else
    fiber resumer = arrive(first);
#endif
    current_eh_globals() = {};
    fiber next = (*self.entry)(std::move(resumer));
    self.entry.reset();
    if (!next) {
      std::fputs("otp: a fiber ended without naming the fiber that goes on\n", stderr);
      std::abort();
    }
    finish(std::move(next), *self.pool, self.stack);
  }
};

#if !(OTP_ASAN || OTP_TSAN)

template <class Entry>
fiber::fiber(stack_pool& pool, Entry entry)
    : context_{starter<Entry>::make(pool, std::move(entry)).suspended()} {}

/// What has ended cannot give its stack back itself: it stands on it.
[[gnu::always_inline]] inline fiber fiber::arrive(const arrival& arrived) noexcept {
  if (arrived.brought == nullptr) return fiber{arrived.from};
  const ended_stack ended = *static_cast<const ended_stack*>(arrived.brought);
  ended.pool->deallocate(ended.stack);
  return {};
}

[[gnu::always_inline]] inline fiber fiber::resume() && {
  const eh_snapshot saved;
  const arrival arrived = switch_stacks(std::exchange(context_, nullptr), nullptr);
  saved.restore();
  return arrive(arrived);
}

inline void fiber::finish(fiber&& next, stack_pool& pool, const pooled_stack& stack) {
  ended_stack ended{&pool, stack};
  switch_stacks(std::exchange(next.context_, nullptr), &ended);
  std::abort();  // nobody holds the handle of an ended fiber
}

#else

template <class Entry>
fiber::fiber(stack_pool& pool, Entry entry) {
  auto& made = starter<Entry>::make(pool, std::move(entry));
  state_ = &made.state;
  state_->bottom = made.stack.bottom();
  state_->size = made.stack.size;
  state_->pool = &pool;
  state_->stack = made.stack;
#if OTP_TSAN
  state_->thread = __tsan_create_fiber(0);
#endif
  context_ = made.suspended();
}

// The fiber that this thread runs; null on its native stack. Never inlined: the address may change
// at a switch.
OTP_VISIBLE OTP_NOINLINE inline fiber::stack_state*& fiber::current_state() noexcept {
  static constinit thread_local stack_state* state = nullptr;
  stack_state** address = &state;
  __asm__ volatile("" : "+r"(address));
  return *address;
}

inline fiber fiber::resume() && {
  const eh_snapshot saved;
  stack_state native;  // of this very moment: the next time, another thread may carry the caller
#if OTP_TSAN
  native.thread = __tsan_get_current_fiber();
#endif
  stack_state* const self = current_state() != nullptr ? current_state() : &native;
  fiber from = jump(*self, std::move(*this));
  saved.restore();
  return from;
}

inline void fiber::finish(fiber&& next, stack_pool&, const pooled_stack&) {
  current_state()->ended = true;
  jump(*current_state(), std::move(next));
  std::abort();  // nobody holds the handle of an ended fiber
}

// The only place that switches, and not inlined, so that TSan sees as many calls as returns on each
// stack.
OTP_NOINLINE inline fiber fiber::jump(stack_state& self, fiber&& target) {
  stack_state* const to = std::exchange(target.state_, nullptr);
  to->from = &self;
  self.frame = __builtin_frame_address(0);
#if OTP_ASAN
  __sanitizer_start_switch_fiber(&self.fake_stack, to->bottom, to->size);
#endif
#if OTP_TSAN
  __tsan_switch_to_fiber(to->thread, 0);
#endif
  return arrive(self, switch_stacks(std::exchange(target.context_, nullptr), nullptr).from);
}

// Runs on `self` after a switch to it.
inline fiber fiber::arrive(stack_state& self, suspended_stack context) {
  stack_state* const from = self.from;
#if OTP_ASAN
  const void* bottom = nullptr;
  std::size_t size = 0;
  if (from->ended) {
    // Its frames were still needed for the switch itself, so they are destroyed only now, by saying
    // that this stack is the one that ends.
    __sanitizer_finish_switch_fiber(from->fake_stack, nullptr, nullptr);
    __sanitizer_start_switch_fiber(nullptr, self.bottom, self.size);
  }
  __sanitizer_finish_switch_fiber(self.fake_stack, &bottom, &size);
  if (!from->ended) {
    from->bottom = bottom;  // the way to learn the bounds of a native stack
    from->size = size;
  }
#endif
  current_state() = self.pool != nullptr ? &self : nullptr;
  if (!from->ended) {
    fiber resumer{context};
    resumer.state_ = from;
    return resumer;
  }
#if OTP_TSAN
  __tsan_destroy_fiber(from->thread);
#endif
  const pooled_stack stack = from->stack;
  from->pool->deallocate(stack);
  return fiber();
}

#endif

}  // namespace otp::detail
