// The test framework under one name: Catch2 2.13, which Debian 12 has, and version 3 both work.
// Assertions are made by the test's own thread; neither version promises more.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#include <catch2/catch.hpp>
#endif
