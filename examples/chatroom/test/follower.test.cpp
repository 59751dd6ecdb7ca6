// The follower of a room that other programs write to as well, in virtual time.
#include "pubsub/follower.hpp"

#include "support/catch.hpp"
#include <otp/child.hpp>
#include <otp/process.hpp>
#include <otp/supervisor.hpp>
#include <otp/testing/simulation.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

using namespace chatroom;
using namespace std::chrono_literals;

namespace {

chat::message numbered(std::int64_t id) {
  chat::message out;
  out.id = id;
  return out;
}

// A room of messages 1 to `stored`, read by a follower; `told` is what it announces.
struct followed {
  otp::testing::simulation sim{1, {.console = std::nullopt}};
  std::int64_t stored = 0;
  bool readable = true;
  std::string told;
  otp::pid follower;

  std::vector<chat::message> messages(std::int64_t after, std::size_t most) const {
    std::vector<chat::message> out;
    for (std::int64_t id = after + 1; id <= stored && out.size() < most; ++id)
      out.push_back(numbered(id));
    return out;
  }

  template <class Reader>
  repo::outcome<std::vector<chat::message>> read(Reader reader) const {
    if (!readable) return otp::failure{repo::query_error{"the database is not available"}};
    return reader();
  }

  void start() {
    const pubsub::room room{
        .subscribe =
            [this](std::int64_t) {
              follower = otp::this_process::self();
              return true;
            },
        .newest =
            [this](std::int64_t, std::size_t count) {
              const auto most = static_cast<std::int64_t>(count);
              return read(
                  [&] { return messages(std::max(stored - most, std::int64_t{0}), count); });
            },
        .after = [this](std::int64_t, std::int64_t id,
                        std::size_t count) { return read([&] { return messages(id, count); }); },
        .announce = [this](const chat::message& one) { told += fmt::format("{} ", one.id); }};
    otp::start(otp::supervisor_spec{.children = {otp::child<pubsub::follower>({}, room)}});
    sim.run_until_idle();
  }

  // Somebody of this program stores the next message, and all subscribers hear of it.
  void stored_here() {
    otp::send(follower, otp::make_shared<chat::message>(numbered(++stored)));
    sim.run_until_idle();
  }

  void a_while() { sim.advance(1s); }
};

}  // namespace

TEST_CASE("[C-303] a message that another program has stored is announced once") {
  followed room;
  room.start();
  room.stored = 2;
  room.a_while();
  CHECK(room.told == "1 2 ");
  room.a_while();
  CHECK(room.told == "1 2 ");
}

TEST_CASE("[C-303] a message that was announced by whoever stored it is not announced again") {
  followed room;
  room.start();
  room.stored_here();
  ++room.stored;
  room.stored_here();
  room.a_while();
  CHECK(room.told == "2 ");
}

TEST_CASE("[C-303] more messages than fit into one look are announced in the next ones") {
  followed room;
  room.start();
  room.stored = 450;
  room.a_while();
  CHECK(room.told.ends_with(" 449 450 "));
}

TEST_CASE(
    "[C-303] a follower that starts announces the newest message, so that nobody lacks what came "
    "before") {
  followed room;
  room.stored = 7;
  room.start();
  CHECK(room.told == "7 ");
  room.stored = 8;
  room.a_while();
  CHECK(room.told == "7 8 ");
}

TEST_CASE("[C-060] a follower waits for a database that cannot be read, and then goes on") {
  followed room;
  room.readable = false;
  room.start();
  room.a_while();
  CHECK(room.told.empty());
  room.readable = true;
  room.stored = 3;
  room.a_while();
  CHECK(room.told == "3 ");
  room.readable = false;
  room.stored = 5;
  room.a_while();
  room.readable = true;
  room.a_while();
  CHECK(room.told == "3 4 5 ");
}
