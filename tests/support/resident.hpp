// How much of a piece of memory is in RAM.
#pragma once

#include "support/catch.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

inline std::size_t page_size() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

/// The pages that lie in [begin, end) as a whole, and are in RAM.
inline std::size_t resident_pages(const void* begin, const void* end) {
  const auto page = page_size();
  const auto first = (reinterpret_cast<std::uintptr_t>(begin) + page - 1) / page * page;
  const auto last = reinterpret_cast<std::uintptr_t>(end) / page * page;
  if (last <= first) return 0;
  std::vector<unsigned char> pages((last - first) / page);
  REQUIRE(::mincore(reinterpret_cast<void*>(first), last - first, pages.data()) == 0);
  return static_cast<std::size_t>(std::count_if(
      pages.begin(), pages.end(), [](unsigned char each) { return (each & 1) != 0; }));
}
