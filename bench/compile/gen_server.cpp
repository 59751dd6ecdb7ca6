// What the compiler is timed with: a server that counts, and a call of it.
#include <otp/gen_server.hpp>

struct counter : otp::gen_server<counter> {
  struct next {
    using reply = int;
  };
  int handle_call(next) { return ++count; }
  int count = 0;
};

int main() {
  otp::runtime runtime{{.threads = 1}};
  const auto server = runtime.start<counter>();
  return otp::call(server, counter::next{}) == 1 ? 0 : 1;
}
