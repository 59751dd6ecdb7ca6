// How the system is asked for pages.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/populate.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace otp::detail {

OTP_DECL void populate(void* memory, std::size_t size) noexcept {
#ifdef MADV_POPULATE_WRITE
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const auto begin = (address + page - 1) / page * page;
  const auto end = (address + size) / page * page;
  if (begin >= end) return;
  // If it cannot, each page comes when it is touched; errno is the caller's.
  const auto before = errno;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);
  errno = before;
#else
  static_cast<void>(memory);
  static_cast<void>(size);
#endif
}

}  // namespace otp::detail
