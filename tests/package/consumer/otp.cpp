// The library, compiled once for the whole program.
#include <otp/src.hpp>
