// The exceptions of the library, and how exceptions become exit reasons.
#include <otp/error.hpp>

#include "support/catch.hpp"

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace {

struct repository_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct silent {};

// The reason of a process that this function would have ended.
template <class Function>
otp::exit_reason reason_of(Function function) {
  try {
    function();
  } catch (...) {
    return otp::exit_reason::from_exception(std::current_exception());
  }
  return {};
}

[[noreturn]] void fail_in_layers(int layers) {
  if (layers == 0) {
    throw std::runtime_error{"the bottom"};
  }
  try {
    fail_in_layers(layers - 1);
  } catch (...) {
    std::throw_with_nested(repository_error{"layer " + std::to_string(layers)});
  }
}

TEST_CASE("exit_error carries its reason and says it") {
  const otp::exit_error error{otp::reason::shutdown("upgrade")};
  CHECK(error.reason() == otp::reason::shutdown("upgrade"));
  CHECK(std::string_view{error.what()} == "shutdown(upgrade)");
}

TEST_CASE("the text of an exit_error stays valid in its copies") {
  const char* text = nullptr;
  std::exception_ptr kept;
  try {
    throw otp::exit_error{"boom"};
  } catch (const otp::exit_error& error) {
    text = error.what();
    kept = std::make_exception_ptr(error);
  }
  CHECK(std::string_view{text} == "boom");
}

TEST_CASE("exit_error is an ordinary exception and copying it never throws") {
  static_assert(std::is_nothrow_copy_constructible_v<otp::exit_error>);
  CHECK_THROWS_AS(throw otp::exit_error{otp::reason::normal}, std::exception);
}

TEST_CASE("not_a_process names the operation and what to do") {
  const otp::not_a_process error{"otp::receive"};
  const std::string_view text = error.what();
  CHECK(text.find("otp::receive") == 0);
  CHECK(text.find("otp::spawn") != std::string_view::npos);
}

TEST_CASE("start_error says why a process did not start") {
  const otp::start_error failed{otp::reason::timeout};
  CHECK(failed.reason() == otp::reason::timeout);
  CHECK_FALSE(failed.ignored());
  CHECK(std::string_view{failed.what()} == "the process failed to start: timeout");
  const otp::start_error ignored{otp::start_failure{.reason = {}, .ignored = true}};
  CHECK(ignored.ignored());
  CHECK(std::string_view{ignored.what()} == "the process asked not to be started");
}

TEST_CASE("start_failure is thrown as start_error") {
  CHECK_THROWS_AS(otp::start_failure{.reason = otp::reason::timeout}.raise(), otp::start_error);
}

TEST_CASE("an exception becomes a reason with its type and its text (P-003)") {
  const auto reason = reason_of([] { throw std::runtime_error{"boom"}; });
  REQUIRE(reason.type() == otp::exit_reason::kind::exception);
  const auto* info = reason.get<otp::exception_info>();
  REQUIRE(info != nullptr);
  CHECK(info->type == "std::runtime_error");
  CHECK(info->what == "boom");
  CHECK(info->causes.empty());
  CHECK(reason.to_string() == "std::runtime_error: boom");
}

TEST_CASE("an exit_error becomes the reason it carries (P-002)") {
  CHECK(reason_of([] { throw otp::exit_error{otp::reason::shutdown}; }) == otp::reason::shutdown);
  CHECK(reason_of([] { throw otp::exit_error{"boom"}; }) == otp::exit_reason{"boom"});
}

TEST_CASE("no exception is a normal end") {
  CHECK(otp::exit_reason::from_exception(nullptr) == otp::reason::normal);
}

TEST_CASE("what is thrown need not be an exception class (P-004)") {
  CHECK(reason_of([] { throw 42; }).to_string() == "int");
  CHECK(reason_of([] { throw "a literal"; }).to_string() == "char const*: a literal");
  CHECK(reason_of([] { throw std::string{"a string"}; }).get<otp::exception_info>()->what ==
        "a string");
  const auto silence = reason_of([] { throw silent{}; });
  CHECK(silence.get<otp::exception_info>()->type.find("silent") != std::string::npos);
}

TEST_CASE("nested exceptions are kept as causes, the outermost first") {
  const auto reason = reason_of([] { fail_in_layers(2); });
  const auto* info = reason.get<otp::exception_info>();
  REQUIRE(info != nullptr);
  CHECK(info->what == "layer 2");
  CHECK(info->type.find("repository_error") != std::string::npos);
  CHECK(info->type.find("ested") == std::string::npos);
  REQUIRE(info->causes.size() == 2);
  CHECK(info->causes[0].what == "layer 1");
  CHECK(info->causes[1].type == "std::runtime_error");
  CHECK(info->causes[1].what == "the bottom");
  const std::string text = reason.to_string();
  CHECK(text.find("layer 2 (caused by ") != std::string::npos);
  CHECK(text.find("std::runtime_error: the bottom))") != std::string::npos);
}

TEST_CASE("at most eight causes are kept") {
  const auto reason = reason_of([] { fail_in_layers(20); });
  const auto* info = reason.get<otp::exception_info>();
  REQUIRE(info != nullptr);
  REQUIRE(info->causes.size() == 8);
  CHECK(info->causes.back().what == "layer 12");
}

TEST_CASE("a cause that is not an exception class is kept too") {
  const auto reason = reason_of([] {
    try {
      throw 42;
    } catch (...) {
      std::throw_with_nested(std::logic_error{"outside"});
    }
  });
  const auto* info = reason.get<otp::exception_info>();
  REQUIRE(info != nullptr);
  REQUIRE(info->causes.size() == 1);
  CHECK(info->causes[0].type == "int");
}

TEST_CASE("long texts of exceptions are cut, between characters") {
  std::string text;
  for (int i = 0; i < 5000; ++i) {
    text += "\u00e9";
  }
  const auto reason = reason_of([&] { throw std::runtime_error{text}; });
  const std::string& kept = reason.get<otp::exception_info>()->what;
  CHECK(kept.size() <= 4096);
  CHECK(kept.size() > 4000);
  CHECK(kept.substr(kept.size() - 5) == "\u00e9...");
}

TEST_CASE("two failures are the same if type and text are, whatever caused them") {
  const auto plain = reason_of([] { throw repository_error{"layer 1"}; });
  const auto caused = reason_of([] { fail_in_layers(1); });
  CHECK(plain == caused);
  CHECK(plain != reason_of([] { throw repository_error{"layer 2"}; }));
  CHECK(plain != reason_of([] { throw std::runtime_error{"layer 1"}; }));
}

TEST_CASE("the exception that is being handled is not disturbed") {
  try {
    throw std::runtime_error{"outer"};
  } catch (...) {
    const auto before = std::current_exception();
    static_cast<void>(reason_of([] { fail_in_layers(3); }));
    CHECK(std::current_exception() == before);
  }
  CHECK(std::current_exception() == nullptr);
  CHECK(std::uncaught_exceptions() == 0);
}

}  // namespace
