// The chatroom: `chatroom --help` lists the settings, `chatroom --console` talks to one that runs.
#include "application.hpp"
#include <otp/run.hpp>

#include <sys/resource.h>

namespace {

// Each tab is a descriptor. Shells give a program 1,024, out of regard for those that use select(),
// and let it ask for more. If it gets no more, newcomers wait, as they do at any limit.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace

int main(int argc, char** argv) {
  raise_descriptor_limit();
  return otp::run<chatroom::application>(argc, argv);
}
