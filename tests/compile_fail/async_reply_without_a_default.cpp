// A call with a completion token whose reply has no default: Asio needs one to pass beside an error.
// expect: a reply must be default-constructible here
#include <otp/call_async.hpp>
#include <otp/gen_server.hpp>

#include <exception>

struct amount {
#ifdef OTP_COMPILE_FAIL
  explicit amount(int value) : cents{value} {}
#else
  explicit amount(int value = 0) : cents{value} {}
#endif
  int cents;
};

class till : public otp::gen_server<till> {
 public:
  struct count {
    using reply = amount;
  };
  amount handle_call(count) { return amount{0}; }
};

void ask(const otp::server_ref<till>& server) {
  otp::call(server, till::count{}, [](std::exception_ptr, amount) {});
}
