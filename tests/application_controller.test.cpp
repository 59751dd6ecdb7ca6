// Applications: how they start, what they need, and who is told of changes.
#include "support/catch.hpp"
#include "support/probe_application.hpp"

#include <string>
#include <utility>

using namespace otp_test;

namespace {

/// Takes until it is told to go on to start.
class slow : public otp::application<slow> {
 public:
  static constexpr std::string_view name = "slow";
  explicit slow(otp::pid test) : test_{test} {}
  void start(otp::start_type) {
    otp::send(test_, self());
    otp::receive([](const note&) {});
  }

 private:
  otp::pid test_;
};

}  // namespace

TEST_CASE("start returns when the start callback is done, and a second one is refused",
          "[L-001][L-002]") {
  CHECK(always([] {
          load("a");
          const auto first = said(controller::start("a"));
          const auto second = said(controller::start("a"));
          const auto third = said(controller::ensure_started("a"));
          return fmt::format("{} {}; {}; {}", first, hear(), second, third);
        }) == "ok a start; application \"a\" runs already; ok");
}

TEST_CASE("start names the first application that is missing and does nothing", "[L-003]") {
  CHECK(always([] {
          load("a");
          load("b");
          load("c", {"a", "b"});
          controller::start("a").value();
          const auto answer = controller::start("c");
          return said(answer) + "; " + hear_all();
        }) == "application \"b\" does not run; start it first, or use ensure_all_started; a start");
}

TEST_CASE("ensure_all_started starts what is missing, depth first, each once", "[L-004]") {
  CHECK(always([] {
          load("a");
          load("b", {"a"});
          load("c", {"b", "a"});
          load("d", {"a", "c"});
          const auto first = said(controller::ensure_all_started("d"));
          const auto second = said(controller::ensure_all_started("d"));
          return fmt::format("{}; {}; {}", first, second, running());
        }) == "ok [a b c d]; ok []; d c b a ");
}

TEST_CASE("what a failing ensure_all_started has started is stopped, newest first", "[L-005]") {
  CHECK(always([] {
          load("a");
          load("b", {"a"});
          load("c", {"b"});
          load("d", {"c"}, {.start_error = "no luck"s});
          controller::start("a").value();
          const auto answer = said(controller::ensure_all_started("d"));
          return fmt::format("{}; {}; {}", answer, hear_all(), running());
        }) == "application \"d\" did not start: no luck; a start, b start, c start, d start, "
              "c prep_stop, c stop, b prep_stop, b stop; a ");
}

TEST_CASE("an application that is not known, or loaded twice, is refused", "[L-006]") {
  CHECK(always([] {
          load("a");
          auto answers = said(controller::start("b"));
          answers += "; " + said(controller::unload("b"));
          answers += "; " + said(controller::load(probe_spec("a")));
          controller::start("a").value();
          answers += "; " + said(controller::unload("a"));
          controller::stop("a").value();
          answers += "; " + said(controller::unload("a"));
          return answers;
        }) == "application \"b\" is not known; load its application_spec first; "
              "application \"b\" is not known; load its application_spec first; "
              "application \"a\" is loaded already; unload the other one of this name first; "
              "application \"a\" runs; stop it before it is unloaded; ok");
}

TEST_CASE("a spec without a name is refused", "[L-006]") {
  CHECK(always([] { return exit_of([] { controller::load({}).value(); }); }) ==
        "failed: otp::application_controller::load: the spec has no .name");
}

TEST_CASE("an optional application is started if it is known and skipped if not", "[L-007]") {
  CHECK(always([] {
          load("known");
          auto spec = probe_spec("a");
          spec.optional_applications = {"known", "unknown"};
          controller::load(std::move(spec)).value();
          return said(controller::ensure_all_started("a"));
        }) == "ok [known a]");
}

TEST_CASE("applications that need each other are named instead of waited for", "[L-008]") {
  CHECK(always([] {
          load("a", {"b"});
          load("b", {"c"});
          load("c", {"b"});
          const auto answer = said(controller::ensure_all_started("a"));
          return answer + hear_all();
        }) == "application \"b\" needs itself: b -> c -> b; take one of these out of "
              ".applications");
}

TEST_CASE("an application without anything to do starts and stops as a name", "[L-009]") {
  CHECK(always([] {
          controller::load({.name = "library", .description = "d", .version = "1.2"}).value();
          const auto before = said(controller::start("library"));
          const auto all = controller::started_applications();
          const auto after = said(controller::stop("library"));
          return fmt::format("{} {} {} {}, {}", before, all[0].description, all[0].version, after,
                             running());
        }) == "ok d 1.2 ok, ");
}

TEST_CASE("a start that fails says why and leaves nothing", "[L-010][L-011][L-012][L-013]") {
  CHECK(always([] {
          load("returns", {}, {.start_error = "no luck"s});
          load("throws", {}, {.throws_in = "start"});
          load("children", {}, {.children = {otp::child_spec{
                                    .id = "c", .start = []() -> otp::result<otp::pid, otp::start_failure> {
                                      return otp::failure{otp::start_failure{"busy"s}};
                                    }}}});
          std::string answers;
          for (const auto* const name : {"returns", "throws", "children"}) {
            answers += said(controller::start(name)) + "\n";
          }
          return answers + hear_all() + running();
        }) == "application \"returns\" did not start: no luck\n"
              "application \"throws\" did not start: thrown by the start function: "
              "std::runtime_error: boom\n"
              "application \"children\" did not start: shutdown(failed to start child \"c\": busy)\n"
              "returns start, throws start, children start");
}

TEST_CASE("a permanent or transient application that does not start takes the node down",
          "[L-022]") {
  for (const auto type : {otp::restart::temporary, otp::restart::transient, otp::restart::permanent}) {
    const auto heard = always([type] {
      watch_node();
      load("other");
      load("a", {}, {.start_error = "no luck"s});
      controller::start("other").value();
      const auto answer = controller::start("a", type);
      if (type != otp::restart::temporary) await_stop("other");
      return fmt::format("{} {}", answer ? "ok" : "error", hear_all());
    });
    CHECK(heard == (type == otp::restart::temporary
                        ? "error other start, a start"
                        : "error other start, a start, other prep_stop, other stop, node down: a: "
                          "application \"a\" did not start: no luck"));
  }
}

TEST_CASE("the latest started application is listed first", "[L-024]") {
  CHECK(always([] {
          for (const auto* const name : {"a", "c", "b"}) {
            load(name);
            controller::start(name).value();
          }
          std::string loaded;
          for (const auto& each : controller::loaded_applications()) loaded += each.name;
          return running() + loaded;
        }) == "b c a abc");
}

TEST_CASE("start phases follow in their order, and one that fails stops the tree",
          "[L-029][L-030]") {
  CHECK(always([] {
          auto spec = probe_spec("a", {}, {.throws_in = "phase two", .children = {otp::child<telling>(self())}});
          spec.start_phases = {{"one", 1}, {"two", "x"}, {"three", 3}};
          controller::load(std::move(spec)).value();
          const auto answer = said(controller::start("a"));
          return fmt::format("{}; {}; {}", answer, hear_all(), running());
        }) == "application \"a\" did not start, in phase \"two\": thrown by the start function: "
              "std::runtime_error: boom; a start, a phase one 1, a phase two \"x\", "
              "child ends: shutdown; ");
}

TEST_CASE("an application is told of changed settings when somebody asks for it", "[L-031]") {
  CHECK(always([] {
          auto spec = probe_spec("a");
          spec.env = {{.name = "k", .value = 1}, {.name = "gone", .value = 1}};
          controller::load(std::move(spec)).value();
          load("b");
          controller::start("a").value();
          controller::start("b").value();
          hear(2);
          const auto before = controller::prep_config_change();
          otp::put_env("a", "k", 2);
          otp::put_env("a", "new", 2);
          otp::delete_env("a", "gone");
          auto heard = hear_all();
          controller::config_change(before);
          controller::config_change(controller::prep_config_change());
          return heard + "; " + hear_all();
        }) == "; a changed 1 added 1 removed 1");
}

TEST_CASE("a start is answered while another application takes long to start", "[L-001]") {
  CHECK(always([] {
          load("quick");
          controller::load(otp::spec_of<slow>(self())).value();
          otp::spawn([test = self()] { tell(test, "slow " + said(controller::start("slow"))); });
          const auto starting = otp::receive([](otp::pid p) { return p; });
          const auto quick = said(controller::start("quick"));
          const auto runs = running();
          tell(starting, "go on");
          return quick + " " + runs + hear(2);
        }) == "ok quick quick start, slow ok");
}
