// How a program runs: configuration, start, signals, stop, exit code.
#pragma once

#include <otp/application_controller.hpp>
#include <otp/config.hpp>
#include <otp/configuration.hpp>
#include <otp/console.hpp>
#include <otp/detail/held_up.hpp>
#include <otp/detail/program.hpp>
#include <otp/detail/program_configuration.hpp>
#include <otp/log.hpp>
#include <otp/log_handlers.hpp>
#include <otp/log_queue.hpp>
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
  fmt::print(stderr, "{}: {}\n", what.main().name, text);
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
  auto variable = what.main().name + "_console_socket";
  for (auto& c : variable) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  const auto* const configured = std::getenv(variable.c_str());
  const auto path = configured != nullptr && *configured != '\0' ? std::string{configured}
                                                                 : default_console_path(what.main().name);
  if (words.empty()) return attach_console(path, {});
  return attach_console(path, {fmt::format("{}", fmt::join(words, " "))});
}

/// Applications that run in a runtime of their own until a signal or their own end.
class program {
 public:
  program(const program_description& what, configuration values, config_inputs inputs)
      : what_{what},
        values_{std::move(values)},
        inputs_{std::move(inputs)},
        signals_{main_, SIGTERM, SIGINT, SIGHUP},
        deadline_{main_},
        queue_{console_handler({.format = values_.get<std::string>("log_format") == "json"
                                              ? log_format::json
                                              : log_format::text}),
               {.capacity = values_.get<std::size_t>("log_queue")}},
        runtime_{{.threads = values_.get<unsigned>("threads"), .console = std::nullopt}},
        scope_{runtime_.enter()} {
    std::signal(SIGPIPE, SIG_IGN);
    auto& log = runtime_.log();
    log.set_level(*parse_log_level(values_.get<std::string>("log_level")));
    console_ = std::make_shared<quiet_start>(queue_.handler());
    log.add_handler("console", [shown = console_](const log_event& event) { (*shown)(event); });
  }

  int run() {
    await_signal();
    // In a process, so that this thread hears a signal also while the applications start.
    otp::spawn([this] {
      application_controller::on_node_down([this](const application_controller::node_down& why) {
        asio::post(main_, [this, why] { node_down(why); });
      });
      load_needed(what_.applications);
      put_values(what_, values_);
      const auto started =
          application_controller::ensure_all_started(what_.main().name, restart::permanent);
      asio::post(main_, [this, failed = started ? std::nullopt
                                                : std::optional{started.error()}] {
        start_ended(failed);
      });
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
      await_signal();
      if (number == SIGHUP) return reload();
      if (stopping_) force_end("a second signal");
      const auto* const name = number == SIGTERM ? "SIGTERM" : "SIGINT";
      otp::log::notice("{} received, stopping", name);
      otp::put_env(what_.main().name, "stop_signal", name);
      begin_stop();
    });
  }

  /// Reads the sources again. What is wrong is logged, and nothing changes then.
  void reload() {
    if (stopping_) return;
    if (!running_) {
      reload_wanted_ = true;
      return;
    }
    auto parsed = parse_configuration(configuration_of(what_), inputs_);
    if (!parsed) {
      for (const auto& error : parsed.error()) {
        otp::log::error("SIGHUP: the configuration stays as it is: {}", error.message);
      }
      return;
    }
    values_ = std::move(parsed->values);
    runtime_.log().set_level(*parse_log_level(values_.get<std::string>("log_level")));
    otp::spawn([this, values = values_] {
      change_values(what_, values);
      otp::log::notice("SIGHUP: the configuration was read again");
    });
  }

  void start_ended(const std::optional<application_error>& failed) {
    if (stopping_) return;  // and not to the end of its start: that is no failure
    if (failed) {
      say(what_, "cannot start: " + start_failure_text(*failed));
      return finish(program_failure);
    }
    running_ = true;
    console_->started();
    if (!open_console()) return finish(program_failure);
    otp::log::info("{} {} is running, process {}", what_.main().name, what_.main().version,
                   ::getpid());
    if (reload_wanted_) reload();
  }

  std::string start_failure_text(const application_error& failed) const {
    if (failed.what != application_refusal::start_failed) return failed.to_string();
    const auto whose = failed.application == what_.main().name ? "" : failed.application + ": ";
    return whose + detail::start_failure_text(failed.reason);
  }

  /// The applications stop in their own time; this thread stays free for a second signal.
  void begin_stop() {
    stopping_ = true;
    deadline_.expires_after(values_.get<std::chrono::nanoseconds>("stop_timeout"));
    deadline_.async_wait([this](const boost::system::error_code& error) {
      if (!error) force_end("the stop took longer than stop_timeout");
    });
    otp::spawn([this] {
      application_controller::stop_all();
      asio::post(main_, [this] { finish(program_ok); });
    });
  }

  void node_down(const application_controller::node_down& why) {
    if (stopping_ || !running_) return;
    otp::log::critical("the supervision tree of {} has ended: {}", why.application, why.reason);
    say(what_, fmt::format("stopped: the supervision tree of {} has ended: {}", why.application,
                           why.reason));
    finish(program_failure);
  }

  void finish(int code) {
    if (code == program_ok) otp::log::info("{} has stopped", what_.main().name);
    code_ = code;
    main_.stop();
  }

  /// Says who is still there and ends the program.
  [[noreturn]] void force_end(std::string_view why) {
    queue_.flush(std::chrono::milliseconds{200});
    say(what_, fmt::format("forced to end by {}", why));
    const auto lines = who_holds_up(std::chrono::milliseconds{300});
    for (const auto& line : lines) say(what_, line);
    if (lines.empty()) {
      std::string left;
      for (const auto& [name, holder] : otp::registered()) {
        left += (left.empty() ? "" : ", ") + name;
      }
      say(what_, "still running: " + left);
    }
    std::_Exit(program_failure);
  }

  /// False when a configured socket cannot be had; the default one is only missed.
  bool open_console() {
    const auto configured = values_.get<std::string>("console_socket");
    if (configured == "none") return true;
    try {
      start_console(configured.empty() ? default_console_path(what_.main().name) : configured,
                    observer{applications});
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

  static std::vector<observed_application> applications() {
    std::vector<observed_application> all;
    for (const auto& each : application_controller::started_applications()) {
      all.push_back({each.name, each.description, each.version,
                     application_controller::top_of(each.name)});
    }
    return all;
  }

  const program_description& what_;
  configuration values_;
  config_inputs inputs_;
  // Before the runtime: processes that end with it may still post here.
  asio::io_context main_;
  asio::signal_set signals_;
  asio::steady_timer deadline_;
  log_queue queue_;  // whoever logs never waits for the terminal
  std::shared_ptr<quiet_start> console_;
  runtime runtime_;
  runtime_scope scope_;
  bool running_ = false;  // set when the start has succeeded
  bool reload_wanted_ = false;  // before that
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
      fmt::print("{} {}\n", what.main().name, what.main().version);
      return program_ok;
    case config_request::print_config:
      fmt::print("{}", parsed->values.to_toml());
      return program_ok;
    case config_request::action:
      return run_console(what, parsed->arguments);
    case config_request::run:
      break;
  }
  return program{what, std::move(parsed->values), inputs}.run();
}

}  // namespace otp::detail
