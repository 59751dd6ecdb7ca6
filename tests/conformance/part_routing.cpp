// Our port of scripts/part_routing.exs, whose first lines say what happens in it.
// Rows: N-001, N-004, N-007
#include "conformance/kids.hpp"
#include <otp/partition_supervisor.hpp>

namespace conformance::part_routing {

class part : public otp::gen_server<part> {
 public:
  struct which {
    using reply = int;
  };
  struct die {};

  part(int n, otp::pid main) : n_{n}, main_{main} {}
  void init() {
    say("partition {} start", n_);
    otp::send(main_, is_up{std::to_string(n_), otp::this_process::self()});
  }
  int handle_call(which) { return n_; }
  otp::noreply handle_cast(die) { return otp::stop(otp::exit_reason{word("boom")}); }

 private:
  int n_;
  otp::pid main_;
};

OTP_SCENARIO(part_routing) {
  otp::this_process::trap_exit(true);
  const auto main = otp::this_process::self();
  const std::string name = "PS";
  const auto sup = otp::start_link(
      otp::partition_supervisor_spec{.name = name, .partitions = 3, .child = [main](std::size_t n) {
                                       return otp::child<part>(static_cast<int>(n), main);
                                     }});
  for (const int key : {0, 1, 2, 3, 7}) {
    say("key {} -> partition {}", key, otp::call(otp::partition<part>(name, key), part::which{}));
  }
  auto children = otp::which_children(sup);
  std::reverse(children.begin(), children.end());
  for (const auto& each : children) say("child id {}", each.id);
  say("partitions {}", otp::partitions(name));
  for (int n = 0; n < 3; ++n) await<is_up>();
  otp::cast(otp::partition<part>(name, 1), part::die{});
  const auto again = await<is_up>().process;
  until([&] { return otp::partition<part>(name, 4).whereis() == again; });
  say("key 4 -> new partition {}", otp::call(otp::partition<part>(name, 4), part::which{}));
  stop_and_tell(sup);
}

}  // namespace conformance::part_routing
