// The same with CAF.
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

using next = caf::atom_constant<caf::atom("next")>;

caf::behavior counter() {
  return {[count = 0](next) mutable { return ++count; }};
}

int main() {
  caf::actor_system_config config;
  caf::actor_system system{config};
  const auto server = system.spawn(counter);
  caf::scoped_actor self{system};
  int answer = 0;
  self->request(server, std::chrono::seconds{5}, next::value)
      .receive([&](int count) { answer = count; }, [](const caf::error&) {});
  return answer == 1 ? 0 : 1;
}
