// Erlang as a child process: packets of a length and a text through its standard input and output.
#include "erlang.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

extern char** environ;

namespace differential {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error{what + ": are erl (Debian's erlang-base) and differential.beam there?"};
}

void append_number(std::string& to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift & 0xFF);
}

std::uint32_t number_at(const char* from) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(from[i]);
  return value;
}

}  // namespace

erlang_node::erlang_node(const std::string& directory) {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) {
    fail("there are no pipes left");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  // One scheduler, which does not spin when idle.
  std::array<std::string, 11> words{"erl",   "-noinput",     "+S",  "1",
                                    "+sbwt", "none",         "-pa", directory,
                                    "-s",    "differential", "main"};
  std::array<char*, words.size() + 1> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  const int error = posix_spawnp(&child_, "erl", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  to_ = in[1];
  from_ = out[0];
  if (error != 0) fail("erl cannot be started");
}

erlang_node::~erlang_node() {
  close(to_);
  close(from_);
  if (child_ > 0) waitpid(child_, nullptr, 0);
}

void erlang_node::send(std::uint32_t number, const program& what) {
  const auto text = to_text(what);
  std::string packet;
  append_number(packet, static_cast<std::uint32_t>(text.size() + 4));
  append_number(packet, number);
  packet += text;
  for (std::size_t done = 0; done < packet.size();) {
    const auto count = write(to_, packet.data() + done, packet.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("Erlang has ended");
    done += static_cast<std::size_t>(count);
  }
}

std::pair<std::uint32_t, outcome> erlang_node::next() {
  std::array<char, 8> head{};
  read_all(head.data(), head.size());
  std::string text(number_at(head.data()) - 4, '\0');
  read_all(text.data(), text.size());
  return {number_at(head.data() + 4), parse_outcome(text)};
}

void erlang_node::read_all(char* to, std::size_t count) {
  while (count > 0) {
    const auto got = read(from_, to, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail("Erlang has ended");
    to += got;
    count -= static_cast<std::size_t>(got);
  }
}

}  // namespace differential
