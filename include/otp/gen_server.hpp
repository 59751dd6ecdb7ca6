// Servers: a class whose object lives in a process, and whose handlers run one at a time.
//
//     class counter : public otp::gen_server<counter> {
//      public:
//       struct get { using reply = int; };                  // a message with a reply is a call
//       struct add { using reply = int; int amount = 1; };
//       struct reset {};                                    // one without is a cast or an info
//
//       explicit counter(int start = 0) : count_{start} {}  // runs in the new process: this is init
//       int handle_call(get) { return count_; }
//       int handle_call(add request) { return count_ += request.amount; }
//       void handle_cast(reset) { count_ = 0; }
//
//      private:
//       int count_;
//     };
//
//     auto ref = otp::start_link<counter>({.name = "counter"}, 10);
//     int n = otp::call(ref, counter::add{.amount = 5});      // 15
//
// Handlers are plain functions and may wait (otp::call, otp::receive, otp::sleep, Asio operations
// with otp::yield); other messages wait in the mailbox meanwhile. An exception that leaves a handler
// ends the server. What a server may define:
//   R | otp::reply<R> handle_call(M)          answers now
//   void handle_call(M, otp::from<R>)         answers later
//   void | otp::noreply handle_cast(M), handle_info(M), handle_continue(M)
//   void | otp::noreply init()                after the constructor, before start returns
//   void terminate(const otp::exit_reason&)   before the end, see below
//   std::string format_status() const         its state, for people
// handle_info gets the messages listed in `using info = otp::messages<...>;`, and otp::down,
// otp::exited and otp::idle_timeout without being listed. handle_continue gets those listed in
// `using continues = otp::messages<...>;`.
//
// terminate runs when the server stops itself, fails, or is stopped with otp::stop (G-059 to G-061,
// G-072), and, if it traps exits, when its parent exits or a supervisor shuts it down (G-068). It
// does not run after the signal kill, nor after any exit signal when it does not trap (G-065, G-066).
#pragma once

#include <otp/call.hpp>
#include <otp/detail/server_behaviour.hpp>
#include <otp/from.hpp>
#include <otp/process.hpp>
#include <otp/reply.hpp>
#include <otp/server_ref.hpp>
#include <otp/start.hpp>

namespace otp {

/// Base of server classes; gives the object access to its own process. `D` is the derived class.
template <class D>
class gen_server {
 public:
  using server_type = D;

 protected:
  gen_server() = default;
  gen_server(const gen_server&) = default;
  gen_server& operator=(const gen_server&) = default;
  ~gen_server() = default;

  /// This server. In its own process only.
  static server_ref<D> self() { return server_ref<D>{this_process::self()}; }
};

}  // namespace otp
