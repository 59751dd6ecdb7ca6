// Our port of scripts/sup_which_and_count_children.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_which_and_count_children {

OTP_SCENARIO(sup_which_and_count_children) {
  const kids born;
  const auto sup = otp::start_link(otp::supervisor_spec{
      .children = {born("child_a"), otp::child(otp::supervisor_spec{}).with({.id = word("inner")}),
                   born("child_c")}});
  const auto list = [&] {
    std::string all;
    for (const auto& each : otp::which_children(sup)) {
      all += fmt::format("{}{}/{}/{}", all.empty() ? "" : " ", each.id,
                         each.process ? "pid" : "undefined",
                         each.type == otp::child_type::worker ? "worker" : "supervisor");
    }
    return all;
  };
  say("{}", list());
  say("{}", counts(sup));
  must(otp::start_child(sup, born("child_d")));
  must(otp::terminate_child(sup, word("child_a")));
  say("{}", list());
  say("{}", counts(sup));
  stop_and_tell(sup);
}

}  // namespace conformance::sup_which_and_count_children
