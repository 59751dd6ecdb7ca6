// The chatroom: `chatroom --help` lists the settings, `chatroom --console` talks to one that runs.
#include "application.hpp"

#include <otp/run.hpp>

int main(int argc, char** argv) {
  return otp::run<chatroom::application>(argc, argv);
}
