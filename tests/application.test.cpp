// Applications as classes, and their environment.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/application.hpp>
#include <otp/application_controller.hpp>

#include <stdexcept>
#include <string>

using namespace otp_test;
namespace controller = otp::application_controller;

namespace {

class storage : public otp::application<storage> {
 public:
  static constexpr std::string_view name = "storage";
};

class prices : public otp::application<prices> {
 public:
  static constexpr std::string_view name = "prices";
  static constexpr std::string_view version = "1.0";
  static constexpr std::string_view description = "what things cost";
  using depends_on = otp::applications<storage>;
  static std::vector<otp::config_key> configuration() {
    return {{.name = "currency", .value = "EUR"},
            {.name = "digits", .value = 2, .check = otp::between(0, 4)}};
  }
  void start(otp::start_type) { otp::put_env("prices", "seen", get_env<std::string>("currency")); }
};

class shop : public otp::application<shop> {
 public:
  static constexpr std::string_view name = "shop";
  using depends_on = otp::applications<prices, storage>;
  otp::pid start(otp::start_type) { return otp::spawn(obey); }
};

/// What an operation throws for people.
template <class Work>
std::string thrown(Work work) {
  try {
    work();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "nothing thrown";
}

}  // namespace

TEST_CASE("a class brings what it needs along", "[L-004]") {
  CHECK(always([] {
          auto started = controller::ensure_all_started<shop>().value();
          const auto all = controller::loaded_applications();
          return fmt::format("{}; {} {}", fmt::join(started, " "), all[0].version,
                             all[0].description);
        }) == "storage prices shop; 1.0 what things cost");
}

TEST_CASE("a process that start has started is the top of the tree", "[L-001][L-019]") {
  CHECK(always([] {
          controller::ensure_all_started<shop>().value();
          const auto top = controller::top_of("shop");
          return end_of(top, [] { controller::stop<shop>().value(); });
        }) == "shutdown");
}

TEST_CASE("settings are read by key and keep their source", "[L-025][L-026]") {
  CHECK(always([] {
          controller::ensure_all_started<prices>().value();
          std::string text = otp::fetch_env<std::string>("prices", "seen");
          const auto source = [] { return otp::get_all_env("prices").source("digits").to_string(); };
          text += fmt::format(" {}", source());
          otp::put_env("prices", "digits", 3);
          text += fmt::format(" {} {}", otp::fetch_env<int>("prices", "digits"), source());
          return text;
        }) == "EUR default 3 put_env");
}

TEST_CASE("a default is taken only when there is no such key", "[L-025]") {
  CHECK(always([] {
          otp::put_env("any", "none", otp::config_type::integer);
          return fmt::format("{} {} {}", *otp::get_env<int>("any", "missing", 7),
                             otp::get_env<int>("any", "none", 7).has_value(),
                             otp::get_env<int>("any", "missing").has_value());
        }) == "7 false false");
}

TEST_CASE("a value that the declaration refuses is not taken", "[L-026]") {
  CHECK(always([] {
          controller::load(otp::spec_of<prices>()).value();
          return thrown([] { otp::put_env("prices", "digits", 9); }) + "\n" +
                 thrown([] { otp::put_env("prices", "currency", 9); }) + "\n" +
                 thrown([] { otp::fetch_env<int>("prices", "digit"); }) +
                 fmt::format(" {}", otp::fetch_env<int>("prices", "digits"));
        }) == "otp: digits of application \"prices\": 9 is not valid; expected a whole number from "
              "0 to 4\n"
              "otp: currency of application \"prices\": 9 is not valid; expected a text\n"
              "otp: no configuration key \"digit\" was declared; did you mean \"digits\"? 2");
}

TEST_CASE("a value put before the load gives way to the spec unless it is persistent", "[L-027]") {
  CHECK(always([] {
          otp::put_env("prices", "digits", 1);
          otp::put_env("prices", "currency", "USD", {.persistent = true});
          otp::put_env("prices", "own", 5);
          controller::load(otp::spec_of<prices>()).value();
          return fmt::format("{} {} {}", otp::fetch_env<int>("prices", "digits"),
                             otp::fetch_env<std::string>("prices", "currency"),
                             otp::fetch_env<int>("prices", "own"));
        }) == "2 USD 5");
}

TEST_CASE("settings outlive a stop and go with the application", "[L-028]") {
  CHECK(always([] {
          controller::ensure_all_started<prices>().value();
          otp::put_env("prices", "digits", 3);
          controller::stop<prices>().value();
          const auto kept = otp::fetch_env<int>("prices", "digits");
          controller::unload("prices").value();
          return fmt::format("{} {}", kept, otp::try_fetch_env("prices", "digits").has_value());
        }) == "3 false");
}

TEST_CASE("the same class may run under several names, each with settings of its own", "[L-025]") {
  CHECK(always([] {
          controller::ensure_all_started<storage>().value();
          auto other = otp::spec_of<prices>();
          other.name = "other_prices";
          controller::load(std::move(other)).value();
          otp::put_env("other_prices", "currency", "USD");
          controller::start("other_prices").value();
          return otp::fetch_env<std::string>("prices", "seen");
        }) == "USD");
}
