# Picks clang 19, the version we develop with, or else the newest clang that is installed.
find_program(OTP_CLANGXX REQUIRED
             NAMES clang++-19 clang++-20 clang++-18 clang++-17 clang++-16 clang++)
set(CMAKE_CXX_COMPILER "${OTP_CLANGXX}")
