// How child specs are checked.
#pragma once

#include <otp/child_validation.hpp>
#include <otp/config.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace otp::detail {

OTP_DECL std::string quoted_id(std::string_view id) {
  return id.empty() ? std::string{"(no id)"} : fmt::format("\"{}\"", id);
}

OTP_DECL void find_mistakes(const child_spec& spec, std::size_t position, child_id id,
                            auto_shutdown supervisor, std::vector<wrong_child_spec>& found) {
  const auto add = [&](spec_mistake mistake) { found.push_back({position, spec.id, mistake}); };
  if (id == child_id::required && spec.id.empty()) add(spec_mistake::missing_id);
  if (!spec.start) add(spec_mistake::missing_start);
  if (spec.shutdown.allowance() < std::chrono::nanoseconds::zero()) {
    add(spec_mistake::negative_shutdown);
  }
  if (spec.significant && supervisor == auto_shutdown::never) add(spec_mistake::significant);
  if (spec.significant && supervisor != auto_shutdown::never &&
      spec.restart == restart::permanent) {
    add(spec_mistake::significant_permanent);
  }
}

OTP_DECL std::string describe_mistakes(std::span<const child_spec> specs,
                                       std::span<const wrong_child_spec> mistakes) {
  std::string text = specs.size() == 1 ? "the child spec is wrong:" : "the child specs are wrong:";
  for (const wrong_child_spec& wrong : mistakes) {
    text += fmt::format("\n  child {} {} {}", wrong.position + 1, quoted_id(wrong.id),
                        advice(wrong.mistake));
  }
  if (specs.size() > 1) {
    text += "\n  the ids are:";
    for (const child_spec& spec : specs) {
      text += fmt::format(" {}", quoted_id(spec.id));
    }
  }
  return text;
}

OTP_DECL result<void, invalid_child_specs> validate(std::span<const child_spec> specs,
                                                    child_id id, auto_shutdown supervisor) {
  std::vector<wrong_child_spec> mistakes;
  std::unordered_set<std::string_view> taken;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    find_mistakes(specs[i], i, id, supervisor, mistakes);
    if (id == child_id::required && !specs[i].id.empty() && !taken.insert(specs[i].id).second) {
      mistakes.push_back({i, specs[i].id, spec_mistake::duplicate_id});
    }
  }
  if (mistakes.empty()) return {};
  std::string text = describe_mistakes(specs, mistakes);
  return failure{invalid_child_specs{std::move(mistakes), std::move(text)}};
}

}  // namespace otp::detail

namespace otp {

OTP_DECL result<void, invalid_child_specs> validate(const child_spec& spec,
                                                    auto_shutdown supervisor) {
  return detail::validate(std::span{&spec, 1}, detail::child_id::required, supervisor);
}

OTP_DECL result<void, invalid_child_specs> validate(std::span<const child_spec> specs,
                                                    auto_shutdown supervisor) {
  return detail::validate(specs, detail::child_id::required, supervisor);
}

}  // namespace otp
