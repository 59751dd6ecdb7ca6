// Suggestions for misspelt names.
#include "support/catch.hpp"
#include <otp/detail/nearest_name.hpp>

using otp::detail::edit_distance;
using otp::detail::nearest_name;

TEST_CASE("the distance counts letters added, left out, replaced and swapped") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("port", "port") == 0);
  CHECK(edit_distance("", "port") == 4);
  CHECK(edit_distance("prot", "port") == 1);
  CHECK(edit_distance("por", "port") == 1);
  CHECK(edit_distance("poort", "port") == 1);
  CHECK(edit_distance("pork", "port") == 1);
  CHECK(edit_distance("ca", "abc") == 3);
}

TEST_CASE("the nearest candidate is suggested, if it is near enough") {
  CHECK(nearest_name("prot", {"host", "port"}) == "port");
  CHECK(nearest_name("databse_pth", {"database_path"}) == "database_path");
  CHECK(nearest_name("colour", {"host", "port"}).empty());
  CHECK(nearest_name("x", {}).empty());
}
