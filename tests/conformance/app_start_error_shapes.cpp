// Our port of scripts/app_start_error_shapes.exs, whose first lines say what happens in it. A start
// that returns something else than a tree does not compile, so that line is left out.
#include "conformance/apps.hpp"
#include "conformance/kids.hpp"

#include <stdexcept>

namespace conformance::app_start_error_shapes {

enum class mode { err, raise, kid };

class shape : public otp::application<shape> {
 public:
  static constexpr std::string_view name = "shape";
  shape(mode how, std::vector<otp::child_spec> children)
      : how_{how}, children_{std::move(children)} {}

  otp::result<otp::supervisor_spec> start(otp::start_type) {
    if (how_ == mode::err) return otp::failure{otp::exit_reason{word("boom")}};
    if (how_ == mode::raise) throw std::runtime_error{word("oops")};
    return otp::supervisor_spec{.children = children_};
  }
  void stop() { say("stop callback"); }

 private:
  mode how_;
  std::vector<otp::child_spec> children_;
};

OTP_SCENARIO(app_start_error_shapes) {
  kids born;
  // The children count their starts, so both starts of the application share them.
  const std::vector children{born("child_a"), born("child_b", {.plan = {fails("busy")}})};
  const std::pair<std::string, mode> modes[]{
      {"err", mode::err}, {"raise", mode::raise}, {"kid", mode::kid}};
  for (const auto& [name, how] : modes) {
    load_as<shape>(name, {}, how, children);
    const auto answer = applications::start(word(name));
    say("{} -> {}", word(name), text(answer));
  }
  say("{} again {}", word("kid"), text(applications::start(word("kid"))));
  say("{} stop {}", word("kid"), text(applications::stop(word("kid"))));
}

}  // namespace conformance::app_start_error_shapes
