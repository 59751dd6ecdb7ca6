// How a program runs: configuration, start, signals, stop, exit code.
#pragma once

#include <otp/application.hpp>
#include <otp/config.hpp>
#include <otp/configuration.hpp>
#include <otp/console.hpp>
#include <otp/detail/program.hpp>
#include <otp/log.hpp>
#include <otp/log_handlers.hpp>
#include <otp/logger.hpp>
#include <otp/runtime.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace otp::detail {

namespace asio = boost::asio;

inline constexpr int program_ok = 0;
inline constexpr int program_failure = 1;
inline constexpr int program_usage = 64;

inline void say(const program_description& what, std::string_view text) {
  fmt::print(stderr, "{}: {}\n", what.name, text);
}

inline configuration_spec configuration_of(const program_description& what) {
  configuration_spec spec{.program = what.name,
                          .version = what.version,
                          .summary = what.description,
                          .keys = what.keys,
                          .file_format = what.file_format};
  spec.keys.push_back({.name = "threads",
                       .value = 0,
                       .check = between(0, 1024),
                       .description = "scheduler threads; 0: one per processor"});
  spec.keys.push_back({.name = "log_level",
                       .value = "info",
                       .check = one_of({"emergency", "alert", "critical", "error", "warning",
                                        "notice", "info", "debug"}),
                       .description = "the least serious events that are logged"});
  spec.keys.push_back({.name = "log_format",
                       .value = "text",
                       .check = one_of({"text", "json"}),
                       .description = "how the log is written to stderr"});
  spec.keys.push_back({.name = "stop_timeout",
                       .value = std::chrono::seconds{30},
                       .check = between(std::chrono::milliseconds{1}, std::chrono::hours{24}),
                       .description = "how long an orderly stop may take"});
  spec.keys.push_back({.name = "console_socket",
                       .value = "",
                       .description = "local socket of --console; empty: one per program and user "
                                      "in the temporary directory; none: no console"});
  spec.actions.push_back({.name = "console",
                          .placeholder = "[COMMAND]...",
                          .description =
                              "talk to the program that runs: tree, which_children NAME, "
                              "exit NAME REASON, ..."});
  return spec;
}

/// Where the console is when nothing else is configured.
inline std::string default_console_path(const std::string& program) {
  const auto* const directory = std::getenv("TMPDIR");
  return fmt::format("{}/{}-{}.console", directory == nullptr ? "/tmp" : directory, program,
                     ::getuid());
}

/// The innermost cause of a failed start, with the children on the way: `endpoint: …`.
inline std::string start_failure_text(const exit_reason& why) {
  if (const auto* const failed = why.get<failed_to_start_child>()) {
    return fmt::format("{}: {}", failed->id, start_failure_text(failed->reason));
  }
  if (const auto* const threw = why.get<start_threw>()) return start_failure_text(threw->reason);
  if (const auto* const exception = why.get<exception_info>()) return exception->what;
  return why.to_string();
}

/// The log while the application starts: what failed is said once, at the end, by `run`; so the
/// reports of the failure are kept back until the start has succeeded.
class quiet_start {
 public:
  explicit quiet_start(log_handler next) : next_{std::move(next)} {}

  void operator()(const log_event& event) {
    {
      const std::lock_guard lock{mutex_};
      if (starting_ && event.report.index() != 0) {
        kept_.push_back(event);
        return;
      }
    }
    next_(event);
  }

  void started() {
    std::vector<log_event> kept;
    {
      const std::lock_guard lock{mutex_};
      starting_ = false;
      kept.swap(kept_);
    }
    for (const auto& event : kept) next_(event);
  }

 private:
  std::mutex mutex_;
  bool starting_ = true;
  std::vector<log_event> kept_;
  log_handler next_;
};

/// `NAME --console [COMMAND]...`: one command, or what is read from the standard input.
inline int run_console(const program_description& what, const std::vector<std::string>& words) {
  // Settings of the running program are not ours; only the way to its socket is.
  auto variable = what.name + "_console_socket";
  for (auto& c : variable) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  const auto* const configured = std::getenv(variable.c_str());
  const auto path = configured != nullptr && *configured != '\0' ? std::string{configured}
                                                                 : default_console_path(what.name);
  if (words.empty()) return attach_console(path, {});
  return attach_console(path, {fmt::format("{}", fmt::join(words, " "))});
}

/// An application that runs in a runtime of its own until a signal or its own end.
class program {
 public:
  program(const program_description& what, configuration values)
      : what_{what},
        values_{std::move(values)},
        signals_{main_, SIGTERM, SIGINT},
        deadline_{main_},
        runtime_{{.threads = values_.get<unsigned>("threads"), .console = std::nullopt}},
        scope_{runtime_.enter()} {
    std::signal(SIGPIPE, SIG_IGN);
    auto& log = runtime_.log();
    log.set_level(*parse_log_level(values_.get<std::string>("log_level")));
    console_ = std::make_shared<quiet_start>(console_handler(
        {.format = values_.get<std::string>("log_format") == "json" ? log_format::json
                                                                    : log_format::text}));
    log.add_handler("console", [shown = console_](const log_event& event) { (*shown)(event); });
  }

  int run() {
    await_signal();
    // In a process, so that this thread hears a signal also while the tree starts.
    otp::spawn([this, master_name = what_.name + ".application"] {
      const auto started = otp::try_start<application_master>(
          start_options{.name = master_name}, what_.callbacks(values_),
          application_ended{[this](const exit_reason& why) {
            asio::post(main_, [this, why] { tree_ended(why); });
          }});
      asio::post(main_, [this, started] { start_ended(started); });
    });
    const auto work = asio::make_work_guard(main_);
    main_.run();
    if (!runtime_.stop(values_.get<std::chrono::nanoseconds>("stop_timeout"))) {
      force_end("what did not end with the application");
    }
    return code_;
  }

 private:
  void await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int number) {
      if (error) return;
      if (stopping_) force_end("a second signal");
      otp::log::notice("{} received, stopping", number == SIGTERM ? "SIGTERM" : "SIGINT");
      begin_stop();
      await_signal();
    });
  }

  void start_ended(const start_result<application_master>& started) {
    if (!started) {
      say(what_, "cannot start: " + start_failure_text(started.error().reason));
      return finish(program_failure);
    }
    master_ = *started;
    console_->started();
    if (stopping_) return stop_master();
    if (!open_console()) return finish(program_failure);
    otp::log::info("{} {} is running, process {}", what_.name, what_.version, ::getpid());
  }

  void begin_stop() {
    stopping_ = true;
    deadline_.expires_after(values_.get<std::chrono::nanoseconds>("stop_timeout"));
    deadline_.async_wait([this](const boost::system::error_code& error) {
      if (!error) force_end("the stop took longer than stop_timeout");
    });
    if (master_) stop_master();  // else when the start has ended
  }

  /// The master stops the tree in its own time; this thread stays free for a second signal.
  void stop_master() {
    otp::spawn([this, master = master_] {
      auto code = program_ok;
      try {
        otp::stop(master, reason::shutdown);
      } catch (const exit_error& error) {
        otp::log::error("the application did not stop as asked: {}", error.reason());
        code = program_failure;
      }
      asio::post(main_, [this, code] { finish(code); });
    });
  }

  void tree_ended(const exit_reason& why) {
    if (stopping_) return;
    otp::log::critical("the supervision tree has ended: {}", why);
    say(what_, fmt::format("stopped: the supervision tree has ended: {}", why));
    finish(program_failure);
  }

  void finish(int code) {
    if (code == program_ok) otp::log::info("{} has stopped", what_.name);
    code_ = code;
    main_.stop();
  }

  /// Says who is still there and ends the program.
  [[noreturn]] void force_end(std::string_view why) {
    std::string left;
    for (const auto& [name, holder] : otp::registered()) {
      left += (left.empty() ? "" : ", ") + name;
    }
    say(what_, fmt::format("forced to end by {}; still running: {}", why, left));
    std::_Exit(program_failure);
  }

  /// False when a configured socket cannot be had; the default one is only missed.
  bool open_console() {
    const auto configured = values_.get<std::string>("console_socket");
    if (configured == "none") return true;
    try {
      start_console(configured.empty() ? default_console_path(what_.name) : configured,
                    observer{[this] { return applications(); }});
    } catch (const std::runtime_error& error) {
      if (configured.empty()) {
        otp::log::warning("no console: {}", error.what());
        return true;
      }
      say(what_, error.what());
      return false;
    }
    return true;
  }

  std::vector<observed_application> applications() const {
    const auto top = try_call(master_, application_master::top{});
    return {{what_.name, what_.description, what_.version, top ? *top : pid{}}};
  }

  const program_description& what_;
  configuration values_;
  // Before the runtime: processes that end with it may still post here.
  asio::io_context main_;
  asio::signal_set signals_;
  asio::steady_timer deadline_;
  std::shared_ptr<quiet_start> console_;
  runtime runtime_;
  runtime_scope scope_;
  server_ref<application_master> master_;  // set when the start has succeeded
  bool stopping_ = false;
  int code_ = program_ok;
};

OTP_DECL int run_program(const program_description& what, int argc, const char* const* argv) {
  const auto inputs = config_inputs::of_program(argc, argv);
  const auto spec = configuration_of(what);
  auto parsed = parse_configuration(spec, inputs);
  if (!parsed) {
    for (const auto& error : parsed.error()) say(what, error.message);
    return program_usage;
  }
  switch (parsed->request) {
    case config_request::help:
      fmt::print("{}", help_text(spec));
      return program_ok;
    case config_request::version:
      fmt::print("{} {}\n", what.name, what.version);
      return program_ok;
    case config_request::print_config:
      fmt::print("{}", parsed->values.to_toml());
      return program_ok;
    case config_request::action:
      return run_console(what, parsed->arguments);
    case config_request::run:
      break;
  }
  return program{what, std::move(parsed->values)}.run();
}

}  // namespace otp::detail
