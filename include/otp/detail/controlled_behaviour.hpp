// What otp::sys can set up in every server, whatever its kind: it is suspended, and its events are
// watched. A server to which nobody did that pays for a null pointer.
#pragma once

#include <otp/detail/behaviour.hpp>
#include <otp/detail/envelope.hpp>
#include <otp/detail/process.hpp>
#include <otp/pid.hpp>

#include <memory>
#include <string_view>

namespace otp {
struct server_status;
}

namespace otp::detail {

class debugger;

class controlled_behaviour : public behaviour {
 public:
  /// `serves`: as for behaviour; `parent`: who started it with a link, or nobody.
  controlled_behaviour(type_id serves, const pid& parent) noexcept;
  ~controlled_behaviour() override;

  /// From now on puts aside what is not about the process itself, or goes on with that first
  /// (Y-004, Y-005).
  void suspend(process& p, bool suspended);

  /// What is watched; made if it is not there. Call `settle` when it has been changed.
  debugger& watch();
  /// The same, or null.
  const debugger* watched() const noexcept;
  /// Gives back what is not needed any more.
  void settle() noexcept;

  server_status status(process& p) const;

  const envelope* put_aside() const noexcept final;

  /// A handler answers `caller` by what it returned; the state after that is told later.
  void note_reply(process& p, std::string_view type, const pid& caller) {
    if (control_ != nullptr) [[unlikely]] note_answer(p, type, caller, false);
  }

 protected:
  const pid& parent() const noexcept { return parent_; }
  /// Whether there is anything of the following to be done.
  bool controlled() const noexcept { return control_ != nullptr; }
  bool suspended() const noexcept;

  /// Puts `e` aside until the server goes on. It still takes room in the mailbox.
  void hold(process& p, envelope& e) noexcept;

  /// A message of the type `type`, a call if there is a `caller`, is going to be handled.
  void note_message(process& p, std::string_view type, const pid& caller);
  /// It is answered; with the state after it if nothing more is going to be told of it.
  void note_answer(process& p, std::string_view type, const pid& caller, bool with_state);
  /// It was handled, and the server goes on.
  void note_handled(process& p);

 private:
  struct control;

  control& require_control();
  void give_back() noexcept;

  pid parent_;
  std::unique_ptr<control> control_;
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/controlled_behaviour_impl.hpp>
#endif
