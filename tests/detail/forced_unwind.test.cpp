// Canary tests of the kill: they tell whether a compiler and its C++ runtime behave as
// forced_unwind.hpp assumes. One file, though long: a new compiler is judged by the whole list.
#include "support/catch.hpp"
#include <otp/detail/fiber.hpp>
#include <otp/detail/forced_unwind.hpp>

#include <cxxabi.h>

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

using otp::detail::current_eh_globals;
using otp::detail::fiber;
using otp::detail::forced_unwind;
using otp::detail::run_end;
using otp::detail::stack_pool;

namespace {

// What the runtime does around a process, in small: a body on a fiber that waits, is continued or
// killed, and is abandoned when the kill cannot get through.
class victim {
 public:
  explicit victim(std::function<void(victim&)> body) : body_(std::move(body)) {
    otp::detail::install_abandon_handler(&abandon_if_unwinding);
    self_ = fiber(pool(), [this](fiber&& resumer) {
      outside_ = std::move(resumer);
      end = otp::detail::run_at_base(
          control, [this] { body_(*this); }, error);
      exception_after = std::current_exception() != nullptr;
      globals_clean = current_eh_globals().caught == nullptr && current_eh_globals().uncaught == 0;
      ended = true;
      return std::move(outside_);
    });
    go_on();
  }

  void go_on() {
    running() = this;
    self_ = std::move(self_).resume();
    running() = nullptr;
    if (given_up) {
      std::move(self_).abandon();
      control.abandoned();
    }
  }

  void kill() {
    killed = true;
    go_on();
  }

  void wait() {
    ++waits;
    if (!killed) outside_ = std::move(outside_).resume();
    if (killed) control.raise();
  }

  bool was_unwound() const {
    return ended && !given_up && end == run_end::unwound && !error && globals_clean &&
           !exception_after && !control.active();
  }

  bool was_abandoned() const { return given_up && !ended && !control.active(); }

  forced_unwind control;
  std::exception_ptr error;
  run_end end = run_end::returned;
  int waits = 0;
  bool killed = false;
  bool ended = false;
  bool given_up = false;
  bool globals_clean = false;
  bool exception_after = false;

 private:
  static stack_pool& pool() {
    static stack_pool stacks(256 * 1024);
    return stacks;
  }

  static victim*& running() {
    static victim* process = nullptr;
    return process;
  }

  static void abandon_if_unwinding() noexcept {
    victim* const process = running();
    if (process == nullptr || !process->control.active()) return;
    process->given_up = true;
    process->outside_ = std::move(process->outside_).resume();
  }

  std::function<void(victim&)> body_;
  fiber self_;
  fiber outside_;
};

struct guard {
  explicit guard(std::string& log, char name) : log_(log), name_(name) {}
  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;
  ~guard() { log_ += name_; }
  std::string& log_;
  char name_;
};

// An exception that counts the objects of its kind.
struct counted_error : std::runtime_error {
  explicit counted_error(int& n) : std::runtime_error("counted"), count(n) { ++count; }
  counted_error(const counted_error& other) : std::runtime_error(other), count(other.count) {
    ++count;
  }
  ~counted_error() override { --count; }
  int& count;
};

// A process can be killed and unwound after whatever happened before.
bool later_kills_work() {
  std::string log;
  victim v([&](victim& self) {
    const guard g(log, 'a');
    self.wait();
  });
  v.kill();
  return v.was_unwound() && log == "a";
}

}  // namespace

TEST_CASE("a body that returns or throws is not affected by the base frame") {
  victim returns([](victim& self) { self.wait(); });
  returns.go_on();
  CHECK(returns.end == run_end::returned);
  CHECK(!returns.error);
  CHECK(returns.globals_clean);

  victim throws([](victim& self) {
    self.wait();
    throw std::runtime_error("boom");
  });
  throws.go_on();
  CHECK(throws.end == run_end::exception);
  REQUIRE(throws.error);
  CHECK_THROWS_AS(std::rethrow_exception(throws.error), std::runtime_error);
  CHECK(throws.globals_clean);
}

TEST_CASE("a kill runs the destructors of all frames, innermost first, and nothing else") {
  std::string log;
  victim v([&](victim& self) {
    const guard a(log, 'a');
    const auto inner = [&] {
      const guard b(log, 'b');
      const auto on_heap = std::make_unique<guard>(log, 'c');
      self.wait();
      log += '!';
    };
    inner();
    log += '!';
  });
  CHECK(log.empty());
  v.kill();
  CHECK(v.was_unwound());
  CHECK(log == "cba");
}

TEST_CASE("a kill cannot be swallowed by catch (...) in a loop") {
  std::string log;
  int handled = 0;
  bool exception_inside = true;
  victim v([&](victim& self) {
    const guard a(log, 'a');
    for (;;) {
      try {
        const guard b(log, 'b');
        self.wait();
      } catch (...) {
        ++handled;
        exception_inside = std::current_exception() != nullptr;
      }
    }
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(log == "ba");
  CHECK(handled == 1);
  CHECK(!exception_inside);
  CHECK(v.waits == 1);
}

TEST_CASE("a kill passes through several handlers that swallow it") {
  int handled = 0;
  victim v([&](victim& self) {
    const auto swallow = [&](const auto& again, int depth) -> void {
      try {
        if (depth == 0) return self.wait();
        again(again, depth - 1);
      } catch (...) {
        ++handled;
      }
    };
    swallow(swallow, 20);
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(handled == 21);
}

TEST_CASE("a kill goes on after a rethrow, also when an outer handler swallows it then") {
  std::string log;
  victim v([&](victim& self) {
    const guard a(log, 'a');
    try {
      try {
        const guard b(log, 'b');
        self.wait();
      } catch (...) {
        log += 'r';
        throw;
      }
    } catch (...) {
      log += 's';
    }
    log += '!';
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(log == "brsa");
}

TEST_CASE("a kill is not caught as a type") {
  bool caught = false;
  victim v([&](victim& self) {
    try {
      self.wait();
    } catch (const std::exception&) {
      caught = true;
    } catch (const std::string&) {
      caught = true;
    } catch (int) {
      caught = true;
    }
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(!caught);
}

TEST_CASE("a handler that throws another exception in the place of the kill ends the process too") {
  std::string log;
  victim v([&](victim& self) {
    const guard a(log, 'a');
    try {
      const guard b(log, 'b');
      self.wait();
    } catch (...) {
      const guard c(log, 'c');
      throw std::runtime_error("replaced");
    }
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(log == "bca");
  CHECK(later_kills_work());
}

TEST_CASE("a replaced kill that was caught is raised again at the next wait") {
  std::string log;
  victim v([&](victim& self) {
    const guard a(log, 'a');
    try {
      try {
        self.wait();
      } catch (...) {
        std::throw_with_nested(std::runtime_error("replaced"));
      }
    } catch (const std::runtime_error&) {
      log += 'c';
    }
    CHECK(std::uncaught_exceptions() == 0);
    self.wait();
    log += '!';
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(log == "ca");
  CHECK(v.waits == 2);
}

TEST_CASE("a replaced kill that was caught counts as a kill when the body then returns") {
  victim v([&](victim& self) {
    try {
      try {
        self.wait();
      } catch (...) {
        throw 1;
      }
    } catch (int) {
    }
  });
  v.kill();
  CHECK(v.was_unwound());
}

TEST_CASE("a process that replaces its kill again and again is abandoned") {
  victim v([&](victim& self) {
    for (;;) {
      try {
        try {
          self.wait();
        } catch (...) {
          throw std::runtime_error("not me");
        }
      } catch (const std::runtime_error&) {
      }
    }
  });
  v.kill();
  CHECK(v.was_abandoned());
  CHECK(v.waits == forced_unwind::max_raises + 1);
  CHECK(later_kills_work());
}

TEST_CASE("a process that waits in a handler that caught its kill is unwound on from there") {
  std::string log;
  victim v([&](victim& self) {
    const guard a(log, 'a');
    try {
      self.wait();
    } catch (...) {
      const guard b(log, 'b');
      log += 'w';
      self.wait();
    }
    log += '!';
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(log == "wba");
}

TEST_CASE(
    "a process killed while it waits in a catch block destroys the exception once, at the end") {
  int alive = 0;
  std::string log;
  victim v([&](victim& self) {
    try {
      throw counted_error(alive);
    } catch (const counted_error& e) {
      struct reader {
        const counted_error& error;
        std::string& log;
        ~reader() { log += error.what(); }  // still valid in the middle of the unwinding
      };
      const reader r{e, log};
      self.wait();
    }
  });
  CHECK(alive == 1);
  v.kill();
  CHECK(v.was_unwound());
  CHECK(log == "counted");
  CHECK(alive == 0);
}

TEST_CASE("a kill in a catch block gets through an inner catch-all handler") {
  int alive = 0;
  int handled = 0;
  victim v([&](victim& self) {
    try {
      throw counted_error(alive);
    } catch (const counted_error&) {
      for (;;) {
        try {
          self.wait();
        } catch (...) {
          ++handled;
        }
      }
    }
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(handled == 1);
  CHECK(alive == 0);
}

TEST_CASE("a kill below several handlers destroys all their exceptions") {
  int alive = 0;
  victim v([&](victim& self) {
    try {
      throw counted_error(alive);
    } catch (...) {
      try {
        throw counted_error(alive);
      } catch (...) {
        try {
          throw;  // the same exception in two handlers
        } catch (const counted_error&) {
          self.wait();
        }
      }
    }
  });
  CHECK(alive == 2);
  v.kill();
  CHECK(v.was_unwound());
  CHECK(alive == 0);
}

TEST_CASE("an exception that somebody else holds too survives the kill") {
  int alive = 0;
  std::exception_ptr kept;
  victim v([&](victim& self) {
    try {
      throw counted_error(alive);
    } catch (...) {
      kept = std::current_exception();
      self.wait();
    }
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(alive == 1);
  kept = nullptr;
  CHECK(alive == 0);
}

TEST_CASE("a replaced kill leaves the exceptions of both waits to be destroyed at the base") {
  int alive = 0;
  victim v([&](victim& self) {
    try {
      try {
        throw counted_error(alive);
      } catch (const counted_error&) {
        try {
          self.wait();
        } catch (...) {
          throw std::runtime_error("replaced");
        }
      }
    } catch (const std::runtime_error&) {
      try {
        throw counted_error(alive);
      } catch (const counted_error&) {
        self.wait();
      }
    }
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(v.waits == 2);
  CHECK(alive == 0);
}

TEST_CASE("guards see one uncaught exception during a kill, and roll back") {
  bool committed = false;
  int seen_first = -1;
  int seen_after_rethrow = -1;
  victim v([&](victim& self) {
    struct transaction {
      bool& committed;
      int& seen;
      int before = std::uncaught_exceptions();
      ~transaction() {
        seen = std::uncaught_exceptions();
        if (seen == before) committed = true;
      }
    };
    const transaction outer{committed, seen_after_rethrow};
    try {
      const transaction inner{committed, seen_first};
      self.wait();
    } catch (...) {
      throw;
    }
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(!committed);
  CHECK(seen_first == 1);
  CHECK(seen_after_rethrow == 1);
}

TEST_CASE("destructors may throw and catch exceptions of their own during a kill") {
  std::string log;
  victim v([&](victim& self) {
    struct busy {
      std::string& log;
      ~busy() {
        try {
          throw std::runtime_error("inside");
        } catch (const std::exception& e) {
          log += e.what();
        }
      }
    };
    const guard a(log, 'a');
    const busy b{log};
    self.wait();
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(log == "insidea");
}

// Code that names the runtime's type of a forced unwind is given a null reference to bind. It must
// not look at it, but g++'s UBSan stops at the binding, also in the library's own headers.
#if defined(__clang__) || !defined(__SANITIZE_ADDRESS__)

TEST_CASE("a kill passes through std::packaged_task") {
  std::string log;
  bool returned = false;
  victim v([&](victim& self) {
    std::packaged_task<void()> task([&] {
      const guard g(log, 'a');
      self.wait();
    });
    task();
    returned = true;
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(log == "a");
  CHECK(!returned);
}

TEST_CASE("code that knows the forced unwind of the C++ runtime may name it, and rethrow") {
  bool seen = false;
  victim v([&](victim& self) {
    try {
      self.wait();
    } catch (const abi::__forced_unwind&) {
      seen = true;
      throw;
    }
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(seen);
}

#endif

TEST_CASE("a kill passes through an ostream that waits in flush") {
  bool returned = false;
  victim v([&](victim& self) {
    struct waiting_buffer : std::stringbuf {
      explicit waiting_buffer(victim& p) : process(p) {}
      int sync() override {
        process.wait();
        return 0;
      }
      victim& process;
    };
    waiting_buffer buffer(self);
    std::ostream out(&buffer);
    out << "text" << std::flush;
    returned = true;
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(!returned);
}

TEST_CASE("a kill under noexcept abandons the stack, and the program goes on") {
  std::string log;
  victim v([&](victim& self) {
    const guard a(log, 'a');
    const auto careful = [&]() noexcept {
      const guard b(log, 'b');
      self.wait();
    };
    careful();
  });
  v.kill();
  CHECK(v.was_abandoned());
  CHECK(log.find('a') == std::string::npos);
  CHECK(current_eh_globals().caught == nullptr);
  CHECK(current_eh_globals().uncaught == 0);
  CHECK(later_kills_work());
}

TEST_CASE("a kill in a destructor abandons the stack, and the program goes on") {
  std::string log;
  victim v([&](victim& self) {
    struct checkin {
      victim& process;
      ~checkin() { process.wait(); }
    };
    const guard a(log, 'a');
    const checkin c{self};
  });
  v.kill();
  CHECK(v.was_abandoned());
  CHECK(log.empty());
  CHECK(later_kills_work());
}

TEST_CASE("a destructor that swallows its kill is abandoned") {
  victim v([&](victim& self) {
    struct checkin {
      victim& process;
      ~checkin() {
        try {
          process.wait();
        } catch (...) {
        }
      }
    };
    const checkin c{self};
  });
  v.kill();
  CHECK(v.was_abandoned());
  CHECK(later_kills_work());
}

TEST_CASE("a destructor that waits during a kill is abandoned") {
  std::string log;
  victim v([&](victim& self) {
    struct checkin {
      victim& process;
      ~checkin() { process.wait(); }
    };
    const guard a(log, 'a');
    const checkin c{self};
    const guard b(log, 'b');
    self.wait();
  });
  v.kill();
  CHECK(v.was_abandoned());
  CHECK(log == "b");
  CHECK(v.waits == 2);
  CHECK(later_kills_work());
}

TEST_CASE("a kill while another exception unwinds the stack abandons it") {
  victim v([&](victim& self) {
    struct checkin {
      victim& process;
      ~checkin() { process.wait(); }
    };
    const checkin c{self};
    throw std::runtime_error("in flight");
  });
  v.kill();
  CHECK(v.was_abandoned());
  CHECK(later_kills_work());
}

TEST_CASE("an abandoned stack keeps the exceptions that it was handling") {
  int alive = 0;
  victim v([&](victim& self) {
    try {
      throw counted_error(alive);
    } catch (const counted_error&) {
      [&]() noexcept { self.wait(); }();
    }
  });
  v.kill();
  CHECK(v.was_abandoned());
  CHECK(alive == 1);
}

TEST_CASE("two processes are killed while each other's exceptions are being handled") {
  int alive = 0;
  const auto body = [&](victim& self) {
    try {
      throw counted_error(alive);
    } catch (const counted_error&) {
      try {
        self.wait();
      } catch (...) {
      }
    }
  };
  victim first(body);
  victim second(body);
  CHECK(alive == 2);
  first.kill();
  CHECK(first.was_unwound());
  CHECK(alive == 1);
  second.kill();
  CHECK(second.was_unwound());
  CHECK(alive == 0);
}

TEST_CASE("one control block serves several kills") {
  std::string log;
  victim v([&](victim& self) {
    // A base frame inside another one's body, with the same control block.
    std::exception_ptr inner_error;
    const run_end end = otp::detail::run_at_base(
        self.control,
        [&] {
          const guard g(log, 'a');
          self.wait();
        },
        inner_error);
    log += end == run_end::unwound ? 'u' : '!';
    self.wait();
  });
  v.kill();
  CHECK(v.was_unwound());
  CHECK(log == "au");
}
