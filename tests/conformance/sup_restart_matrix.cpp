// Our port of scripts/sup_restart_matrix.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_restart_matrix {

/// Says nothing of itself.
class quiet_kid : public otp::gen_server<quiet_kid> {
 public:
  struct stop {
    otp::exit_reason why;
  };
  otp::noreply handle_cast(stop s) { return otp::stop(std::move(s.why)); }
};

OTP_SCENARIO(sup_restart_matrix) {
  kids born;
  const std::pair<const char*, otp::restart> types[] = {{"permanent", otp::restart::permanent},
                                                        {"transient", otp::restart::transient},
                                                        {"temporary", otp::restart::temporary}};
  const std::vector<otp::exit_reason> reasons{otp::reason::normal, otp::reason::shutdown,
                                              otp::reason::shutdown(word("x")), word("boom"),
                                              otp::reason::kill};
  for (const auto& [name, type] : types) {
    for (const auto& why : reasons) {
      const auto sup = otp::start_link(
          otp::supervisor_spec{.intensity = {.max_restarts = 2},
                               .children = {{.id = word("kid"),
                                             .start =
                                                 [] {
                                                   return otp::result<otp::pid, otp::start_failure>{
                                                       otp::start_link<quiet_kid>().pid()};
                                                 },
                                             .restart = type}}});
      const auto process = process_of(sup, "kid");
      otp::monitor(process);
      if (why == otp::reason::kill) {
        otp::exit(process, why);
      } else {
        otp::cast(otp::server_ref<quiet_kid>{process}, quiet_kid::stop{why});
      }
      await<otp::down>();
      until([&] { return process_of(sup, "kid") != process; });
      const auto outcome = state_of(sup, "kid");
      say("{} {} {}", name, reason(why), outcome == "running" ? "restarted" : outcome);
      otp::stop(sup, otp::reason::shutdown);
      exit_heard(sup.pid());
    }
  }
}

}  // namespace conformance::sup_restart_matrix
