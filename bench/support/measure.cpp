// Runs a command and says what it took, seen from outside: `otp_bench_measure SECONDS FILE COMMAND...`.
//
// Ends the command and all that it started when SECONDS have passed. Writes one line of JSON to FILE: wall,
// user and system time in seconds, the most memory that it or one of its children had (bytes), and how it
// ended: its exit code, 128 and more for a signal, 124 for the timeout. Returns the same.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

volatile std::sig_atomic_t timed_out = 0;
volatile pid_t child = 0;

void end_child(int) {
  timed_out = 1;
  ::kill(-child, SIGKILL);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  const auto limit = argc < 4 ? 0UL : std::strtoul(argv[1], nullptr, 10);
  if (limit == 0) {
    fmt::print(stderr, "usage: otp_bench_measure SECONDS FILE COMMAND...\n");
    return 64;
  }
  const auto begin = std::chrono::steady_clock::now();
  child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);
    ::execvp(argv[3], argv + 3);
    fmt::print(stderr, "otp_bench_measure: {} cannot be run\n", argv[3]);
    ::_exit(127);
  }
  ::setpgid(child, child);  // also here: whoever comes first
  std::signal(SIGALRM, end_child);
  ::alarm(static_cast<unsigned>(limit));
  int status = 0;
  rusage usage{};
  while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  const int code = timed_out != 0      ? 124
                   : WIFEXITED(status) ? WEXITSTATUS(status)
                                       : 128 + WTERMSIG(status);

  std::FILE* const out = std::fopen(argv[2], "w");
  if (out == nullptr) {
    fmt::print(stderr, "otp_bench_measure: {} cannot be written\n", argv[2]);
    return 73;
  }
  fmt::print(out,
             R"({{"wall":{:.6f},"user":{:.6f},"system":{:.6f},"most_bytes":{},"code":{}}})"
             "\n",
             wall.count(), seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss * 1024,
             code);
  std::fclose(out);
  return code;
}
