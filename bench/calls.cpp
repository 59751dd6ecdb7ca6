// Calls that wait for their answer, with the default timeout of five seconds (W2): one client, many, and
// many servers; with work in the server, with a server that itself calls another, and with servers that
// are killed meanwhile. All in one binary, so that no callee can be compiled into its caller.
#include "workloads.hpp"
#include <otp/child.hpp>
#include <otp/gen_server.hpp>
#include <otp/receive.hpp>
#include <otp/supervisor.hpp>

#include <fmt/format.h>

namespace otp_bench {

namespace in_calls {

using bench::outcome;
using bench::settings;
using otp::this_process::self;

struct number {
  std::uint64_t value;
};

struct echo {
  using reply = std::uint64_t;
  std::uint64_t value;
};

class echo_server : public otp::gen_server<echo_server> {
 public:
  std::uint64_t handle_call(echo request) { return request.value; }
};

/// Computes for a microsecond before it answers.
class working_server : public otp::gen_server<working_server> {
 public:
  std::uint64_t handle_call(echo request) {
    state_ ^= bench::compute(request.value);
    return request.value;
  }

 private:
  std::uint64_t state_ = 1;
};

/// Asks another server before it answers.
class asking_server : public otp::gen_server<asking_server> {
 public:
  explicit asking_server(otp::server_ref<echo_server> other) : other_{other} {}
  std::uint64_t handle_call(echo request) { return otp::call(other_, request); }

 private:
  otp::server_ref<echo_server> other_;
};

template <class S>
std::uint64_t call_all(const std::vector<otp::server_ref<S>>& servers,
                       const bench::call_size& size) {
  for (unsigned c = 0; c < size.clients; ++c) {
    otp::spawn([servers, c, each = size.each, parent = self()] {
      std::uint64_t sum = 0;
      for (std::uint64_t i = 1; i <= each; ++i) {
        sum += otp::call(servers[(c + i) % servers.size()], echo{i});
      }
      otp::send(parent, number{sum});
    });
  }
  std::uint64_t total = 0;
  for (unsigned c = 0; c < size.clients; ++c)
    total += otp::receive([](number n) { return n.value; });
  return total;
}

template <class S, class... A>
outcome calls_to(const settings& with, const bench::call_size& size, std::string_view remark,
                 A... arguments) {
  otp::runtime rt{quiet(with)};
  const auto scope = rt.enter();
  std::vector<otp::server_ref<S>> servers;
  for (unsigned i = 0; i < size.servers; ++i) servers.push_back(otp::start<S>(arguments()...));
  const bench::stopwatch watch;
  const auto sum = in_process(rt, [&] { return call_all(servers, size); });
  return measured(watch,
                  fmt::format("{} clients, {} servers, {} calls each{}", size.clients, size.servers,
                              size.each, remark),
                  size.total(), sum, size.checksum());
}

outcome one_to_one(const settings& with) { return calls_to<echo_server>(with, {with, 1, 1}, ""); }
outcome many_to_one(const settings& with) { return calls_to<echo_server>(with, {with, 64, 1}, ""); }
outcome many_to_many(const settings& with) {
  return calls_to<echo_server>(with, {with, 64, 64}, "");
}
outcome with_work(const settings& with) {
  return calls_to<working_server>(with, {with, 64, 64}, ", 1 us of work in each");
}
outcome with_third(const settings& with) {
  return calls_to<asking_server>(with, {with, 1, 1}, ", each answered by a third",
                                 [] { return otp::start<echo_server>(); });
}

// ---- calls to a server that is killed again and again, and restarted by its supervisor

struct kill {};

class killer : public otp::gen_server<killer> {
 public:
  void handle_cast(kill) { otp::exit(otp::whereis("bench.echo"), otp::reason::kill); }
};

outcome with_kills(const settings& with) {
  const bench::call_size size{with, 1, 1};
  constexpr std::uint64_t calls_between_kills = 1'000;
  std::uint64_t failed = 0;
  otp::runtime rt{quiet(with)};
  const auto scope = rt.enter();
  otp::start(otp::supervisor_spec{.intensity = {.max_restarts = 1'000'000'000},
                                  .children = {otp::child<echo_server>({.name = "bench.echo"})}});
  const auto enemy = otp::start<killer>();
  const bench::stopwatch watch;
  const auto sum = in_process(rt, [&] {
    const otp::name<echo_server> server{"bench.echo"};
    std::uint64_t total = 0;
    for (std::uint64_t i = 1; i <= size.each; ++i) {
      if (i % calls_between_kills == 0) otp::cast(enemy, kill{});
      auto answer = otp::try_call(server, echo{i});
      while (!answer) {
        ++failed;
        answer = otp::try_call(server, echo{i});
      }
      total += *answer;
    }
    return total;
  });
  auto result = measured(watch,
                         fmt::format("1 client, 1 server by name, {} calls, killed each {}",
                                     size.each, calls_between_kills),
                         size.total(), sum, size.checksum());
  result.extra = fmt::format("failed_calls={}", failed);
  return result;
}

}  // namespace in_calls

workloads calls() {
  using namespace in_calls;
  return {
      {"W2a", "calls of one client to one server", one_to_one},
      {"W2b", "calls of 64 clients to one server", many_to_one},
      {"W2c", "calls of 64 clients to 64 servers in turn", many_to_many},
      {"W2c_work", "the same with a microsecond of work in each call", with_work},
      {"W2a_third", "W2a with a server that calls a third for each answer", with_third},
      {"W2a_kills", "W2a with a server that is killed each 1,000 calls", with_kills},
  };
}

}  // namespace otp_bench
