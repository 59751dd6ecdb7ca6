# The developer's side of the build: read only when otp is the top-level project. Declares how our own
# binaries are compiled and adds the tests, the examples and the benchmark.
option(OTP_BUILD_TESTS "Build the tests" ON)
option(OTP_BUILD_EXAMPLES "Build the examples" ON)
option(OTP_BUILD_BENCH "Build the benchmark" ON)
option(OTP_CHECK_INTERFACE "Check what one build can show for all: lone headers, packages, compile errors, models" ON)
option(OTP_WARNINGS_AS_ERRORS "Treat warnings in our own code as errors" OFF)
option(OTP_PRECOMPILE "Compile what the files of a binary include once for all of them" OFF)

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(OTP_CCACHE ccache)
  if(OTP_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${OTP_CCACHE}")
    if(OTP_PRECOMPILE)
      list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER
           "${CMAKE_COMMAND}" -E env "CCACHE_SLOPPINESS=pch_defines,time_macros")
    endif()
  endif()
endif()

find_program(OTP_LINKER NAMES mold ld.lld)
if(OTP_LINKER)
  cmake_path(GET OTP_LINKER FILENAME otp_linker_name)
  string(REGEX REPLACE "^ld\\." "" otp_linker_name "${otp_linker_name}")
  add_link_options("-fuse-ld=${otp_linker_name}")
endif()

include("${CMAKE_CURRENT_LIST_DIR}/warnings.cmake")

# otp_target(<target>): what every binary of this repository has in common.
function(otp_target target)
  target_link_libraries(${target} PRIVATE otp::otp)
  otp_enable_warnings(${target})
endfunction()

# otp_precompile(<target> <header>...): where the build asks for it, compiles these headers once for all
# files of the target. The release build does not ask, so that a file that lacks an #include fails there.
function(otp_precompile target)
  if(NOT OTP_PRECOMPILE)
    return()
  endif()
  target_precompile_headers(${target} PRIVATE ${ARGN})
  # ccache takes a precompiled header only without its time.
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

# otp_compile_together(<target> [APART <file>...]): where the build precompiles, also compiles the target's
# files in twenty groups: most of what a test compiles to is instantiations that the next one needs as
# well. The group of a file depends on its name alone, so that a new file disturbs only its own group. A
# file whose local names clash with another's there is listed after APART.
function(otp_compile_together target)
  if(NOT OTP_PRECOMPILE)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" APART)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # Of files that have nothing to do with each other; the release build warns within each.
  target_compile_options(${target} PRIVATE -Wno-shadow)
  foreach(source IN LISTS sources)
    cmake_path(GET source FILENAME name)
    if(NOT name IN_LIST arg_APART)
      string(SHA1 digest "${name}")
      string(SUBSTRING "${digest}" 0 6 digits)
      math(EXPR group "0x${digits} % 20")
      set_source_files_properties("${source}" PROPERTIES UNITY_GROUP together_${group})
    endif()
  endforeach()
endfunction()

include("${CMAKE_CURRENT_LIST_DIR}/separate.cmake")

if(OTP_CHECK_INTERFACE)
  include("${CMAKE_CURRENT_LIST_DIR}/headers.cmake")
endif()

if(OTP_BUILD_TESTS)
  enable_testing()
  include("${CMAKE_CURRENT_LIST_DIR}/unit_tests.cmake")
  include("${CMAKE_CURRENT_LIST_DIR}/snippets.cmake")
endif()

# Examples come before the tests, because some tests run an example.
if(OTP_BUILD_EXAMPLES)
  file(GLOB otp_examples CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/examples/*/CMakeLists.txt")
  foreach(listfile IN LISTS otp_examples)
    cmake_path(GET listfile PARENT_PATH directory)
    add_subdirectory("${directory}")
  endforeach()
endif()

if(OTP_BUILD_BENCH)
  add_subdirectory("${PROJECT_SOURCE_DIR}/bench")
endif()

if(OTP_BUILD_TESTS)
  add_subdirectory("${PROJECT_SOURCE_DIR}/tests")
endif()
