// What events do to the numbers of metrics (C-263, C-264).
#include "support/catch.hpp"
#include <otp/metric_store.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace m = otp::metrics;

namespace {

using warnings = std::vector<std::string>;

otp::metric_store store_of(std::vector<otp::metric> list, warnings& told) {
  return otp::metric_store{std::move(list),
                           [&told](std::string_view text) { told.emplace_back(text); }};
}

// The readings as people see them.
std::string shown(const otp::metric_store& store) { return otp::describe(store.read()); }

const otp::metric_series& only_series(const std::vector<otp::metric_reading>& readings) {
  REQUIRE(readings.size() == 1);
  REQUIRE(readings[0].series.size() == 1);
  return readings[0].series[0];
}

}  // namespace

TEST_CASE("each kind of metric makes its own of the same events") {
  otp::metric_store store{{m::counter("a.b.size"), m::sum("a.b.size"), m::last_value("a.b.size"),
                           m::summary("a.b.size"), m::distribution("a.b.size", {1, 2.5, 10})}};
  CHECK(shown(store) ==
        "a.b.size (counter)\n  0\na.b.size (sum)\n  0\na.b.size (last_value)\na.b.size (summary)\n"
        "  count 0, min 0, mean 0, max 0, p50 0, p90 0, p99 0\n"
        "a.b.size (distribution)\n  count 0, sum 0, buckets 0 0 0 0");
  for (const double size : {1.0, 2.0, 2.5, 10.5}) store.record("a.b", {{"size", size}}, {});
  CHECK(shown(store) ==
        "a.b.size (counter)\n  4\na.b.size (sum)\n  16\na.b.size (last_value)\n  10.5\n"
        "a.b.size (summary)\n  count 4, min 1, mean 4, max 10.5, p50 2, p90 10.5, p99 10.5\n"
        "a.b.size (distribution)\n  count 4, sum 16, buckets 1 2 0 1");
}

TEST_CASE("an event counts for the metrics of exactly its name that find their measurement") {
  otp::metric_store store{{m::counter("a.b.n"), m::sum("a.b.n"), m::sum("a.n")}};
  store.record("a.b", {{"other", 1}}, {});
  store.record("a.b.n", {{"n", 5}}, {});
  store.record("b", {{"n", 5}}, {});
  CHECK(shown(store) == "a.b.n (counter)\n  1\na.b.n (sum)\n  0\na.n (sum)\n  0");
  const auto events = store.events();
  REQUIRE(events.size() == 2);
  CHECK(std::count(events.begin(), events.end(), otp::event_name{"a.b"}) == 1);
  CHECK(std::count(events.begin(), events.end(), otp::event_name{"a"}) == 1);
}

TEST_CASE("tags tell series apart, in any order of arrival the reading is sorted") {
  otp::metric_store store{{m::counter("http.request", {.tags = {"method", "status"}})}};
  store.record("http", {}, {{"status", 404}, {"method", "GET"}});
  store.record("http", {}, {{"method", "GET"}, {"status", 200}, {"path", "/"}});
  store.record("http", {}, {{"method", "DELETE"}, {"status", "404"}});
  store.record("http", {}, {{"method", "GET"}, {"status", "404"}});
  store.record("http", {}, {{"method", "GET"}});
  CHECK(shown(store) ==
        "http.request (counter)\n  method=DELETE,status=404: 1\n  method=GET,status=: 1\n"
        "  method=GET,status=200: 1\n  method=GET,status=404: 2");
}

TEST_CASE("different tag values never meet in one series") {
  otp::metric_store store{{m::counter("a.b", {.tags = {"x", "y"}})}};
  const std::string with_zero{"a\0\0", 3};
  const std::vector<std::pair<std::string, std::string>> values{
      {"a", "bc"}, {"ab", "c"}, {"abc", ""}, {"", "abc"}, {with_zero, ""}, {"a", with_zero}};
  for (const auto& [x, y] : values) store.record("a", {}, {{"x", x}, {"y", y}});
  const auto series = store.read().at(0).series;
  CHECK(series.size() == values.size());
  for (const auto& each : series) {
    CHECK(std::count(values.begin(), values.end(), std::pair{each.tags[0], each.tags[1]}) == 1);
    CHECK(std::get<std::uint64_t>(each.value) == 1);
  }
}

TEST_CASE("tag values come from a function, and keep or drop choose the events") {
  const auto of_host = [](const otp::fields& metadata) {
    const auto* const url = metadata.get<std::string>("url");
    return otp::fields{{"host", url == nullptr ? "?" : url->substr(0, url->find('/'))}};
  };
  const auto failed = [](const otp::fields& metadata) { return metadata.contains("error"); };
  otp::metric_store store{{m::counter("a.all", {.tags = {"host"}, .tag_values = of_host}),
                           m::counter("a.bad", {.keep = failed}),
                           m::counter("a.good", {.drop = failed})}};
  store.record("a", {}, {{"url", "one/x"}});
  store.record("a", {}, {{"url", "one/y"}, {"error", "oops"}});
  store.record("a", {}, {{"url", "two/"}});
  CHECK(shown(store) ==
        "a.all (counter)\n  host=one: 2\n  host=two: 1\na.bad (counter)\n  1\na.good (counter)\n  2");
}

TEST_CASE("values beyond the limit go into one series more, and a warning says so once") {
  warnings told;
  auto store = store_of({m::counter("a.n", {.tags = {"user", "page"}, .max_series = 2})}, told);
  const auto visit = [&](const char* user) { store.record("a", {}, {{"user", user}, {"page", 1}}); };
  for (const char* user : {"ann", "bob", "ann", "eve", "dan", "eve", "bob"}) visit(user);
  CHECK(shown(store) ==
        "a.n (counter)\n  user=ann,page=1: 2\n  user=bob,page=1: 2\n"
        "  user=overflow,page=overflow: 3");
  REQUIRE(told.size() == 1);
  CHECK(told[0].find("metric a.n: there are more than 2 combinations") != std::string::npos);
}

TEST_CASE("whoever has the overflow's values shares its series") {
  warnings told;
  auto store = store_of({m::counter("a.n", {.tags = {"user"}, .max_series = 2})}, told);
  for (const char* user : {"overflow", "ann", "bob", "eve", "overflow"}) {
    store.record("a", {}, {{"user", user}});
  }
  CHECK(shown(store) == "a.n (counter)\n  user=ann: 1\n  user=overflow: 4");
  CHECK(told.size() == 1);
}

TEST_CASE("a thousand series are told apart unless another limit is given") {
  otp::metric_store store{{m::counter("a.n", {.tags = {"i"}})}};
  for (int i = 0; i < 1'100; ++i) store.record("a", {}, {{"i", i}});
  const auto series = store.read().at(0).series;
  CHECK(series.size() == 1'001);
  CHECK(series.back().tags.at(0) == "overflow");
  CHECK(std::get<std::uint64_t>(series.back().value) == 100);
}

TEST_CASE("long tag values are cut between characters, and bytes that are no UTF-8 are replaced") {
  otp::metric_store store{{m::counter("a.n", {.tags = {"x"}})}};
  store.record("a", {}, {{"x", std::string(255, 'x') + "\xC3\xA9"}});
  store.record("a", {}, {{"x", "a\xFF\xC3"}});
  const auto series = store.read().at(0).series;
  REQUIRE(series.size() == 2);
  CHECK(series[0].tags[0] == "a\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(series[1].tags[0] == std::string(255, 'x'));
}

TEST_CASE("what cannot be counted is left out and warned of once, and the other metrics go on") {
  warnings told;
  auto store = store_of({m::sum("a.n"), m::summary("a.n"), m::last_value("a.n"),
                         m::counter("a.n", {.keep = [](const otp::fields& metadata) -> bool {
                           if (metadata.contains("bad")) throw std::runtime_error{"oops"};
                           return true;
                         }})},
                        told);
  store.record("a", {{"n", -1}}, {});
  store.record("a", {{"n", "text"}}, {{"bad", true}});
  store.record("a", {{"n", 5}}, {{"bad", true}});
  store.record("a", {{"n", -1}}, {});
  CHECK(shown(store) ==
        "a.n (sum)\n  5\n"
        "a.n (summary)\n  count 3, min -1, mean 1, max 5, p50 -1, p90 5, p99 5\n"
        "a.n (last_value)\n  -1\na.n (counter)\n  2");
  REQUIRE(told.size() == 4);
  CHECK(told[0].find("metric a.n: the measurement n is negative") != std::string::npos);
  CHECK(told[1].find("no number of its unit") != std::string::npos);
  CHECK(told[3].find("std::runtime_error: oops") != std::string::npos);
}

TEST_CASE("a sum that is not monotonic may fall") {
  otp::metric_store store{{m::sum("a.n", {.monotonic = false})}};
  store.record("a", {{"n", 2}}, {});
  store.record("a", {{"n", -5}}, {});
  CHECK(shown(store) == "a.n (sum)\n  -3");
}

TEST_CASE("two metrics of one kind and name are refused") {
  CHECK_THROWS_AS((otp::metric_store{{m::sum("a.n"), m::sum("a.n")}}), std::invalid_argument);
}

TEST_CASE("a summary agrees with a plain list of the newest samples") {
  std::mt19937_64 random{1};
  for (const std::size_t window : {1U, 2U, 7U, 100U}) {
    otp::metric_store store{{m::summary("a.n", {.window = window})}};
    std::vector<double> all;
    for (int i = 0; i < 250; ++i) {
      all.push_back(static_cast<double>(random() % 1'000));
      store.record("a", {{"n", all.back()}}, {});
      auto newest = std::vector<double>(all.end() - static_cast<std::ptrdiff_t>(
                                                        std::min(window, all.size())),
                                        all.end());
      std::sort(newest.begin(), newest.end());
      // The smallest sample that `percent` of all do not exceed.
      const auto percentile = [&](double percent) {
        for (const double each : newest) {
          const auto covered = std::count_if(newest.begin(), newest.end(),
                                             [&](double other) { return other <= each; });
          if (static_cast<double>(covered) * 100 >= percent * static_cast<double>(newest.size())) {
            return each;
          }
        }
        return -1.0;
      };
      const auto readings = store.read();
      const auto now = std::get<otp::metric_summary>(only_series(readings).value);
      REQUIRE(now.count == all.size());
      REQUIRE(now.min == newest.front());
      REQUIRE(now.max == newest.back());
      REQUIRE(now.p50 == percentile(50));
      REQUIRE(now.p90 == percentile(90));
      REQUIRE(now.p99 == percentile(99));
    }
  }
}

TEST_CASE("a distribution agrees with a plain list of all samples") {
  std::mt19937_64 random{2};
  const std::vector<double> bounds{-3, 0, 0.5, 4, 9};
  otp::metric_store store{{m::distribution("a.n", bounds)}};
  std::vector<double> all;
  for (int i = 0; i < 1'000; ++i) {
    all.push_back(static_cast<double>(static_cast<int>(random() % 41) - 20) / 2);
    store.record("a", {{"n", all.back()}}, {});
  }
  const auto readings = store.read();
  const auto now = std::get<otp::metric_distribution>(only_series(readings).value);
  REQUIRE(now.counts.size() == bounds.size() + 1);
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    so_far += now.counts[i];
    const auto below = std::count_if(all.begin(), all.end(),
                                     [&](double each) { return each <= bounds[i]; });
    CHECK(so_far == static_cast<std::uint64_t>(below));
  }
  CHECK(now.count == all.size());
}

TEST_CASE("no sample is lost when threads record into the same and into new series") {
  constexpr int threads = 4;
  constexpr int rounds = 2'000;
  for (const std::size_t limit : {64U, 16U}) {
    const otp::metric_options by_room{.tags = {"room"}, .max_series = limit};
    std::atomic<int> warned{0};
    otp::metric_store store{{m::counter("a.n"), m::sum("a.n"), m::last_value("a.n"),
                             m::counter("a.rooms", by_room), m::summary("a.n", by_room),
                             m::distribution("a.n", {0.5, 1.5}, by_room)},
                            [&](std::string_view) { ++warned; }};
    std::atomic<bool> done{false};
    std::thread reader{[&] {
      while (!done) static_cast<void>(store.read());
    }};
    std::vector<std::thread> writers;
    for (int n = 0; n < threads; ++n) {
      writers.emplace_back([&store, n] {
        for (int i = 0; i < rounds; ++i) {
          store.record("a", {{"n", 1}}, {{"room", (i * 7 + n) % 48}});
        }
      });
    }
    for (auto& each : writers) each.join();
    done = true;
    reader.join();
    const auto readings = store.read();
    constexpr std::uint64_t all = threads * rounds;
    CHECK(std::get<std::uint64_t>(readings[0].series.at(0).value) == all);
    CHECK(std::get<double>(readings[1].series.at(0).value) == static_cast<double>(all));
    CHECK(std::get<double>(readings[2].series.at(0).value) == 1.0);
    const std::size_t expected = limit < 48 ? limit + 1 : 48;
    std::uint64_t counted = 0;
    for (const auto& each : readings[3].series) counted += std::get<std::uint64_t>(each.value);
    CHECK(counted == all);
    CHECK(readings[3].series.size() == expected);
    counted = 0;
    for (const auto& each : readings[4].series) {
      counted += std::get<otp::metric_summary>(each.value).count;
      CHECK(std::get<otp::metric_summary>(each.value).mean == 1.0);
    }
    CHECK(counted == all);
    counted = 0;
    for (const auto& each : readings[5].series) {
      counted += std::get<otp::metric_distribution>(each.value).counts.at(1);
    }
    CHECK(counted == all);
    CHECK(warned == (limit < 48 ? 3 : 0));
  }
}

TEST_CASE("a store is fed by a telemetry table while it is attached") {
  otp::telemetry_table table;
  const auto store = std::make_shared<otp::metric_store>(
      std::vector{m::counter("a.n"), m::sum("b.c.n")});
  table.execute("a");
  {
    const otp::metric_attachment fed{table, "mine", store};
    table.execute("a");
    table.execute("b.c", {{"n", 3}});
    CHECK(table.list().size() == 2);
    CHECK_THROWS_AS((otp::metric_attachment{table, "mine", store}), std::invalid_argument);
    table.execute("a");
  }
  table.execute("a");
  CHECK(table.list().empty());
  CHECK(shown(*store) == "a.n (counter)\n  2\nb.c.n (sum)\n  3");
}
