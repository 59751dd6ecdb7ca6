// The directory of tables that processes publish.
#include "support/catch.hpp"
#include <otp/detail/published_tables.hpp>

#include <memory>
#include <string>

using otp::detail::published_tables;

namespace {

constexpr otp::pid owner{0, 1, 7};
constexpr otp::pid other{0, 2, 8};

}  // namespace

TEST_CASE("a table is found under its owner and its type until it is withdrawn") {
  published_tables tables;
  tables.publish(owner, std::make_shared<std::string>("rows"));
  REQUIRE(tables.find<std::string>(owner) != nullptr);
  CHECK(*tables.find<std::string>(owner) == "rows");
  CHECK(tables.find<int>(owner) == nullptr);
  CHECK(tables.find<std::string>(other) == nullptr);
  tables.withdraw(owner);
  tables.withdraw(other);
  CHECK(tables.find<std::string>(owner) == nullptr);
}

TEST_CASE("a table that is being read outlives its withdrawal") {
  published_tables tables;
  tables.publish(owner, std::make_shared<std::string>("rows"));
  const auto held = tables.find<std::string>(owner);
  tables.withdraw(owner);
  CHECK(*held == "rows");
}

TEST_CASE("the destructor of a table may use the directory") {
  published_tables tables;
  tables.publish(other, std::make_shared<int>(1));
  tables.publish(owner, std::shared_ptr<int>{new int{2}, [&](int* value) {
                                               delete value;
                                               tables.withdraw(other);
                                             }});
  tables.withdraw(owner);
  CHECK(tables.find<int>(other) == nullptr);
}
