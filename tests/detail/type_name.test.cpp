// Names of types for reports, and their identities.
#include <otp/detail/type_name.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

namespace sample {

struct counter {
  struct add {};
};

template <class T>
struct box {};

}  // namespace sample

namespace {

struct hidden {
  struct message {};
};

using otp::detail::short_type_name;
using otp::detail::type_id_name;
using otp::detail::type_name;
using otp::detail::type_tag;

TEST_CASE("a type is named with its scopes") {
  CHECK(type_name<int>() == "int");
  CHECK(type_name<sample::counter::add>() == "sample::counter::add");
  CHECK(type_name<sample::box<int>>() == "sample::box<int>");
}

TEST_CASE("names are known when compiling") {
  static_assert(type_name<double>() == "double");
  static_assert(short_type_name<hidden::message>() == "hidden::message");
}

TEST_CASE("the short name leaves unnamed namespaces out") {
  CHECK(short_type_name<hidden::message>() == "hidden::message");
  CHECK(short_type_name<sample::box<hidden>>() == "sample::box<hidden>");
}

TEST_CASE("the short name leaves the function around a local type out") {
  struct local {
    struct inner {};
  };
  CHECK(short_type_name<local>() == "local");
  CHECK(short_type_name<local::inner>() == "local::inner");
}

TEST_CASE("ids are equal exactly when the types are the same") {
  CHECK(type_tag<int>() == type_tag<int>());
  CHECK(type_tag<int>() != type_tag<unsigned>());
  CHECK(type_tag<sample::counter>() != type_tag<sample::counter::add>());
}

template <int>
struct scope {
  static auto make() {
    struct ping {};
    return ping{};
  }
};

TEST_CASE("types of the same short name in different scopes have different ids") {
  using first = decltype(scope<1>::make());
  using second = decltype(scope<2>::make());
  CHECK(type_tag<first>() != type_tag<second>());
}

TEST_CASE("an id knows the name of its type") {
  CHECK(type_id_name(type_tag<hidden::message>()) == "hidden::message");
}

}  // namespace
