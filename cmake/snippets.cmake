# Turns the code of the documentation into tests. In a Markdown file,
#
#   ```cpp test=NAME          is a part of the program NAME; parts of the same name follow one another
#   ```text output=NAME       is what that program prints to standard output, to the letter
#
# otp_add_snippets(<file.md>) extracts the programs, compiles each (errors point into the Markdown file),
# and adds the test docs/NAME, which runs the program and compares. Other fences are left alone.
function(otp_add_snippets markdown)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${markdown}")
  cmake_path(RELATIVE_PATH markdown BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE shown)
  file(READ "${markdown}" rest)
  set(rest "\n${rest}")
  set(line 0)  # of the text before `rest`
  set(programs "")

  # Each turn takes one fenced block off the front. Everything stays quoted: code is full of semicolons.
  while(TRUE)
    string(FIND "${rest}" "\n```" open)
    if(open EQUAL -1)
      break()
    endif()
    math(EXPR after "${open} + 4")
    otp_take("${rest}" ${after} line rest)
    string(FIND "${rest}" "\n" end_of_info)
    string(SUBSTRING "${rest}" 0 ${end_of_info} info)
    otp_take("${rest}" ${end_of_info} line rest)
    string(FIND "${rest}" "\n```" close)
    if(close EQUAL -1)
      message(FATAL_ERROR "${shown}:${line}: this code block is never closed")
    endif()
    # The body starts with the newline that ends the info line.
    string(SUBSTRING "${rest}" 0 ${close} body)
    math(EXPR first_line "${line} + 1")
    math(EXPR after "${close} + 4")
    otp_take("${rest}" ${after} line rest)

    if(info MATCHES "^cpp test=([a-z0-9_]+)$")
      set(name "${CMAKE_MATCH_1}")
      list(APPEND programs ${name})
      string(APPEND source_${name} "#line ${first_line} \"${shown}\"${body}\n")
    elseif(info MATCHES "^text output=([a-z0-9_]+)$")
      string(SUBSTRING "${body}\n" 1 -1 expected_${CMAKE_MATCH_1})
    elseif(info MATCHES "test=|output=")
      message(FATAL_ERROR "${shown}:${line}: `${info}` is neither `cpp test=name` nor `text output=name`")
    endif()
  endwhile()

  list(REMOVE_DUPLICATES programs)
  foreach(name IN LISTS programs)
    if(NOT DEFINED expected_${name})
      message(FATAL_ERROR "${shown}: the program ${name} needs a block `text output=${name}`")
    endif()
    set(stem "${PROJECT_BINARY_DIR}/snippets/${name}")
    file(CONFIGURE OUTPUT "${stem}.cpp" CONTENT "@source_${name}@" @ONLY)
    file(CONFIGURE OUTPUT "${stem}.expected" CONTENT "@expected_${name}@" @ONLY)
    add_executable(snippet_${name} "${stem}.cpp")
    otp_target(snippet_${name})
    # The library is compiled once for all of them; the first page's show that it is header-only.
    if(OTP_PRECOMPILE OR NOT shown STREQUAL "README.md")
      target_link_libraries(snippet_${name} PRIVATE otp_separate)
    endif()
    if(OTP_PRECOMPILE)
      target_precompile_headers(snippet_${name} REUSE_FROM otp_separate)
    endif()
    otp_add_output_test(docs/${name} snippet_${name} "${stem}.expected")
    set_tests_properties(docs/${name} PROPERTIES LABELS docs)
  endforeach()
endfunction()

# otp_take(<text> <count> <line> <rest>): drops `count` characters from the front of the text and counts
# the lines that went with them.
function(otp_take text count line_var rest_var)
  string(SUBSTRING "${text}" 0 ${count} taken)
  string(REGEX REPLACE "[^\n]+" "" newlines "${taken}")
  string(LENGTH "${newlines}" passed)
  math(EXPR now "${${line_var}} + ${passed}")
  string(SUBSTRING "${text}" ${count} -1 left)
  set(${line_var} ${now} PARENT_SCOPE)
  set(${rest_var} "${left}" PARENT_SCOPE)
endfunction()

# otp_add_output_test(<test> <target or path> <file>): runs the program and compares what it prints.
function(otp_add_output_test test program expected)
  if(TARGET ${program})
    set(program "$<TARGET_FILE:${program}>")
  endif()
  add_test(NAME "${test}"
           COMMAND "${CMAKE_COMMAND}" "-DPROGRAM=${program}" "-DEXPECTED=${expected}"
                   -P "${PROJECT_SOURCE_DIR}/cmake/compare_output.cmake")
endfunction()
