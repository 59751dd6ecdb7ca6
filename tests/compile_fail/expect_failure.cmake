# Compiles CASE with OTP_COMPILE_FAIL defined and checks that the compiler refuses it with what the
# file says it expects.
set(options -std=c++20 -DOTP_COMPILE_FAIL -fsyntax-only -fno-diagnostics-color)
foreach(directory IN LISTS INCLUDES)
  list(APPEND options "-I${directory}")
endforeach()

execute_process(COMMAND "${CXX}" ${options} "${CASE}" RESULT_VARIABLE code ERROR_VARIABLE said)
if(code EQUAL 0)
  message(FATAL_ERROR "${CASE} compiles, and should not")
endif()

file(STRINGS "${CASE}" expectations REGEX "^// expect: ")
if(NOT expectations)
  message(FATAL_ERROR "${CASE} has no line `// expect: <regular expression>`")
endif()
foreach(line IN LISTS expectations)
  string(REGEX REPLACE "^// expect: " "" pattern "${line}")
  if(NOT said MATCHES "${pattern}")
    message(FATAL_ERROR "${CASE}: the compiler's message does not match `${pattern}`. It says:\n${said}")
  endif()
endforeach()
