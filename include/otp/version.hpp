// The one place that states the version of the library. CMake and the package configuration read it
// from here, so a release changes these three lines and the changelog.
#pragma once

#include <compare>

/// Version of the library as numbers, for `#if`. The library follows semantic versioning: while the
/// major number is 0, a minor number may break users and the changelog says how.
#define OTP_VERSION_MAJOR 0
#define OTP_VERSION_MINOR 1
#define OTP_VERSION_PATCH 0

namespace otp {

/// A version as three numbers, comparable in the usual order.
struct version_number {
  int major_number = 0;
  int minor_number = 0;
  int patch_number = 0;

  friend constexpr auto operator<=>(const version_number&, const version_number&) = default;
};

/// The version this translation unit was compiled against.
inline constexpr version_number library_version{OTP_VERSION_MAJOR, OTP_VERSION_MINOR, OTP_VERSION_PATCH};

}  // namespace otp
