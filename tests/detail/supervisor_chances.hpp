// What chance decides in the random sequences of both supervisors, and how children are written.
#pragma once

#include "detail/supervisor_world.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace supervision_test {

// The same numbers with every compiler: the distributions of the standard library may differ.
class dice {
 public:
  explicit dice(std::uint64_t seed) : engine_{seed} {}

  // 0 to sides - 1
  std::size_t roll(std::size_t sides) { return static_cast<std::size_t>(engine_() % sides); }
  bool one_in(std::size_t sides) { return roll(sides) == 0; }

 private:
  std::mt19937_64 engine_;
};

inline exit_reason some_reason(dice& random) {
  switch (random.roll(6)) {
    case 0:
      return reason::normal;
    case 1:
      return reason::shutdown;
    case 2:
      return reason::shutdown("x"s);
    case 3:
      return reason::killed;
    default:
      return "boom"s;
  }
}

inline outcome some_start(dice& random) {
  switch (random.roll(3)) {
    case 0:
      return ignored;
    case 1:
      return fails("busy"s);
    default:
      return up;
  }
}

inline child_spec some_child(dice& random, std::string id) {
  const auto when = static_cast<restart>(random.roll(3));
  auto spec = kid(std::move(id), when);
  if (random.one_in(4)) spec.shutdown = otp::brutal_kill;
  spec.type = static_cast<otp::child_type>(random.roll(2));
  return spec;
}

inline std::string text_of(const child_spec& spec) {
  std::vector<std::string> notes;
  if (spec.restart == restart::transient) notes.emplace_back("transient");
  if (spec.restart == restart::temporary) notes.emplace_back("temporary");
  if (spec.significant) notes.emplace_back("significant");
  if (spec.shutdown.is_brutal_kill()) {
    notes.emplace_back("brutal_kill");
  } else if (!spec.shutdown.is_unset()) {
    notes.push_back(fmt::format("shutdown {} ns", spec.shutdown.allowance().count()));
  }
  if (spec.type == otp::child_type::supervisor) notes.emplace_back("supervisor");
  if (notes.empty()) return spec.id;
  return fmt::format("{}({})", spec.id.empty() ? "" : spec.id + " ", fmt::join(notes, ", "));
}

}  // namespace supervision_test
