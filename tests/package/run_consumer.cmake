# Configures and builds the project SOURCE in the fresh folder BUILD, with a copy installed from the build
# INSTALL_FROM or with the sources in OTP_SOURCE_DIR, then runs it and compares its output with
# SNIPPET.expected.
file(REMOVE_RECURSE "${BUILD}")
if(INSTALL_FROM)
  execute_process(COMMAND "${CMAKE_COMMAND}" --install "${INSTALL_FROM}" --prefix "${BUILD}/prefix"
                  COMMAND_ERROR_IS_FATAL ANY)
endif()
execute_process(
  COMMAND "${CMAKE_COMMAND}" -S "${SOURCE}" -B "${BUILD}" -G "${GENERATOR}"
          "-DCMAKE_CXX_COMPILER=${CXX}" "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}"
          "-DCMAKE_PREFIX_PATH=${BUILD}/prefix" "-DOTP_SOURCE_DIR=${OTP_SOURCE_DIR}"
          "-DPROGRAM=${SNIPPET}.cpp" "-DSEPARATE=${SEPARATE}"
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BUILD}" COMMAND_ERROR_IS_FATAL ANY)

set(PROGRAM "${BUILD}/consumer")
set(EXPECTED "${SNIPPET}.expected")
include("${CMAKE_CURRENT_LIST_DIR}/../../cmake/compare_output.cmake")
