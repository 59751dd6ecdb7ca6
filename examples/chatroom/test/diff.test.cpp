// The diff engine: the frames it writes, and that a browser which applies them shows the page.
#include "web/live/diff.hpp"
#include "web/live/stream.hpp"

#include "model_client.hpp"

#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace chatroom;
using namespace chatroom::live;

namespace {

struct person {
  std::string name;
  std::string state;
};

rendered people(const std::vector<person>& list) {
  return "<ul>{people}</ul>"_html(each(
      list, [](const person& p) { return p.name; },
      [](const person& p) { return "<li>{name} {state}</li>"_html(p.name, p.state); }));
}

}  // namespace

TEST_CASE("the join reply holds the statics and every value as a string") {
  differ view;
  CHECK(view.full("<b>{n}</b>{inner}"_html(5, "<i>{x}</i>"_html("a<b")), {.title = "Chat"}) ==
        R"({"s":["<b>","</b>",""],"0":"5","1":{"s":0,"0":"a&lt;b"},)"
        R"("p":{"0":["<i>","</i>"]},"t":"Chat"})");
}

TEST_CASE("a diff names only the holes that changed, and nothing is an empty object") {
  differ view;
  const auto page = [](int n, std::string_view s) { return "<b>{n}</b>{s}"_html(n, s); };
  view.full(page(1, "x"));
  CHECK(view.diff(page(1, "x")) == "{}");
  CHECK(view.diff(page(2, "x")) == R"({"0":"2"})");
  CHECK(view.diff(page(2, "y"), {.title = "T", .events = {{"sent", R"({"id":1})"}, {"done"}}}) ==
        R"({"1":"y","t":"T","e":[["sent",{"id":1}],["done",{}]]})");
}

TEST_CASE("another template in a hole is sent with its statics, the same one without") {
  differ view;
  const auto page = [](bool form, std::string_view s) {
    return "<div>{x}</div>"_html(form ? "<form>{s}</form>"_html(s) : "<p>{s}</p>"_html(s));
  };
  view.full(page(true, "a"));
  CHECK(view.diff(page(true, "b")) == R"({"0":{"0":"b"}})");
  CHECK(view.diff(page(false, "b")) ==
        R"({"0":{"s":0,"0":"b"},"p":{"0":["<p>","</p>"]}})");
}

TEST_CASE("a keyed list sends changed entries, moves with km, and its count") {
  differ view;
  view.full(people({{"a", "on"}, {"b", "on"}, {"c", "on"}}));
  CHECK(view.diff(people({{"a", "on"}, {"b", "typing"}, {"c", "on"}})) ==
        R"({"0":{"k":{"1":{"1":"typing"},"kc":3}}})");
  CHECK(view.diff(people({{"c", "on"}, {"a", "away"}, {"b", "typing"}})) ==
        R"({"0":{"k":{"0":2,"1":[0,{"1":"away"}],"2":1,"km":true,"kc":3}}})");
  CHECK(view.diff(people({{"a", "away"}})) == R"({"0":{"k":{"0":1,"km":true,"kc":1}}})");
  CHECK(view.diff(people({})) == R"({"0":""})");
  CHECK(view.diff(people({{"z", "on"}})) ==
        R"({"0":{"s":0,"k":{"0":{"0":"z","1":"on"},"kc":1}},"p":{"0":["<li>"," ","</li>"]}})");
}

TEST_CASE("a stream sends its operations once and remembers nothing") {
  differ view;
  stream messages{"0", -50};
  const auto page = [&] { return R"(<ol id="m">{stream}</ol>)"_html(messages.take()); };
  const auto item = [](std::string_view id) { return R"(<li id="{id}"></li>)"_html(id); };
  CHECK(view.full(page()) ==
        R"({"s":["<ol id=\"m\">","</ol>"],"0":{"s":[""],"k":{"kc":0},"stream":["0",[],[]]}})");
  CHECK(view.diff(page()) == "{}");
  messages.append("m-1", item("m-1"));
  CHECK(view.diff(page()) ==
        R"({"0":{"s":0,"k":{"0":{"0":"m-1"},"kc":1},"stream":["0",[["m-1",-1,-50,null]],[]]},)"
        R"("p":{"0":["<li id=\"","\"></li>"]}})");
  CHECK(view.diff(page()) == "{}");
  messages.remove("m-1");
  CHECK(view.diff(page()) ==
        R"({"0":{"s":[""],"k":{"kc":0},"stream":["0",[],["m-1"]]}})");
  messages.reset();
  CHECK(view.diff(page()) == R"({"0":{"s":[""],"k":{"kc":0},"stream":["0",[],[],true]}})");
}

TEST_CASE("the browser's stream is what was appended, prepended, removed and limited") {
  differ view;
  stream messages{"0", -3};
  test::model_client browser;
  const auto page = [&] { return "<ol>{stream}</ol>"_html(messages.take()); };
  const auto add = [&](int id) {
    messages.append(std::to_string(id), "<li>{n}</li>"_html(id));
  };
  add(1), add(2);
  browser.join(view.full(page()));
  CHECK(browser.html() == "<ol><li>1</li><li>2</li></ol>");
  add(3), add(4);
  browser.apply(view.diff(page()));
  CHECK(browser.html() == "<ol><li>2</li><li>3</li><li>4</li></ol>");
  messages.remove("3");
  messages.append("2", "<li>{n}</li>"_html("edited"));
  browser.apply(view.diff(page()));
  CHECK(browser.html() == "<ol><li>edited</li><li>4</li></ol>");
  browser.apply(view.diff(page()));
  CHECK(browser.html() == "<ol><li>edited</li><li>4</li></ol>");
  messages.reset();
  add(9);
  browser.apply(view.diff(page()));
  CHECK(browser.html() == "<ol><li>9</li></ol>");
}

namespace {

// A random page over a few templates, so that equal, changed and replaced parts are all frequent.
class random_pages {
 public:
  explicit random_pages(unsigned seed) : random_{seed} {}

  rendered page() {
    return "<main>{a}<p class=\"{b}\">{c}</p>{d}</main>"_html(any(3), word(), any(3), any(3));
  }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  std::string word() { return std::string(pick(3), "ab<&"[pick(4)]); }

  dynamic any(unsigned depth) {
    switch (depth == 0 ? 0 : pick(4)) {
      case 0: return {escaped(word())};
      case 1: return {"<i>{x}</i>"_html(any(depth - 1))};
      case 2: return {"<b>{x}</b>{y}"_html(any(depth - 1), word())};
      default: return list(depth - 1);
    }
  }

  dynamic list(unsigned depth) {
    std::vector<unsigned> keys;
    for (unsigned key = 0; key < 6; ++key) {
      if (pick(2) == 0) keys.push_back(key);
    }
    std::shuffle(keys.begin(), keys.end(), random_);
    if (!keys.empty() && pick(8) == 0) keys.push_back(keys.front());  // a key used twice
    const bool mixed = pick(4) == 0;
    return each(
        keys, [](unsigned key) { return key; },
        [&](unsigned key) {
          if (mixed && key % 2 == 0) return "<dt>{k}</dt>"_html(key);
          return "<li>{k} {x}</li>"_html(key, any(depth));
        });
  }

  static std::string escaped(const std::string& text) { return to_html("{t}"_html(text)); }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("after any sequence of diffs the browser shows what a full render shows") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    random_pages pages{seed};
    differ view;
    test::model_client browser;
    rendered page = pages.page();
    browser.join(view.full(page));
    REQUIRE(browser.html() == to_html(page));
    for (int step = 0; step < 30; ++step) {
      page = pages.page();
      browser.apply(view.diff(page));
      INFO("seed " << seed << " step " << step);
      REQUIRE(browser.html() == to_html(page));
    }
  }
}
