// Compiler properties that the rest of the library relies on, each named once.
#pragma once

// Re-reads thread-bound state after a stack switch: an inlined read may be cached across the
// switch, because compilers treat thread-local addresses as constant within a function.
#define OTP_NOINLINE __attribute__((noinline))

// One entity per program, also when a shared library is built with -fvisibility=hidden.
#define OTP_VISIBLE __attribute__((visibility("default")))

// Where the functions of the library are compiled that are no templates and need not be inlined.
//
// By default the library is header-only: they are inline, and every file compiles those that it uses.
// With OTP_SEPARATE_COMPILATION defined in all files of a program they are compiled once, by the one
// source file that includes <otp/src.hpp>; the headers then only declare them, and a file compiles in
// a fraction of the time. The two ways must not be mixed in one program. A header of the library then
// gives what it declares and no more: include what you use.
#if defined(OTP_SEPARATE_COMPILATION)
#define OTP_DECL
#else
#define OTP_DECL inline
#endif
