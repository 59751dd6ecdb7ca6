// Why a process ended: kinds, details, equality and texts of exit reasons.
#include <otp/exit_reason.hpp>

#include "support/catch.hpp"

#include <fmt/format.h>

#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace {

using otp::exit_reason;
using kind = exit_reason::kind;
namespace reason = otp::reason;

enum class code { lost = 3, full = 4 };

struct unprintable {
  int number = 0;

  bool operator==(const unprintable&) const = default;
};

struct point {
  int x = 0;
  int y = 0;

  bool operator==(const point&) const = default;
};

// As a process would pass a reason on: by value, from whatever converts.
exit_reason pass(exit_reason given) { return given; }

}  // namespace

template <>
struct fmt::formatter<point> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  auto format(const point& value, format_context& context) const {
    return fmt::format_to(context.out(), "({}, {})", value.x, value.y);
  }
};

namespace {

TEST_CASE("a reason is normal unless something else is said") {
  const exit_reason given;
  CHECK(given.type() == kind::normal);
  CHECK(given == reason::normal);
}

TEST_CASE("constants convert to reasons and compare with them from both sides") {
  const exit_reason given = reason::noproc;
  CHECK(given.type() == kind::noproc);
  CHECK(given == reason::noproc);
  CHECK(reason::noproc == given);
  CHECK(given != reason::noconnection);
  CHECK(pass(reason::timeout) == reason::timeout);
}

TEST_CASE("kill and killed are two reasons (P-029, P-030)") {
  CHECK(exit_reason{reason::kill} != reason::killed);
}

TEST_CASE("character strings become a string") {
  const std::string owned = "boom";
  CHECK(exit_reason{"boom"} == exit_reason{owned});
  CHECK(exit_reason{std::string_view{owned}} == exit_reason{owned});
  const exit_reason given = "boom";
  CHECK(given.type() == kind::value);
  REQUIRE(given.get<std::string>() != nullptr);
  CHECK(*given.get<std::string>() == "boom");
}

TEST_CASE("a value of the user's comes back by its type only") {
  const exit_reason given = code::lost;
  REQUIRE(given.get<code>() != nullptr);
  CHECK(*given.get<code>() == code::lost);
  CHECK(given.get<int>() == nullptr);
  CHECK(exit_reason{}.get<code>() == nullptr);
}

TEST_CASE("user values are compared by type and value") {
  CHECK(exit_reason{code::lost} == exit_reason{code::lost});
  CHECK(exit_reason{code::lost} != exit_reason{code::full});
  CHECK(exit_reason{3} != exit_reason{3U});
  CHECK(exit_reason{point{1, 2}} == exit_reason{point{1, 2}});
}

TEST_CASE("a value that contains a special word is not special (P-044)") {
  struct wrapped {
    exit_reason inner;
    bool operator==(const wrapped&) const = default;
  };
  const exit_reason given = wrapped{reason::normal};
  CHECK_FALSE(given.is_normal());
  CHECK_FALSE(given.is_orderly());
  CHECK(given != reason::normal);
  CHECK(given == exit_reason{wrapped{reason::normal}});
}

TEST_CASE("a shutdown may carry a detail") {
  const exit_reason plain = reason::shutdown;
  const exit_reason detailed = reason::shutdown(code::full);
  CHECK(plain.type() == kind::shutdown);
  CHECK(detailed.type() == kind::shutdown);
  REQUIRE(detailed.get<code>() != nullptr);
  CHECK(*detailed.get<code>() == code::full);
  CHECK(plain != detailed);
  CHECK(detailed == reason::shutdown(code::full));
  CHECK(detailed != reason::shutdown(code::lost));
  CHECK(detailed != exit_reason{code::full});
}

TEST_CASE("normal and shutdown are orderly, nothing else is (P-043)") {
  CHECK(exit_reason{reason::normal}.is_orderly());
  CHECK(exit_reason{reason::shutdown}.is_orderly());
  CHECK(reason::shutdown("upgrade").is_orderly());
  CHECK_FALSE(exit_reason{reason::killed}.is_orderly());
  CHECK_FALSE(exit_reason{"boom"}.is_orderly());
  CHECK(exit_reason{reason::normal}.is_normal());
  CHECK_FALSE(exit_reason{reason::shutdown}.is_normal());
}

TEST_CASE("a call to a server that stopped with shutdown fails orderly, any other does not (P-043)") {
  const auto failed = [](exit_reason why) {
    return exit_reason::from_call(std::move(why), "counter", "counter::get");
  };
  CHECK(failed(reason::shutdown).is_orderly());
  CHECK_FALSE(failed(reason::shutdown("upgrade")).is_orderly());
  CHECK_FALSE(failed(reason::normal).is_orderly());
  CHECK_FALSE(failed(reason::noproc).is_orderly());
  CHECK_FALSE(failed(failed(reason::shutdown)).is_orderly());
}

TEST_CASE("a deadlock names the circle of processes (G-030)") {
  const auto circle = exit_reason::from_deadlock("a → b → a");
  CHECK(circle.type() == exit_reason::kind::deadlock);
  REQUIRE(circle.get<std::string>() != nullptr);
  CHECK(*circle.get<std::string>() == "a → b → a");
  CHECK(exit_reason::from_call(circle, "b", "b::get").to_string() ==
        "deadlock: a → b → a in call b::get to \"b\"");
  CHECK(circle == exit_reason::from_deadlock("a → b → a"));
  CHECK(circle != exit_reason::from_deadlock("a → c → a"));
  CHECK_FALSE(circle.is_orderly());
}

TEST_CASE("the reason of a failed call says which call and why (G-023, G-031)") {
  const auto failed = exit_reason::from_call(reason::timeout, "counter", "counter::get");
  CHECK(failed.type() == kind::call);
  const auto* call = failed.get<otp::call_info>();
  REQUIRE(call != nullptr);
  CHECK(call->inner == reason::timeout);
  CHECK(call->server == "counter");
  CHECK(call->message == "counter::get");
  CHECK(failed.root() == reason::timeout);
  CHECK(failed == exit_reason::from_call(reason::timeout, "counter", "counter::get"));
  CHECK(failed != exit_reason::from_call(reason::noproc, "counter", "counter::get"));
  CHECK(failed != exit_reason::from_call(reason::timeout, "other", "counter::get"));
}

TEST_CASE("failed calls nest, and the root is the innermost reason") {
  const auto inner = exit_reason::from_call(reason::noproc, "<0.42>", "repo::query");
  const auto outer = exit_reason::from_call(inner, "chat", "chat::list");
  CHECK(outer.get<otp::call_info>()->inner == inner);
  CHECK(outer.root() == reason::noproc);
  const exit_reason plain = reason::killed;
  CHECK(&plain.root() == &plain);
}

TEST_CASE("reasons are written as people say them") {
  CHECK(exit_reason{reason::normal}.to_string() == "normal");
  CHECK(exit_reason{reason::shutdown}.to_string() == "shutdown");
  CHECK(exit_reason{reason::kill}.to_string() == "kill");
  CHECK(exit_reason{reason::killed}.to_string() == "killed");
  CHECK(exit_reason{reason::noproc}.to_string() == "noproc");
  CHECK(exit_reason{reason::noconnection}.to_string() == "noconnection");
  CHECK(exit_reason{reason::timeout}.to_string() == "timeout");
  CHECK(exit_reason{reason::deadlock}.to_string() == "deadlock");
  CHECK(reason::shutdown("upgrade").to_string() == "shutdown(upgrade)");
  CHECK(exit_reason{"boom"}.to_string() == "boom");
  CHECK(exit_reason{42}.to_string() == "42");
}

TEST_CASE("user values are written by fmt where it can, else named") {
  CHECK(exit_reason{point{1, 2}}.to_string() == "(1, 2)");
  CHECK(exit_reason{code::lost}.to_string() == "code(3)");
  CHECK(exit_reason{unprintable{}}.to_string() == "unprintable");
}

TEST_CASE("a failed call is written with what was called, the innermost call first") {
  const auto inner = exit_reason::from_call(reason::noproc, "<0.42>", "repo::query");
  CHECK(inner.to_string() == "noproc in call repo::query to <0.42>");
  CHECK(exit_reason::from_call(inner, "chat", "chat::list").to_string() ==
        "noproc in call repo::query to <0.42> in call chat::list to \"chat\"");
}

TEST_CASE("fmt formats reasons with the options of a string") {
  CHECK(fmt::format("{}", exit_reason{reason::killed}) == "killed");
  CHECK(fmt::format("[{:>8}]", exit_reason{reason::killed}) == "[  killed]");
}

TEST_CASE("chains of calls as long as there are processes are no problem") {
  constexpr int length = 200'000;  // deeper than any stack would allow by recursion
  const auto make_chain = [] {
    exit_reason chain = reason::noproc;
    for (int i = 0; i < length; ++i) {
      chain = exit_reason::from_call(std::move(chain), "server", "request");
    }
    return chain;
  };
  const exit_reason chain = make_chain();
  CHECK(chain.root() == reason::noproc);
  CHECK(chain == make_chain());
  const std::string text = chain.to_string();
  CHECK(text.find("noproc in call request to \"server\" in call") == 0);
  CHECK(text.size() < 1000);
  CHECK(text.find(" in 199992 more calls") != std::string::npos);
}

TEST_CASE("a part of a chain lives on when the rest is gone") {
  auto inner = exit_reason::from_call("boom", "a", "x");
  auto outer = exit_reason::from_call(inner, "b", "y");
  outer = reason::normal;
  CHECK(inner.to_string() == "boom in call x to \"a\"");
}

TEST_CASE("a reason is two words, copied and moved without exceptions") {
  static_assert(sizeof(exit_reason) == 16);
  static_assert(std::is_nothrow_copy_constructible_v<exit_reason>);
  static_assert(std::is_nothrow_copy_assignable_v<exit_reason>);
  static_assert(std::is_nothrow_move_constructible_v<exit_reason>);
  static_assert(std::is_nothrow_move_assignable_v<exit_reason>);
  static_assert(std::is_nothrow_default_constructible_v<exit_reason>);
}

TEST_CASE("copies share their detail, and a moved-from reason is normal") {
  exit_reason first = "boom";
  exit_reason second = first;
  CHECK(first.get<std::string>() == second.get<std::string>());
  const exit_reason third = std::move(first);
  CHECK(first == reason::normal);
  CHECK(third == second);
  exit_reason& itself = second;
  second = std::move(itself);
  CHECK(second == third);
}

TEST_CASE("a detail lives as long as one of its reasons") {
  std::weak_ptr<int> watched;
  {
    exit_reason first;
    {
      auto value = std::make_shared<int>(7);
      watched = value;
      first = exit_reason{std::move(value)};
    }
    const exit_reason second = first;
    first = reason::normal;
    CHECK_FALSE(watched.expired());
  }
  CHECK(watched.expired());
}

TEST_CASE("pointers and exception pointers are no reasons") {
  CHECK_FALSE(std::constructible_from<exit_reason, int*>);
  CHECK_FALSE(std::constructible_from<exit_reason, std::nullptr_t>);
  CHECK_FALSE(std::constructible_from<exit_reason, std::exception_ptr>);
  struct incomparable {};
  CHECK_FALSE(std::constructible_from<exit_reason, incomparable>);
}

// Whether this can be copied must not depend on whether it can become an exit reason.
struct takes_a_reason {
  explicit takes_a_reason(exit_reason given) : inner{std::move(given)} {}

  exit_reason inner;
};

TEST_CASE("classes with a constructor that takes a reason stay copyable") {
  static_assert(std::copyable<takes_a_reason>);
  static_assert(std::is_nothrow_copy_constructible_v<takes_a_reason>);
  const takes_a_reason first{reason::killed};
  const takes_a_reason second = first;
  CHECK(second.inner == reason::killed);
}

TEST_CASE("reasons may be put into the wrappers of the standard library") {
  CHECK(std::copyable<std::optional<exit_reason>>);
  CHECK(std::copyable<std::tuple<exit_reason>>);
  CHECK(std::copyable<std::variant<int, exit_reason>>);
  CHECK(std::copyable<std::pair<exit_reason, exit_reason>>);
  CHECK(std::equality_comparable<std::optional<exit_reason>>);
  CHECK(std::equality_comparable<std::tuple<exit_reason>>);
  std::vector<exit_reason> several{reason::killed, "boom"};
  CHECK(several.back() == exit_reason{"boom"});
}

TEST_CASE("threads may copy, compare and print one reason at the same time") {
  const exit_reason given = exit_reason::from_call("boom", "server", "request");
  const otp::exit_error error{given};
  std::vector<std::thread> threads;
  std::vector<std::string_view> texts(4);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    threads.emplace_back([&error, &text = texts[i]] {
      for (int round = 0; round < 100; ++round) {
        const exit_reason copy = error.reason();
        text = error.what();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const std::string_view text : texts) {
    CHECK(text == "boom in call request to \"server\"");
    CHECK(text.data() == texts.front().data());
  }
}

}  // namespace
