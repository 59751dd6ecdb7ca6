// Our port of scripts/sup_exit_signal_parent_vs_stranger.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_exit_signal_parent_vs_stranger {

OTP_SCENARIO(sup_exit_signal_parent_vs_stranger) {
  kids born;
  const std::vector<otp::exit_reason> reasons{word("boom"), otp::reason::normal,
                                              otp::reason::shutdown};
  for (const auto& why : reasons) {
    const auto sup = otp::start_link(otp::supervisor_spec{.children = born.all({"child_a"})});
    born.up("child_a");
    gone(otp::spawn([&] { otp::exit(sup.pid(), why); }));
    say("{}", counts(sup));
    say("parent sends {}", reason(why));
    otp::exit(sup.pid(), why);
    say("sup exit {}", reason(exit_heard(sup.pid())));
  }
}

}  // namespace conformance::sup_exit_signal_parent_vs_stranger
