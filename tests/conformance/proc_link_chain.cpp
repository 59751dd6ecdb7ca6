// Our port of scripts/proc_link_chain.exs, whose first lines say what happens in it.
// Rows: P-048, P-060, P-061
#include "conformance/harness.hpp"

namespace conformance::proc_link_chain {

struct ready {};
struct end_with {
  otp::exit_reason why;
};
struct b_saw {
  otp::exit_reason why;
};

struct chain {
  otp::pid a, b, c;
};

// a - b - c, linked; nobody traps but perhaps b.
chain make_chain(bool b_traps) {
  const auto me = otp::this_process::self();
  const auto c = otp::spawn(sleep_for_ever);
  const auto b = otp::spawn([me, c, b_traps] {
    otp::this_process::trap_exit(b_traps);
    otp::link(c);
    otp::send(me, ready{});
    otp::send(me, b_saw{await<otp::exited>().reason});
    otp::exit(await<end_with>().why);
  });
  await<ready>();
  const auto a = otp::spawn([me, b] {
    otp::link(b);
    otp::send(me, ready{});
    otp::exit(await<end_with>().why);
  });
  await<ready>();
  return {a, b, c};
}

// Ends `first` with `why`; b and c are to die of it, which is told in this order.
void end_and_tell(const chain& all, const otp::pid& first, otp::exit_reason why) {
  const auto from_b = otp::monitor(all.b);
  otp::monitor(all.c);
  otp::send(first, end_with{std::move(why)});
  const auto one = await<otp::down>();
  const auto two = await<otp::down>();
  const bool in_order = one.ref == from_b;
  say("b: died {}", reason((in_order ? one : two).reason));
  say("c: died {}", reason((in_order ? two : one).reason));
}

OTP_SCENARIO(proc_link_chain) {
  say("round 1");
  auto all = make_chain(false);
  end_and_tell(all, all.a, word("oops"));
  say("round 2");
  all = make_chain(true);
  otp::send(all.a, end_with{word("oops")});
  say("b: saw exit {}", reason(await<b_saw>().why));
  say("c: alive {}", otp::is_alive(all.c));
  end_and_tell(all, all.b, word("second"));
  say("round 3");
  all = make_chain(false);
  otp::monitor(all.a);
  otp::send(all.a, end_with{otp::reason::normal});
  say("a: died {}", reason(await<otp::down>().reason));
  otp::sleep(30ms);
  say("b: alive {}", otp::is_alive(all.b));
  say("c: alive {}", otp::is_alive(all.c));
}

}  // namespace conformance::proc_link_chain
