// Which types may be sent to another process. All of it is decided when compiling.
#include <otp/detail/sendable.hpp>

#include <otp/exit_reason.hpp>
#include <otp/result.hpp>

#include "support/catch.hpp"

#include <any>
#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace {

using otp::sendable;

enum class colour { red };

struct nothing {};

struct text_and_number {
  std::string text;
  int number;
};

struct borrowed_text {
  std::string owned;
  std::string_view borrowed;
};

TEST_CASE("values that own their data are sendable") {
  CHECK(sendable<int>);
  CHECK(sendable<colour>);
  CHECK(sendable<nothing>);
  CHECK(sendable<std::string>);
  CHECK(sendable<std::chrono::milliseconds>);
  CHECK(sendable<std::filesystem::path>);
  CHECK(sendable<text_and_number>);
}

TEST_CASE("references, pointers and views are not sendable") {
  CHECK_FALSE(sendable<int&>);
  CHECK_FALSE(sendable<int*>);
  CHECK_FALSE(sendable<const char*>);
  CHECK_FALSE(sendable<std::nullptr_t>);
  CHECK_FALSE(sendable<std::string_view>);
  CHECK_FALSE(sendable<std::span<int>>);
  CHECK_FALSE(sendable<std::span<const int, 3>>);
  CHECK_FALSE(sendable<std::reference_wrapper<int>>);
  CHECK_FALSE(sendable<std::initializer_list<int>>);
}

TEST_CASE("what cannot be moved is not sendable") {
  struct holds_a_mutex {
    std::mutex mutex;
  };
  CHECK_FALSE(sendable<std::mutex>);
  CHECK_FALSE(sendable<holds_a_mutex>);
  CHECK_FALSE(sendable<void>);
}

TEST_CASE("containers are as sendable as what they hold") {
  CHECK(sendable<std::vector<std::string>>);
  CHECK(sendable<std::map<std::string, std::vector<int>>>);
  CHECK(sendable<std::array<char, 300>>);
  CHECK(sendable<std::optional<std::string>>);
  CHECK(sendable<std::variant<std::monostate, int, std::string>>);
  CHECK_FALSE(sendable<std::vector<int*>>);
  CHECK_FALSE(sendable<std::map<std::string, std::string_view>>);
  CHECK_FALSE(sendable<std::array<const char*, 2>>);
  CHECK_FALSE(sendable<std::optional<std::string_view>>);
  CHECK_FALSE(sendable<std::pair<int, int*>>);
  CHECK_FALSE(sendable<std::tuple<int, int&>>);
  CHECK_FALSE(sendable<std::variant<int, std::string_view>>);
}

TEST_CASE("fields that refer to other data make an aggregate not sendable") {
  struct pointer_last {
    int number;
    int* pointer;
  };
  struct names {
    const char* all[2];
  };
  CHECK_FALSE(sendable<borrowed_text>);
  CHECK_FALSE(sendable<pointer_last>);
  CHECK_FALSE(sendable<names>);
}

TEST_CASE("the check goes into fields of fields") {
  struct once {
    borrowed_text inner;
  };
  struct twice {
    int number;
    std::optional<once> inner;
  };
  struct in_the_middle {
    std::string first;
    once second;
    std::string third;
  };
  struct derived : borrowed_text {
    int number;
  };
  CHECK_FALSE(sendable<once>);
  CHECK_FALSE(sendable<twice>);
  CHECK_FALSE(sendable<in_the_middle>);
  CHECK_FALSE(sendable<derived>);
}

TEST_CASE("references among the fields are found, whatever their kind and place") {
  struct lvalue {
    int& field;
  };
  struct constant {
    const std::string& field;
  };
  struct rvalue {
    std::string&& field;
  };
  struct last {
    int number;
    std::string text;
    int& field;
  };
  struct beside_a_move_only_field {
    std::unique_ptr<int> owner;
    const int& field;
  };
  struct nested {
    constant inner;
  };
  CHECK_FALSE(sendable<lvalue>);
  CHECK_FALSE(sendable<constant>);
  CHECK_FALSE(sendable<rvalue>);
  CHECK_FALSE(sendable<last>);
  CHECK_FALSE(sendable<beside_a_move_only_field>);
  CHECK_FALSE(sendable<nested>);
}

TEST_CASE("constant fields are no references") {
  struct constants {
    const int number;
    const std::string text;
    std::unique_ptr<int> owner;
  };
  CHECK(sendable<constants>);
}

TEST_CASE("arrays among the fields are looked at element by element") {
  struct label {
    char text[16];
    int number;
  };
  struct matrix {
    int cells[2][3];
  };
  struct names {
    std::string first[3];
    label second;
  };
  struct long_buffer {
    char bytes[1000];
    std::string text;
  };
  CHECK(sendable<label>);
  CHECK(sendable<matrix>);
  CHECK(sendable<names>);
  CHECK(sendable<long_buffer>);
}

TEST_CASE("unusual aggregates are sendable") {
  struct bits {
    unsigned low : 3;
    unsigned high : 5;
    std::string text;
  };
  struct tagged {
    union {
      int whole;
      float real;
    };
    int tag;
  };
  struct with_base : text_and_number {
    int more;
  };
  struct with_defaults {
    int number = 3;
    std::string text = "x";
  };
  CHECK(sendable<bits>);
  CHECK(sendable<tagged>);
  CHECK(sendable<with_base>);
  CHECK(sendable<with_defaults>);
}

TEST_CASE("fields without a default constructor are no obstacle") {
  struct no_default {
    explicit no_default(int) {}
  };
  struct owns {
    std::string text;
    no_default several[2];
  };
  struct borrows {
    no_default first;
    const char* text;
  };
  CHECK(sendable<owns>);
  CHECK_FALSE(sendable<borrows>);
}

TEST_CASE("fields that convert from anything are no obstacle") {
  struct greedy {
    std::any anything;
    std::function<void(int)> function;
    std::optional<std::string> maybe;
    std::variant<int, std::string> either;
    otp::exit_reason reason;
    otp::result<int> outcome;
  };
  struct greedy_and_borrowing {
    std::any anything;
    std::function<void(int)> function;
    const char* text;
  };
  CHECK(sendable<greedy>);
  CHECK_FALSE(sendable<greedy_and_borrowing>);
}

struct tree {
  int value;
  std::vector<tree> children;
};

struct tree_of_pointers {
  std::vector<tree_of_pointers> children;
  const tree* origin;
};

TEST_CASE("types that contain themselves are looked at once") {
  CHECK(sendable<tree>);
  CHECK_FALSE(sendable<tree_of_pointers>);
}

TEST_CASE("functions and members of classes may be pointed to") {
  struct entry {
    void (*function)(int);
    int text_and_number::*member;
  };
  CHECK(sendable<entry>);
}

struct static_table {
  const int* rows;
};

}  // namespace

template <>
inline constexpr bool otp::enable_sendable<static_table> = true;

namespace {

TEST_CASE("a type can be declared sendable, also as a part of others") {
  struct holder {
    static_table table;
    std::vector<static_table> more;
  };
  CHECK(sendable<static_table>);
  CHECK(sendable<holder>);
}

}  // namespace
