// Templates: what the compiler makes of them, and how their holes are filled.
#include "web/live/rendered.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace chatroom::live;

namespace {

template <fixed_string Source>
std::vector<std::string> statics_of(html_template<Source>) {
  const auto& all = detail::compiled<Source>::value.statics;
  return {all.begin(), all.end()};
}

}  // namespace

TEST_CASE("a template is split into the strings around its holes at compile time") {
  CHECK(statics_of(R"(<li id="{id}"><b>{who}</b>: {body}</li>)"_html) ==
        std::vector<std::string>{"<li id=\"", "\"><b>", "</b>: ", "</li>"});
  CHECK(statics_of("no holes"_html) == std::vector<std::string>{"no holes"});
  CHECK(statics_of("{only}"_html) == std::vector<std::string>{"", ""});
}

TEST_CASE("indentation is reduced to one line break and double braces are braces") {
  CHECK(statics_of(R"(
    <p data-x='{{"a":1}}'>
      two  spaces   stay
    </p>
  )"_html) == std::vector<std::string>{"<p data-x='{\"a\":1}'>\ntwo  spaces   stay\n</p>"});
}

TEST_CASE("text is escaped in content and in attribute values") {
  const std::string nasty = "<script>alert('1')</script> & \"q\"";
  const auto page = R"(<p title="{title}">{text}</p>)"_html(nasty, nasty);
  const std::string safe =
      "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;q&quot;";
  CHECK(to_html(page) == "<p title=\"" + safe + "\">" + safe + "</p>");
}

TEST_CASE("whole numbers, nested templates, optional templates and safe_html are printed") {
  const auto inner = "<i>{n}</i>"_html(7);
  CHECK(to_html("<p>{a}{b}{c}{d}</p>"_html(inner, std::optional<rendered>{},
                                           std::optional{inner}, safe_html{"<br>"})) ==
        "<p><i>7</i><i>7</i><br></p>");
  CHECK(to_html("{n} {u}"_html(-3, 4U)) == "-3 4");
}

TEST_CASE("an attribute hole prints an attribute or nothing") {
  const auto input = [](bool busy) {
    return R"(<input {value} {disabled}>)"_html(attribute{"value", "a\"b"},
                                                attribute{"disabled"}.when(busy));
  };
  CHECK(to_html(input(true)) == R"(<input value="a&quot;b" disabled>)");
  CHECK(to_html(input(false)) == R"(<input value="a&quot;b" >)");
}

TEST_CASE("each renders every item; items of several templates may be mixed") {
  const std::vector<int> numbers{1, 2, 3};
  const auto id = [](int n) { return n; };
  CHECK(to_html("<ul>{items}</ul>"_html(each(
            numbers, id, [](int n) { return "<li>{n}</li>"_html(n); }))) ==
        "<ul><li>1</li><li>2</li><li>3</li></ul>");
  CHECK(to_html("{items}"_html(each(numbers, id, [](int n) {
          return n % 2 == 0 ? "<b>{n}</b>"_html(n) : "<i>{n}</i>"_html(n);
        }))) == "<i>1</i><b>2</b><i>3</i>");
  CHECK(to_html("<ul>{items}</ul>"_html(each(std::vector<int>{}, id, [](int n) {
          return "<li>{n}</li>"_html(n);
        }))) == "<ul></ul>");
}

TEST_CASE("one template has one identity wherever it is used") {
  const auto a = "<p>{x}</p>"_html(1);
  const auto b = "<p>{x}</p>"_html(2);
  const auto c = "<p>{y}</p>"_html(2);
  CHECK(a.form == b.form);
  CHECK(a.form->holes() == 1);
  CHECK(to_html(b) == to_html(c));
}
