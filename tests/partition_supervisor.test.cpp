// Partition supervisors: the same child many times, and keys that lead to one of them.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/gen_server.hpp>
#include <otp/partition_supervisor.hpp>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

using namespace otp_test;

namespace {

class shard : public otp::gen_server<shard> {
 public:
  struct which {
    using reply = int;
  };
  struct die {};
  explicit shard(int number) : number_{number} {}
  int handle_call(which) { return number_; }
  otp::noreply handle_cast(die) { return otp::stop(otp::exit_reason{"boom"s}); }

 private:
  int number_;
};

otp::partition_supervisor_spec shards(std::size_t count) {
  return {.name = "shards", .partitions = count, .child = [](std::size_t i) {
            return otp::child<shard>(static_cast<int>(i));
          }};
}

template <class Key>
otp::partition_name<shard> at(const Key& key) {
  return otp::partition<shard>("shards", key);
}

template <class Key>
int asked(const Key& key) {
  return otp::call(at(key), shard::which{});
}

}  // namespace

TEST_CASE("there is one child for each partition, started in order", "[N-001][N-009]") {
  CHECK(always([] {
          const auto sup = otp::start_link(shards(3));
          std::string ids;
          for (const auto& each : otp::which_children(sup)) ids += each.id;
          return fmt::format("{} {}", otp::partitions("shards"), ids);
        }) == "3 210");
}

TEST_CASE("by default there are as many partitions as threads", "[N-002]") {
  CHECK(threaded([] {
          otp::start_link(shards(0));
          return otp::partitions("shards");
        }) == "2");
}

TEST_CASE("a spec without a name or a child is refused with advice", "[N-003]") {
  CHECK_THROWS_WITH(otp::child(otp::partition_supervisor_spec{.child = shards(1).child}),
                    "otp::partition_supervisor: the spec has no .name, by which its partitions are "
                    "found");
  CHECK_THROWS_AS(otp::child(otp::partition_supervisor_spec{.name = "x"}), std::invalid_argument);
}

TEST_CASE("an integer leads to the partition of its remainder", "[N-004]") {
  CHECK(always([] {
          otp::start_link(shards(3));
          return fmt::format("{}{}{}{}{} {}", asked(0), asked(1), asked(5), asked(-1), asked(-5),
                             asked(std::numeric_limits<std::int64_t>::min()));
        }) == "01212 2");
}

TEST_CASE("any other key leads to the same partition each time", "[N-005]") {
  CHECK(always([] {
          otp::start_link(shards(4));
          bool same = true;
          for (const auto* key : {"a", "b", "c", "d", "e"}) {
            same = same && asked(key) == asked(std::string{key});
          }
          return same && otp::whereis(at("a")) == at("a").whereis();
        }) == "true");
}

TEST_CASE("a partition that crashes is started again, alone, and its keys lead to the new process",
          "[N-007]") {
  CHECK(always([] {
          otp::start_link(shards(3));
          const auto before = at(1).whereis();
          const auto other = at(2).whereis();
          otp::cast(at(1), shard::die{});
          await_end(before);
          while (!otp::is_alive(at(4).whereis())) otp::sleep(0ms);
          return fmt::format("{} {} {}", asked(4), at(1).whereis() == before,
                             at(2).whereis() == other);
        }) == "1 false true");
}

TEST_CASE("a partition that is down, and a supervisor that is not there: calls fail with noproc",
          "[N-008]") {
  CHECK(always([] {
          const auto sup = otp::start_link(shards(2));
          const auto terminated = otp::terminate_child(sup, "1");
          const auto down = otp::try_call(at(1), shard::which{}).error().root().to_string();
          otp::stop(sup);
          const auto gone = otp::try_call(at(0), shard::which{}).error().root().to_string();
          return fmt::format("{} {} {}", terminated.has_value(), down, gone);
        }) == "true noproc noproc");
}

TEST_CASE("asking for the partitions of a supervisor that is not there says so", "[N-009]") {
  CHECK(always([]() -> std::string {
          try {
            otp::partitions("shards");
          } catch (const std::invalid_argument& error) {
            return error.what();
          }
          return "found";
        }) == "otp::partitions: no partition supervisor is registered as \"shards\"");
}

TEST_CASE("a partition supervisor is a child like any supervisor, with new partitions each time",
          "[N-001][N-007]") {
  CHECK(always([] {
          const auto top =
              otp::start_link(otp::supervisor_spec{.children = {otp::child(shards(2))}});
          const auto before = at(0).whereis();
          otp::exit(otp::whereis("shards"), otp::reason::kill);
          await_end(before);
          while (!otp::is_alive(at(1).whereis())) otp::sleep(0ms);
          return fmt::format("{} {}", asked(1), otp::count_children(top).supervisors);
        }) == "1 1");
}

TEST_CASE("each partition is made with its number, also when it is started again", "[N-006]") {
  CHECK(always([] {
          otp::start_link(shards(3));
          const auto before = at(2).whereis();
          otp::cast(at(2), shard::die{});
          await_end(before);
          while (!otp::is_alive(at(2).whereis())) otp::sleep(0ms);
          return fmt::format("{} {} {}", asked(0), asked(1), asked(2));
        }) == "0 1 2");
}

TEST_CASE("the strategy and the intensity are those of the supervisor", "[N-010]") {
  CHECK(always([] {
          auto spec = shards(2);
          spec.strategy = otp::strategy::one_for_all;
          const auto sup = otp::start_link(spec);
          const auto other = at(0).whereis();
          otp::cast(at(1), shard::die{});
          await_end(other);
          while (!otp::is_alive(at(0).whereis())) otp::sleep(0ms);
          return fmt::format("{} {}", asked(0), otp::is_alive(sup.pid()));
        }) == "0 true");
  CHECK(always([] {
          otp::this_process::trap_exit(true);
          auto spec = shards(2);
          spec.intensity.max_restarts = 0;
          otp::start_link(spec);
          otp::cast(at(1), shard::die{});
          return hear();
        }) == "exited shutdown");
}

TEST_CASE("a spec that somebody keeps does not keep the runtime's tables", "[N-009]") {
  otp::result<otp::child_spec, otp::child_error> kept = otp::failure{otp::child_error{}};
  threaded([&kept] {
    kept = otp::get_child_spec(otp::start_link(shards(2)), "0");
    return "";
  });
  CHECK(kept.has_value());
}
