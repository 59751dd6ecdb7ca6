// What handlers return beside a plain value.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/gen_server.hpp>
#include <otp/reply.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

using namespace otp_test;

static_assert(std::is_same_v<decltype(otp::reply{1}), otp::reply<int>>);
static_assert(std::is_convertible_v<int, otp::reply<int>>);
static_assert(std::is_convertible_v<otp::stop_result, otp::reply<int>>);
static_assert(std::is_convertible_v<otp::stop_result, otp::noreply>);
static_assert(std::is_nothrow_move_constructible_v<otp::noreply>);

namespace {

class cart : public otp::gen_server<cart> {
 public:
  struct count {
    using reply = int;
  };
  struct add {
    using reply = int;
    int amount;
  };
  struct take {
    using reply = std::unique_ptr<int>;
  };
  struct close {
    using reply = std::string;
  };
  struct doubled {};
  using continues = otp::messages<doubled>;

  otp::reply<int> handle_call(count) { return count_; }
  otp::reply<int> handle_call(add message) {
    count_ += message.amount;
    if (count_ > 100) return otp::stop("too many");
    return otp::reply{count_}.and_continue(doubled{}).and_timeout(5ms);
  }
  otp::reply<std::unique_ptr<int>> handle_call(take) { return std::make_unique<int>(count_); }
  otp::reply<std::string> handle_call(close) {
    return otp::reply<std::string>{"closed"}.and_stop(otp::reason::normal);
  }
  void handle_continue(doubled) { count_ *= 2; }
  void handle_info(otp::idle_timeout) { count_ += 1000; }

 private:
  int count_ = 0;
};

}  // namespace

TEST_CASE("a reply may carry a continuation and an inactivity timeout at once",
          "[reply][G-048][G-052]") {
  const auto seen = simulated([] {
    const auto ref = otp::start<cart>();
    const int answer = otp::call(ref, cart::add{5});
    const int continued = otp::call(ref, cart::count{});  // and this cancels the timeout
    otp::sleep(1s);
    const int then = otp::call(ref, cart::count{});
    otp::call(ref, cart::add{1});
    otp::sleep(1s);
    return fmt::format("{} {} {} {}", answer, continued, then, otp::call(ref, cart::count{}));
  });
  CHECK(seen == "5 10 10 1022");
}

TEST_CASE("a plain value converts to a reply, also a move-only one", "[reply][G-017]") {
  CHECK(always([] { return *otp::call(otp::start<cart>(), cart::take{}); }) == "0");
}

TEST_CASE("otp::stop in place of a reply answers nobody", "[reply][G-033]") {
  const auto seen = always([] {
    const auto ref = otp::start<cart>();
    const auto outcome = otp::try_call(ref, cart::add{101});
    return root_of(outcome.error());
  });
  CHECK(seen == "too many");
}

TEST_CASE("a reply with and_stop answers and stops", "[reply][G-036]") {
  const auto seen = always([] {
    const auto ref = otp::start<cart>();
    std::string answer;
    const auto end = end_of(ref.pid(), [&] { answer = otp::call(ref, cart::close{}); });
    return answer + ", " + end;
  });
  CHECK(seen == "closed, normal");
}

TEST_CASE("a later directive of the same kind replaces the earlier one", "[reply]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto noting = [log](const char* text) { return go_on{[log, text] { log.note(text); }}; };
    otp::cast(ref, order{[=] {
                return otp::noreply{}.and_continue(noting("first")).and_continue(noting("second"));
              }});
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "second");
}

TEST_CASE("a result that is thrown away takes its continuation with it", "[reply]") {
  const auto witness = std::make_shared<int>(1);
  {
    const auto unused =
        otp::reply{1}.and_continue(go_on{[witness] {}}).and_stop(otp::reason::normal);
    CHECK(witness.use_count() == 2);
  }
  CHECK(witness.use_count() == 1);
}

TEST_CASE("a server that stops does not continue", "[reply][G-059]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log});
    end_of(ref.pid(), [&] {
      otp::cast(ref, order{[log] {
                  return otp::noreply{}
                      .and_continue(go_on{[log] { log.note("continued"); }})
                      .and_stop("done");
                }});
    });
    return log.text();
  });
  CHECK(seen == "terminate done");
}
