// Applications: how they stop, by themselves or asked, and what becomes of the node.
#include "support/catch.hpp"
#include "support/probe_application.hpp"

#include <string>
#include <utility>

using namespace otp_test;

namespace {

/// Takes until it is told to go on to stop.
class stubborn : public otp::application<stubborn> {
 public:
  static constexpr std::string_view name = "stubborn";
  explicit stubborn(otp::pid test) : test_{test} {}
  void prep_stop() {
    otp::send(test_, self());
    otp::receive([](const note&) {});
  }

 private:
  otp::pid test_;
};

}  // namespace

TEST_CASE("stop prepares, stops the tree and then tells, and a second one is refused",
          "[L-014][L-015]") {
  CHECK(always([] {
          load("a", {}, {.children = {idle_child("idle")}});
          controller::start("a").value();
          const auto child = otp::whereis("idle");
          otp::monitor(child);
          const auto first = said(controller::stop("a"));
          const auto heard = hear_all();
          return fmt::format("{}; {}; {}", first, heard, said(controller::stop("a")));
        }) == "ok; a start, a prep_stop, down shutdown, a stop; "
              "application \"a\" does not run; start it first, or use ensure_all_started");
}

TEST_CASE("a prep_stop or stop that throws does not hold the stop up", "[L-016]") {
  for (const auto* const where : {"prep_stop", "stop"}) {
    CHECK(always([where] {
            load("a", {}, {.throws_in = where});
            controller::start("a").value();
            const auto answer = said(controller::stop("a"));
            return fmt::format("{}; {}; {}", answer, hear_all(), running());
          }) == "ok; a start, a prep_stop, a stop; ");
  }
}

TEST_CASE("an application that others need can be stopped, and they keep running", "[L-017]") {
  CHECK(always([] {
          load("a");
          load("b", {"a"});
          controller::ensure_all_started("b").value();
          const auto answer = said(controller::stop("a"));
          return answer + " " + running();
        }) == "ok b ");
}

TEST_CASE("what an application has started outside of its tree is killed in the end", "[L-018]") {
  CHECK(always([] {
          load("a", {}, {.strays = true});
          const auto bystander = puppet();
          controller::start("a").value();
          const auto stray = otp::receive([](otp::pid p) { return p; });
          otp::monitor(stray);
          const auto whose = otp::get_application(stray).value_or("nobody's");
          controller::stop("a").value();
          return fmt::format("{} {} {} {}", whose, hear_all(), lives(bystander),
                             otp::get_application(bystander).value_or("nobody's"));
        }) == "a a start, a prep_stop, a stop, down killed true nobody's");
}

TEST_CASE("the end of a temporary application's tree is its end and nobody else's",
          "[L-019][L-021]") {
  CHECK(always([] {
          watch_node();
          load("other");
          load("a");
          controller::start("other").value();
          controller::start("a").value();
          end_tree("a");
          await_stop("a");
          const auto heard = hear_all();
          return heard + "; " + running();
        }) == "other start, a start, a prep_stop, a stop; other ");
}

TEST_CASE("the end of a permanent application takes all others down, newest first",
          "[L-020][L-023]") {
  CHECK(always([] {
          watch_node();
          for (const auto* const name : {"a", "b", "c"}) load(name);
          controller::start("a").value();
          controller::start("b", otp::restart::permanent).value();
          controller::start("c").value();
          hear(3);
          end_tree("b");
          const auto heard = hear(7);
          return heard + "; " + running();
        }) == "b prep_stop, b stop, c prep_stop, c stop, a prep_stop, a stop, "
              "node down: b: boom; ");
}

TEST_CASE("stop_all stops the newest first, each before the next, and lets others start again",
          "[L-023]") {
  CHECK(always([] {
          for (const auto* const name : {"a", "b"}) load(name);
          controller::start("a").value();
          controller::start("b").value();
          hear(2);
          controller::stop_all();
          const auto heard = hear_all();
          return heard + "; " + said(controller::start("b"));
        }) == "b prep_stop, b stop, a prep_stop, a stop; ok");
}

TEST_CASE("a stop that takes long names the application that holds it up", "[L-023]") {
  CHECK(always([] {
          controller::load(otp::spec_of<stubborn>(self())).value();
          controller::start("stubborn").value();
          otp::spawn([test = self()] {
            controller::stop_all();
            tell(test, "stopped");
          });
          const auto stopping = otp::receive([](otp::pid p) { return p; });
          const auto names = fmt::format("{}", fmt::join(controller::stopping_applications(), " "));
          tell(stopping, "go on");
          return names + " " + hear();
        }) == "stubborn stopped");
}
