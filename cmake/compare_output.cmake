# Runs PROGRAM and fails unless it exits with 0 and prints to standard output exactly what the file
# EXPECTED holds. Run with cmake -P by the tests that otp_add_output_test adds.
file(READ "${EXPECTED}" expected)
execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE printed ERROR_VARIABLE complained
                RESULT_VARIABLE code TIMEOUT 120)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${code}\n--- printed\n${printed}--- standard error\n${complained}")
endif()
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "${PROGRAM} printed something else\n--- expected\n${expected}--- printed\n${printed}"
                      "--- standard error\n${complained}")
endif()
