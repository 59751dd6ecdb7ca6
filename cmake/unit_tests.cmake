# Unit tests: files called NAME.test.cpp, many files in one binary, one ctest per file. A hundred small
# cases cost one start, two cores are used, and a failure still names its case (docs/adr/0008).
find_package(Catch2 3 QUIET)
if(NOT Catch2_FOUND)
  find_package(Catch2 2.13 REQUIRED)
endif()

# The framework's own code and main, compiled once. Its inline functions are the tests' as well; the
# linker takes those of the tests, which come first.
add_library(otp_test_main OBJECT "${PROJECT_SOURCE_DIR}/tests/support/main.cpp")
target_compile_features(otp_test_main PRIVATE cxx_std_20)
target_compile_options(otp_test_main PRIVATE -O0)
target_link_libraries(otp_test_main PRIVATE Catch2::Catch2)

# otp_add_unit_tests(<binary> <prefix> <folder> <file>...): builds the binary from the files, and adds one
# test per file, called <prefix> and the file's path in the folder without .test.cpp.
function(otp_add_unit_tests binary prefix folder)
  add_executable(${binary} ${ARGN} $<TARGET_OBJECTS:otp_test_main>)
  otp_target(${binary})
  target_include_directories(${binary} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${binary} PRIVATE Catch2::Catch2)

  # Version 3 fails by itself when a filter matches nothing; version 2 has to be asked.
  set(flags --filenames-as-tags)
  if(Catch2_VERSION VERSION_LESS 3)
    list(APPEND flags --warn NoTests)
  endif()

  set(tags_seen "")
  foreach(source IN LISTS ARGN)
    cmake_path(GET source STEM LAST_ONLY tag)
    if(tag IN_LIST tags_seen)
      message(FATAL_ERROR "Two test files are called ${tag}.cpp; Catch2 selects files by that name.")
    endif()
    list(APPEND tags_seen "${tag}")
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY "${folder}" OUTPUT_VARIABLE path)
    string(REGEX REPLACE "\\.test\\.cpp$" "" name "${prefix}${path}")
    add_test(NAME "${name}" COMMAND ${binary} ${flags} "[#${tag}]")
    set_tests_properties("${name}" PROPERTIES LABELS unit)
  endforeach()
endfunction()
