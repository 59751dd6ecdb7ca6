// Where what ended a process was thrown, as its crash report says it.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/gen_server.hpp>
#include <otp/logger.hpp>

#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

#include <functional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

using namespace otp_test;

namespace {

class thrower : public otp::gen_server<thrower> {
 public:
  struct fail {
    std::function<void()> how;
  };
  void handle_cast(fail m) { m.how(); }
};

// The place that the crash report of a server names which fails like this.
std::string place_of_crash(std::function<void()> how) {
  std::string place = "no report";
  otp::testing::simulation world{1, {.console = {}}};
  world.runtime().log().add_handler("test", [&](const otp::log_event& event) {
    const auto* const crash = std::get_if<otp::crash_report>(&event.report);
    if (crash != nullptr) place = crash->place;
  });
  otp::cast(otp::start<thrower>(), thrower::fail{std::move(how)});
  world.run_until_idle();
  return place;
}

std::string line_here(int offset, std::source_location here = std::source_location::current()) {
  return fmt::format("{}:{}", here.file_name(), static_cast<int>(here.line()) + offset);
}

}  // namespace

TEST_CASE("a crash report names the place of an exit", "[gen_server][G-078]") {
  const auto expected = line_here(1);
  CHECK(place_of_crash([] { otp::exit("oops"s); }) == expected);
}

TEST_CASE("a crash report names the place that Boost's exceptions know", "[gen_server][G-078]") {
  namespace sys = boost::system;
  constexpr boost::source_location thrown{"thrown.cpp", 7, "f"};
  static constexpr boost::source_location failed{"failed.cpp", 8, "g"};
  CHECK(place_of_crash([=] {
          boost::throw_exception(std::runtime_error{"oops"}, thrown);
        }) == "thrown.cpp:7");
  CHECK(place_of_crash([=] {
          boost::throw_with_location(std::runtime_error{"oops"}, thrown);
        }) == "thrown.cpp:7");
  CHECK(place_of_crash([] {
          sys::error_code code;
          code.assign(1, sys::generic_category(), &failed);
          throw sys::system_error{code};
        }) == "failed.cpp:8");
  CHECK(place_of_crash([=] {
          boost::throw_exception(sys::system_error{sys::error_code{1, sys::generic_category()}},
                                 thrown);
        }) == "thrown.cpp:7");
}

TEST_CASE("a crash report names no place where none is known", "[gen_server][G-078]") {
  CHECK(place_of_crash([] { throw std::runtime_error{"oops"}; }).empty());
  CHECK(place_of_crash([] { throw 1; }).empty());
  const otp::name<scripted> nobody{"nobody"};
  CHECK(place_of_crash([=] { otp::call(nobody, ask{say("never")}); }).empty());
}

TEST_CASE("the place in a crash report is bounded", "[gen_server][G-078]") {
  static const std::string name(5000, 'x');
  const auto place = place_of_crash([] {
    const boost::source_location thrown{name.c_str(), 7, "f"};
    boost::throw_exception(std::runtime_error{"oops"}, thrown);
  });
  CHECK(place.size() == 1024);
  CHECK(place.ends_with("x..."));
}

TEST_CASE("a failing terminate replaces the place of the failure before", "[gen_server][G-063]") {
  std::string place = "no report";
  otp::testing::simulation world{1, {.console = {}}};
  world.runtime().log().add_handler("test", [&](const otp::log_event& event) {
    const auto* const crash = std::get_if<otp::crash_report>(&event.report);
    if (crash != nullptr) place = crash->place;
  });
  plan p;
  p.terminate = [](const otp::exit_reason&) { throw std::runtime_error{"terminate"}; };
  const auto ref = otp::start<scripted>(std::move(p));
  otp::cast(ref, order{[] { otp::exit("oops"s); }});
  world.run_until_idle();
  CHECK(place.empty());
}
