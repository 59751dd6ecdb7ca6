// Our port of scripts/sup_start_raises_and_bad_return.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_start_raises_and_bad_return {

OTP_SCENARIO(sup_start_raises_and_bad_return) {
  const kids born;
  const auto try_with = [](std::string_view name, otp::child_start start) {
    const auto started = otp::try_start_link(
        otp::supervisor_spec{.children = {{.id = word("bad"), .start = std::move(start)}}});
    say("{} -> {}", name, text(started.error()));
  };
  try_with("raises", []() -> otp::result<otp::pid, otp::start_failure> {
    throw std::runtime_error{word("oops")};
  });
  try_with("exits", []() -> otp::result<otp::pid, otp::start_failure> { otp::exit(word("gone")); });
}

}  // namespace conformance::sup_start_raises_and_bad_return
