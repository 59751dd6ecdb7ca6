// Compiler properties that the rest of the library relies on, each named once.
#pragma once

// Re-reads thread-bound state after a stack switch: an inlined read may be cached across the
// switch, because compilers treat thread-local addresses as constant within a function.
#define OTP_NOINLINE __attribute__((noinline))

// One entity per program, also when a shared library is built with -fvisibility=hidden.
#define OTP_VISIBLE __attribute__((visibility("default")))
