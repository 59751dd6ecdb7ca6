// Our port of scripts/proc_shutdown_reasons_and_links.exs, whose first lines say what happens in it.
// Rows: P-043, P-047, P-048
#include "conformance/harness.hpp"

namespace conformance::proc_shutdown_reasons_and_links {

struct go {};
struct check {};
struct still_here {};
struct pair {
  otp::pid helper;
};

OTP_SCENARIO(proc_shutdown_reasons_and_links) {
  const auto me = otp::this_process::self();
  const otp::exit_reason reasons[] = {otp::reason::normal, otp::reason::shutdown,
                                      otp::reason::shutdown(word("x")), word("oops")};
  for (const auto& why : reasons) {
    const auto owner = otp::spawn([me, why] {
      otp::send(me, pair{otp::spawn_link([why] {
                  await<go>();
                  otp::exit(why);
                })});
      await<check>();
      otp::send(me, still_here{});
    });
    const auto helper = await<pair>().helper;
    const auto ref = otp::monitor(owner);
    otp::send(helper, go{});
    const auto died = otp::receive(
        [&](otp::down d) {
          say("helper {}: owner died {}", reason(why), reason(d.reason));
          return true;
        },
        otp::after(80ms, [] { return false; }));
    if (died) continue;
    otp::send(owner, check{});
    await<still_here>();
    say("helper {}: owner alive", reason(why));
    otp::demonitor(ref, true);
  }
}

}  // namespace conformance::proc_shutdown_reasons_and_links
