// Typed pids and names.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/gen_server.hpp>
#include <otp/server_ref.hpp>

#include <fmt/format.h>

#include <set>
#include <string>
#include <type_traits>
#include <unordered_set>

using namespace otp_test;

namespace {

struct other : otp::gen_server<other> {};

/// Answers whether it is itself.
class narcissus : public otp::gen_server<narcissus> {
 public:
  struct me {
    using reply = otp::server_ref<narcissus>;
  };
  otp::server_ref<narcissus> handle_call(me) { return self(); }
};

}  // namespace

static_assert(std::is_trivially_copyable_v<server>);
static_assert(!std::is_convertible_v<otp::pid, server>);
static_assert(!std::is_convertible_v<server, otp::server_ref<other>>);
static_assert(!std::is_convertible_v<server, otp::pid>);
static_assert(otp::server_address<server>);
static_assert(otp::server_address<otp::name<scripted>>);
static_assert(!otp::server_address<otp::pid>);
static_assert(otp::sendable<server>);
static_assert(otp::sendable<otp::name<scripted>>);

TEST_CASE("a server_ref of nobody is false, and equal to another one of nobody", "[server_ref]") {
  constexpr server nobody;
  CHECK_FALSE(static_cast<bool>(nobody));
  CHECK(nobody == server{});
  CHECK_FALSE(nobody.pid());
}

TEST_CASE("server_refs are values: compared, hashed and written like pids", "[server_ref]") {
  otp::testing::simulation world{1};
  const auto a = otp::start<scripted>();
  const auto b = otp::start<scripted>();
  CHECK(a == server{a.pid()});
  CHECK(a != b);
  CHECK(std::set<server>{a, b, a}.size() == 2);
  CHECK(std::unordered_set<server>{a, b, a}.size() == 2);
  CHECK(fmt::to_string(a) == fmt::to_string(a.pid()));
}

TEST_CASE("a server knows its own typed ref", "[server_ref]") {
  otp::testing::simulation world{1};
  const auto ref = otp::start<narcissus>();
  CHECK(otp::call(ref, narcissus::me{}) == ref);
}

TEST_CASE("a ref of a server that is gone names nobody else", "[server_ref]") {
  otp::testing::simulation world{1, {.console = {}}};
  const auto old = otp::start<scripted>();
  otp::stop(old);
  for (int i = 0; i < 300; ++i) otp::start<scripted>();  // its slot is in use again
  CHECK(answered(otp::try_call(old, ask{say("never")})) == "failed: noproc");
}

TEST_CASE("a name follows its server through restarts", "[server_ref][P-113]") {
  otp::testing::simulation world{1};
  const otp::name<scripted> db{"db"};
  for (const char* text : {"first", "second"}) {
    const auto ref = otp::start<scripted>(otp::start_options{.name = "db"}, plan{});
    CHECK(otp::call(db, ask{say(text)}) == text);
    otp::stop(ref);
  }
  CHECK(db == otp::name<scripted>{"db"});
}
