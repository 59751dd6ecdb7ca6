// The text exposition format, read back by a parser of our own (C-291).
#include "support/catch.hpp"
#include <otp/metric_store.hpp>
#include <otp/prometheus.hpp>

#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace m = otp::metrics;
using unit = otp::metric_unit;

namespace {

// ---- a reader of the format, which accepts nothing else

struct sample {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};

struct family {
  std::string name;
  std::string help;
  std::string type;
  std::vector<sample> samples;
};

class parser {
 public:
  explicit parser(std::string_view text) : rest_{text} {}

  std::vector<family> parse() {
    std::vector<family> all;
    while (!rest_.empty()) {
      if (take("# HELP ")) {
        all.push_back({name(true), {}, {}, {}});
        expect(" ");
        all.back().help = escaped('\n', false);
        expect("# TYPE " + all.back().name + " ");
        all.back().type = word();
        expect("\n");
      } else {
        if (all.empty()) fail("a sample before the first family");
        all.back().samples.push_back(one_sample());
      }
    }
    return all;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error{fmt::format("{} at \"{}\"", why, rest_.substr(0, 40))};
  }
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  void expect(std::string_view text) {
    if (!take(text)) fail(fmt::format("expected \"{}\"", text));
  }
  char next() {
    if (rest_.empty()) fail("the text ends");
    const char first = rest_.front();
    rest_.remove_prefix(1);
    return first;
  }
  std::string name(bool colons) {
    std::string found;
    const auto fits = [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c == ':' && colons) ||
             (c >= '0' && c <= '9' && !found.empty());
    };
    while (!rest_.empty() && fits(rest_.front())) found += next();
    if (found.empty()) fail("expected a name");
    return found;
  }
  std::string word() {
    std::string found;
    while (!rest_.empty() && rest_.front() != '\n') found += next();
    return found;
  }
  std::string escaped(char end, bool quotes) {
    std::string found;
    for (char c = next(); c != end; c = next()) {
      if (c == '\n') fail("a line break within a text");
      if (c != '\\') {
        found += c;
        continue;
      }
      const char what = next();
      if (what == 'n') {
        found += '\n';
      } else if (what == '\\' || (what == '"' && quotes)) {
        found += what;
      } else {
        fail("an unknown escape");
      }
    }
    return found;
  }
  sample one_sample() {
    sample read;
    read.name = name(true);
    if (take("{")) {
      do {
        std::string label = name(false);
        expect("=\"");
        read.labels.emplace_back(std::move(label), escaped('"', true));
      } while (take(","));
      expect("}");
    }
    expect(" ");
    const std::string number = word();
    expect("\n");
    read.value = value_of(number);
    return read;
  }
  double value_of(const std::string& number) const {
    if (number == "+Inf") return std::numeric_limits<double>::infinity();
    if (number == "NaN") return std::numeric_limits<double>::quiet_NaN();
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0') fail("expected a number");
    return value;
  }

  std::string_view rest_;
};

// Fails unless the text is valid as a whole: lines belong to the family they stand in, no family and
// no series is there twice, labels of a line differ, histograms are cumulative.
std::vector<family> checked(const std::string& text) {
  const auto all = parser{text}.parse();
  std::set<std::string> names;
  std::set<std::string> series;
  for (const auto& each : all) {
    REQUIRE(names.insert(each.name).second);
    REQUIRE_FALSE(each.samples.empty());
    std::set<std::string> allowed{each.name};
    if (each.type == "summary") allowed.insert({each.name + "_sum", each.name + "_count"});
    if (each.type == "histogram") {
      allowed = {each.name + "_bucket", each.name + "_sum", each.name + "_count"};
    }
    double last = -1;
    double last_bound = 0;
    for (const auto& line : each.samples) {
      REQUIRE(allowed.contains(line.name));
      std::set<std::string> labels;
      std::string identity = line.name;
      for (const auto& [label, value] : line.labels) {
        REQUIRE(labels.insert(label).second);
        REQUIRE_FALSE(label.starts_with("__"));
        identity += fmt::format("|{}|{}:{}", label, value.size(), value);
      }
      REQUIRE(series.insert(identity).second);
      if (line.name == each.name + "_bucket") {
        REQUIRE(line.labels.back().first == "le");
        const auto& bound = line.labels.back().second;
        const double number = bound == "+Inf" ? std::numeric_limits<double>::infinity()
                                              : std::strtod(bound.c_str(), nullptr);
        if (last >= 0) REQUIRE(number > last_bound);
        REQUIRE(line.value >= last);
        last_bound = number;
        last = line.value;
      } else if (last >= 0 && line.name == each.name + "_count") {
        REQUIRE(last_bound == std::numeric_limits<double>::infinity());
        REQUIRE(line.value == last);
        last = -1;
      }
    }
    for (const auto& suffix : allowed) names.insert(suffix);
  }
  return all;
}

std::string text_of(const otp::metric_store& store) { return otp::prometheus::text(store.read()); }

}  // namespace

TEST_CASE("each kind of metric is written as Prometheus reads it, in seconds and bytes") {
  otp::metric_store store{
      {m::counter("shop.http.request.count", {.tags = {"method"}, .description = "Requests."}),
       m::sum("shop.http.request.size", {.unit = unit::kilobyte}),
       m::sum("shop.http.request.change", {.monotonic = false}),
       m::last_value("shop.http.request.duration", {.unit = unit::second}),
       m::summary("shop.http.request.time", {.tags = {"method"}, .unit = unit::millisecond}),
       m::distribution("shop.http.request.wait", {5, 700}, {.unit = unit::millisecond})}};
  for (const int n : {1, 700, 701}) {
    store.record("shop.http.request",
                 {{"size", n},
                  {"change", -n},
                  {"duration", std::chrono::milliseconds{n}},
                  {"time", std::chrono::milliseconds{n}},
                  {"wait", n}},
                 {{"method", n == 1 ? "PUT" : "GET"}});
  }
  const std::string text = text_of(store);
  checked(text);
  CHECK(text == R"(# HELP shop_http_request_count_total Requests.
# TYPE shop_http_request_count_total counter
shop_http_request_count_total{method="GET"} 2
shop_http_request_count_total{method="PUT"} 1
# HELP shop_http_request_size_bytes_total The sum shop.http.request.size.
# TYPE shop_http_request_size_bytes_total counter
shop_http_request_size_bytes_total 1402000
# HELP shop_http_request_change The sum shop.http.request.change.
# TYPE shop_http_request_change gauge
shop_http_request_change -1402
# HELP shop_http_request_duration_seconds The last_value shop.http.request.duration.
# TYPE shop_http_request_duration_seconds gauge
shop_http_request_duration_seconds 0.701
# HELP shop_http_request_time_seconds The summary shop.http.request.time.
# TYPE shop_http_request_time_seconds summary
shop_http_request_time_seconds{method="GET",quantile="0.5"} 0.7
shop_http_request_time_seconds{method="GET",quantile="0.9"} 0.701
shop_http_request_time_seconds{method="GET",quantile="0.99"} 0.701
shop_http_request_time_seconds_sum{method="GET"} 1.401
shop_http_request_time_seconds_count{method="GET"} 2
shop_http_request_time_seconds{method="PUT",quantile="0.5"} 0.001
shop_http_request_time_seconds{method="PUT",quantile="0.9"} 0.001
shop_http_request_time_seconds{method="PUT",quantile="0.99"} 0.001
shop_http_request_time_seconds_sum{method="PUT"} 0.001
shop_http_request_time_seconds_count{method="PUT"} 1
# HELP shop_http_request_wait_seconds The distribution shop.http.request.wait.
# TYPE shop_http_request_wait_seconds histogram
shop_http_request_wait_seconds_bucket{le="0.005"} 1
shop_http_request_wait_seconds_bucket{le="0.7"} 2
shop_http_request_wait_seconds_bucket{le="+Inf"} 3
shop_http_request_wait_seconds_sum 1.402
shop_http_request_wait_seconds_count 3
)");
}

TEST_CASE("before the first event there is what can be known: zeros, no quantiles, no last values") {
  const otp::metric_store store{{m::counter("a.n"), m::counter("a.t", {.tags = {"x"}}),
                                 m::last_value("a.n"), m::summary("a.s"),
                                 m::distribution("a.d", {1})}};
  const auto all = checked(text_of(store));
  REQUIRE(all.size() == 3);
  CHECK(all[0].name == "a_n_total");
  CHECK(all[0].samples.at(0).value == 0);
  CHECK(all[1].samples.size() == 2);
  CHECK(all[2].samples.size() == 4);
}

TEST_CASE("descriptions and tag values arrive as they were, whatever is in them") {
  std::mt19937_64 random{3};
  const std::vector<std::string> pieces{"\\", "\"", "\n", "n", "a",  ",",      "{",  "}",
                                        "=",  " ",  "#",  "é", "\r", "\t", "日本", "\\n"};
  const auto any_text = [&] {
    std::string text;
    for (auto left = random() % 8; left > 0; --left) text += pieces[random() % pieces.size()];
    return text;
  };
  for (int round = 0; round < 300; ++round) {
    const std::string described = any_text();
    otp::metric_store store{
        {m::counter("a.n", {.tags = {"x", "y"}, .description = described})}};
    std::map<std::vector<std::string>, int> expected;
    for (auto left = random() % 10 + 1; left > 0; --left) {
      const std::vector<std::string> tags{any_text(), any_text()};
      store.record("a", {}, {{"x", tags[0]}, {"y", tags[1]}});
      ++expected[tags];
    }
    const std::string text = text_of(store);
    const auto all = checked(text);
    REQUIRE(all.size() == 1);
    if (!described.empty()) REQUIRE(all[0].help == described);
    REQUIRE(all[0].samples.size() == expected.size());
    auto next = expected.begin();  // series are written in the order of their tags
    for (const auto& line : all[0].samples) {
      REQUIRE(line.labels.at(0) == std::pair{std::string{"x"}, next->first[0]});
      REQUIRE(line.labels.at(1) == std::pair{std::string{"y"}, next->first[1]});
      REQUIRE(line.value == next->second);
      ++next;
    }
    REQUIRE(text_of(store) == text);
  }
}

TEST_CASE("every text is valid, however metrics and tags are named") {
  std::mt19937_64 random{4};
  const std::vector<std::string> words{"a",  "b",     "a_b", "n",        "1x",    "count", "sum", "é",
                                       "total", "bucket", "seconds", "le", "quantile", "__x", "A:b", "-"};
  const auto word = [&] { return words[random() % words.size()]; };
  const auto units = {unit::none, unit::second, unit::millisecond, unit::byte};
  for (int round = 0; round < 300; ++round) {
    std::vector<otp::metric> list;
    std::set<std::string> known;
    for (int n = 0; n < 12; ++n) {
      const auto kind = static_cast<otp::metric_kind>(random() % 5);
      const std::string name = random() % 2 == 0 ? "a." + word() : "a.b." + word();
      if (!known.insert(fmt::format("{}{}", static_cast<int>(kind), name)).second) continue;
      otp::metric_options options{.measurement = "n",
                                  .unit = *(units.begin() + static_cast<int>(random() % 4)),
                                  .monotonic = random() % 2 == 0};
      std::set<std::string> tags;
      for (auto left = random() % 4; left > 0; --left) tags.insert(word());
      options.tags.assign(tags.begin(), tags.end());
      options.event_name = "e";
      list.emplace_back(kind, name, std::vector<double>{1, 2}, std::move(options));
    }
    const std::size_t count = list.size();
    otp::metric_store store{std::move(list)};
    store.record("e", {{"n", 1}}, {});
    store.record("e", {{"n", 7}}, {{"a", "x"}, {"le", "x"}});
    INFO(text_of(store));
    REQUIRE(checked(text_of(store)).size() == count);
  }
}

TEST_CASE("a metric whose name is taken is written under a name that says its kind") {
  const otp::metric_store store{{m::summary("a.n"), m::distribution("a.n", {1}), m::sum("a.n.count"),
                                 m::sum("a_n.count", {.monotonic = false}), m::counter("a.b_total"),
                                 m::counter("a.b")}};
  std::vector<std::string> names;
  for (const auto& each : checked(text_of(store))) names.push_back(each.name);
  CHECK(names == std::vector<std::string>{"a_n", "a_n_distribution", "a_n_count_total",
                                          "a_n_count_sum", "a_b_total", "a_b_counter_total"});
}
