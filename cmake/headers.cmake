# Each public header must compile on its own and twice: the target `headers` compiles one generated
# translation unit per header, with our warnings. What is in detail is reached through them; src.hpp is
# no header to include beside others.
set(header_checks "")
set(public_headers ${otp_headers})
list(FILTER public_headers EXCLUDE REGEX "/detail/|/src\\.hpp$")
foreach(header IN LISTS public_headers)
  cmake_path(RELATIVE_PATH header BASE_DIRECTORY "${PROJECT_SOURCE_DIR}/include" OUTPUT_VARIABLE name)
  string(MAKE_C_IDENTIFIER "${name}" stem)
  set(source "${PROJECT_BINARY_DIR}/headers/${stem}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "#include <${name}>\n#include <${name}>\n")
  list(APPEND header_checks "${source}")
endforeach()

add_library(headers OBJECT ${header_checks})
otp_target(headers)
# Only the front end's opinion is wanted; the last -O wins.
target_compile_options(headers PRIVATE -O0 -g0)
