# Installs the headers and a package, so that find_package(otp) gives otp::otp with its dependencies.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(otp_package_dir "${CMAKE_INSTALL_DATADIR}/cmake/otp")

install(TARGETS otp EXPORT otp-targets FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT otp-targets NAMESPACE otp:: DESTINATION "${otp_package_dir}")

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/otp-config.cmake.in" "${PROJECT_BINARY_DIR}/otp-config.cmake"
  INSTALL_DESTINATION "${otp_package_dir}" NO_SET_AND_CHECK_MACRO)

# While the major version is 0, a new minor version may break users. The library has no binary of its
# own, so the package serves every architecture.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/otp-config-version.cmake" COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)

install(FILES "${PROJECT_BINARY_DIR}/otp-config.cmake" "${PROJECT_BINARY_DIR}/otp-config-version.cmake"
        DESTINATION "${otp_package_dir}")
