// Going from one stack to another: registers, and nothing else. What a C++ program needs besides is
// in fiber.hpp.
//
// On x86-64 the switch is a few instructions inside of the function that gives way. It is not a call:
// a processor predicts where a function returns to from the calls it has seen, so a call that never
// returns makes it wrong about every return that follows, and those cost more than the switch
// (docs/adr/0019-a-switch-is-not-a-call.md). Elsewhere Boost.Context switches. So it does where the
// processor keeps a second stack of return addresses (-fcf-protection=return).
#pragma once

#include <otp/config.hpp>

#include <cstddef>
#include <cstdint>
#include <new>

#if defined(__CET__)
#define OTP_SHADOW_STACK ((__CET__ & 2) != 0)
#else
#define OTP_SHADOW_STACK 0
#endif

// The sanitizers must not look into what runs before they know of a stack.
#define OTP_UNSANITIZED __attribute__((no_sanitize("address", "thread", "undefined")))

#if defined(__x86_64__) && !defined(__ILP32__) && !OTP_SHADOW_STACK && \
    !defined(OTP_USE_BOOST_CONTEXT)
#define OTP_OWN_SWITCH 1
#else
#define OTP_OWN_SWITCH 0
#include <boost/context/detail/fcontext.hpp>
#endif

namespace otp::detail {

#if OTP_OWN_SWITCH

/// Where a suspended stack goes on. It stands on that stack.
struct stack_position {
  void* instruction;
  void* stack;
  void* frame;
  void* base;  // rbx, which compilers use to find their variables in a frame of unusual alignment
};

using suspended_stack = stack_position*;

#else

using suspended_stack = boost::context::detail::fcontext_t;

#endif

/// What is known on a stack when somebody has switched to it.
struct arrival {
  suspended_stack from;  ///< Who gave way.
  void* brought;         ///< What it gave to switch_stacks.
};

/// What a new stack runs: `argument` is that of make_stack. Must not return.
using stack_entry = void (*)(arrival first, void* argument) noexcept;

#if OTP_OWN_SWITCH

/// Gives way to `to`, which is used up; returns when somebody switches here.
[[gnu::always_inline]] inline arrival switch_stacks(suspended_stack to, void* brought) noexcept {
  stack_position here;
  suspended_stack from = &here;
  // Nothing is pushed: what is below the stack pointer may be in use (the red zone). The registers
  // that are not listed as changed are saved here.
  __asm__ volatile(
      "leaq 1f(%%rip), %%rax\n\t"
      "movq %%rax, 0(%%rdi)\n\t"
      "movq %%rsp, 8(%%rdi)\n\t"
      "movq %%rbp, 16(%%rdi)\n\t"
      "movq %%rbx, 24(%%rdi)\n\t"
      "movq 8(%%rsi), %%rsp\n\t"
      "movq 16(%%rsi), %%rbp\n\t"
      "movq 24(%%rsi), %%rbx\n\t"
      "jmpq *0(%%rsi)\n"
      "1:"
      : "+D"(from), "+S"(to), "+d"(brought)
      :
      : "rax", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc", "xmm0",
        "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12", "xmm13", "xmm14", "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)",
        "st(6)", "st(7)"
#if defined(__AVX512F__)
        , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",
        "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6",
        "k7"
#endif
  );
  return {from, brought};
}

/// Where a new stack begins. Whoever unwinds finds here that there is no caller.
[[gnu::naked]] OTP_UNSANITIZED OTP_VISIBLE inline void begin_of_stack() {
  __asm__(
#if defined(__GCC_HAVE_DWARF2_CFI_ASM)
      ".cfi_undefined rip\n\t"
#endif
      "movq %rdx, %rsi\n\t"  // the two words of `first`, then `argument`
      "movq %rbx, %rdx\n\t"
      "movq %rbp, %rax\n\t"
      "xorl %ebp, %ebp\n\t"
      "callq *%rax\n\t"
      "ud2");
}

/// Makes a stack that grows down from `top` and runs `entry` when it is switched to.
inline suspended_stack make_stack(std::byte* top, std::size_t, stack_entry entry,
                                  void* argument) noexcept {
  constexpr std::size_t alignment = 16;  // of a stack, before a call
  const auto reserved = sizeof(stack_position) + reinterpret_cast<std::uintptr_t>(top) % alignment;
  void* const place = top - reserved;
  return ::new (place) stack_position{reinterpret_cast<void*>(&begin_of_stack), place,
                                      reinterpret_cast<void*>(entry), argument};
}

#else

[[gnu::always_inline]] inline arrival switch_stacks(suspended_stack to, void* brought) noexcept {
  const auto arrived = boost::context::detail::jump_fcontext(to, brought);
  return {arrived.fctx, arrived.data};
}

struct stack_beginning {
  stack_entry entry;
  void* argument;
};

// Its first, short visit is that of make_stack.
OTP_UNSANITIZED OTP_VISIBLE inline void begin_of_stack(
    boost::context::detail::transfer_t maker) {
  const stack_beginning begin = *static_cast<const stack_beginning*>(maker.data);
  const auto first = boost::context::detail::jump_fcontext(maker.fctx, nullptr);
  begin.entry({first.fctx, first.data}, begin.argument);
}

OTP_UNSANITIZED inline suspended_stack make_stack(
    std::byte* top, std::size_t size, stack_entry entry, void* argument) noexcept {
  stack_beginning begin{entry, argument};
  const auto fresh = boost::context::detail::make_fcontext(top, size, &begin_of_stack);
  return boost::context::detail::jump_fcontext(fresh, &begin).fctx;
}

#endif

}  // namespace otp::detail
