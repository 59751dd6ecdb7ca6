# The other way to use the library (include/otp/config.hpp): its functions compiled once. Binaries of many
# files take it, which saves most of their compile time, and so do the programs of the guide; the benchmark,
# the program of the first page and the checks of the interface stay header-only, so that every build has
# both.
#
# Who links otp_separate gets the objects and the definition together, and passes the definition on to
# whoever links with it publicly: one binary cannot mix the two ways.
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/separate/otp.cpp" CONTENT "#include <otp/src.hpp>\n")
add_library(otp_separate OBJECT EXCLUDE_FROM_ALL "${PROJECT_BINARY_DIR}/separate/otp.cpp")
otp_target(otp_separate)
target_compile_definitions(otp_separate PUBLIC OTP_SEPARATE_COMPILATION)
otp_precompile(otp_separate <otp/otp.hpp>)
