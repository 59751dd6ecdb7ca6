// How a server is suspended, and its events come to those who watch it.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/controlled_behaviour.hpp>
#include <otp/detail/debugger.hpp>
#include <otp/detail/relations.hpp>
#include <otp/detail/runtime_services.hpp>
#include <otp/server_status.hpp>

#include <memory>
#include <string_view>
#include <utility>

namespace otp::detail {

struct controlled_behaviour::control {
  bool suspended = false;
  bool told = false;  ///< The state after the message that is being handled.
  process* held_by = nullptr;  ///< Set while messages are put aside.
  envelope* held_first = nullptr;
  envelope* held_last = nullptr;
  debugger events;
};

OTP_DECL controlled_behaviour::controlled_behaviour(type_id serves, const pid& parent) noexcept
    : behaviour{serves}, parent_{parent} {}

OTP_DECL controlled_behaviour::~controlled_behaviour() {
  if (control_ != nullptr) give_back();  // they hear of the end like all who are unread
}

OTP_DECL controlled_behaviour::control& controlled_behaviour::require_control() {
  if (control_ == nullptr) control_ = std::make_unique<control>();
  return *control_;
}

OTP_DECL void controlled_behaviour::suspend(process&, bool suspended) {
  if (!suspended && control_ == nullptr) return;
  require_control().suspended = suspended;  // a flag, no counter (Y-006)
  if (!suspended) give_back();
  settle();
}

OTP_DECL debugger& controlled_behaviour::watch() { return require_control().events; }

OTP_DECL const debugger* controlled_behaviour::watched() const noexcept {
  return control_ != nullptr ? &control_->events : nullptr;
}

OTP_DECL const envelope* controlled_behaviour::put_aside() const noexcept {
  return control_ != nullptr && control_->held_by != nullptr ? control_->held_first : nullptr;
}

OTP_DECL bool controlled_behaviour::suspended() const noexcept {
  return control_ != nullptr && control_->suspended;
}

OTP_DECL void controlled_behaviour::settle() noexcept {
  if (control_ != nullptr && !control_->suspended && control_->events.idle()) control_.reset();
}

OTP_DECL server_status controlled_behaviour::status(process& p) const {
  server_status made;
  made.process = p.id();
  made.name = first_name(p);
  made.kind = kind();
  made.suspended = suspended();
  made.parent = parent_;
  const auto ancestors = p.related.ancestors();
  made.ancestors.assign(ancestors.begin(), ancestors.end());
  if (control_ != nullptr) control_->events.describe(made);
  made.state = describe();
  return made;
}

OTP_DECL void controlled_behaviour::hold(process& p, envelope& e) noexcept {
  auto& c = *control_;
  e.next = nullptr;
  if (c.held_by == nullptr) {
    c.held_by = &p;
    c.held_first = &e;
  } else {
    c.held_last->next = &e;
  }
  c.held_last = &e;
}

OTP_DECL void controlled_behaviour::give_back() noexcept {
  if (auto* const p = std::exchange(control_->held_by, nullptr)) {
    p->prepend(*control_->held_first, *control_->held_last);
  }
}

OTP_DECL void controlled_behaviour::note_message(process& p, std::string_view type,
                                                 const pid& caller) {
  control_->told = false;
  control_->events.record(p, {.what = system_event::kind::in, .peer = caller}, type);
}

OTP_DECL void controlled_behaviour::note_answer(process& p, std::string_view type,
                                                const pid& caller, bool with_state) {
  control_->told = with_state;
  control_->events.record(p, {.what = system_event::kind::out, .peer = caller}, type, with_state);
}

OTP_DECL void controlled_behaviour::note_handled(process& p) {
  if (!control_->told) {
    control_->events.record(p, {.what = system_event::kind::noreply}, {}, true);
  }
  settle();  // a function may have been the last that watched
}

}  // namespace otp::detail
