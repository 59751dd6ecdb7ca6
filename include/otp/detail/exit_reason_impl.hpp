// How exit reasons are compared, written and taken apart: the definitions of exit_reason.hpp.
#pragma once

#include <otp/config.hpp>
#include <otp/exit_reason.hpp>

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace otp {

namespace detail {

class call_detail final : public held_detail<call_info> {
 public:
  using held_detail::held_detail;

  // A chain of calls through thousands of processes must not be destroyed by recursion: processes
  // have small stacks. Details that nobody else holds are emptied from the outside in.
  ~call_detail() override {
    exit_reason next = std::move(value.inner);
    while (next.type() == exit_reason::kind::call && next.detail_ && next.detail_->is_unique()) {
      exit_reason deeper = std::move(static_cast<call_detail&>(*next.detail_).value.inner);
      next = std::move(deeper);
    }
  }
};

constexpr std::string_view kind_name(exit_reason::kind type) noexcept {
  constexpr std::array<std::string_view, 12> names = {
      "normal",  "shutdown", "kill",         "killed",    "noproc", "noconnection",
      "timeout", "deadlock", "mailbox_full", "exception", "call",   "value"};
  return names[static_cast<std::size_t>(type)];
}

inline void append_exception(std::string& out, const exception_info& info) {
  const auto append_one = [&out](const std::string& type, const std::string& what) {
    out += type;
    if (!what.empty()) {
      out += ": ";
      out += what;
    }
  };
  append_one(info.type, info.what);
  for (const exception_cause& cause : info.causes) {
    out += " (caused by ";
    append_one(cause.type, cause.what);
  }
  out.append(info.causes.size(), ')');
}

inline void append_call(std::string& out, const call_info& call) {
  out += " in call ";
  out += call.message;
  if (call.server.empty()) {
    return;
  }
  const bool is_name = call.server.front() != '<';  // pids are written as <0.42>
  out += is_name ? " to \"" : " to ";
  out += call.server;
  if (is_name) {
    out += '"';
  }
}

template <>
OTP_DECL void append_value(std::string& out, const exception_info& info) {
  append_exception(out, info);
}

}  // namespace detail

OTP_DECL exit_reason exit_reason::from_call(exit_reason inner, std::string server,
                                            std::string_view message) {
  return exit_reason{kind::call, detail_ptr::adopt(new detail::call_detail{call_info{
                                     std::move(inner), std::move(server), std::string{message}}})};
}

OTP_DECL exit_reason exit_reason::from_deadlock(std::string circle) {
  return exit_reason{kind::deadlock, hold<std::string>(std::move(circle))};
}

OTP_DECL bool exit_reason::is_orderly() const noexcept {
  if (kind_ != kind::call) return is_normal() || kind_ == kind::shutdown;
  const exit_reason& inner = get<call_info>()->inner;
  return inner.kind_ == kind::shutdown && !inner.detail_;
}

OTP_DECL const exit_reason& exit_reason::root() const noexcept {
  const exit_reason* innermost = this;
  while (innermost->kind_ == kind::call) {
    innermost = &innermost->get<call_info>()->inner;
  }
  return *innermost;
}

OTP_DECL std::string exit_reason::to_string() const {
  constexpr std::size_t shown_calls = 8;
  // The innermost calls are nearest to the failure; a ring keeps the last ones seen on the way in.
  std::array<const call_info*, shown_calls> ring{};
  std::size_t calls = 0;
  const exit_reason* innermost = this;
  while (innermost->kind_ == kind::call) {
    const call_info* const call = innermost->get<call_info>();
    ring[calls++ % shown_calls] = call;
    innermost = &call->inner;
  }

  std::string out;
  if (innermost->kind_ == kind::shutdown && innermost->detail_) {
    out += "shutdown(";
    innermost->detail_->append_to(out);
    out += ')';
  } else if (innermost->detail_) {
    if (innermost->kind_ == kind::deadlock) out += "deadlock: ";
    innermost->detail_->append_to(out);
  } else {
    out += detail::kind_name(innermost->kind_);
  }
  for (std::size_t shown = 0; shown < shown_calls && shown < calls; ++shown) {
    detail::append_call(out, *ring[(calls - 1 - shown) % shown_calls]);
  }
  if (calls > shown_calls) {
    out += fmt::format(" in {} more calls", calls - shown_calls);
  }
  return out;
}

OTP_DECL bool exit_reason::operator==(const exit_reason& other) const {
  const exit_reason* left = this;
  const exit_reason* right = &other;
  for (;;) {
    if (left->kind_ != right->kind_) {
      return false;
    }
    if (left->detail_.get() == right->detail_.get()) {
      return true;
    }
    if (!left->detail_ || !right->detail_) {
      return false;
    }
    if (left->kind_ != kind::call) {
      return left->detail_->equals(*right->detail_);
    }
    const call_info& left_call = *left->get<call_info>();
    const call_info& right_call = *right->get<call_info>();
    if (left_call.server != right_call.server || left_call.message != right_call.message) {
      return false;
    }
    left = &left_call.inner;
    right = &right_call.inner;
  }
}

OTP_DECL const char* exit_reason::c_str() const noexcept {
  if (!detail_) {
    return detail::kind_name(kind_).data();
  }
  try {
    return detail_->cached_text([this] { return to_string(); }).c_str();
  } catch (const std::exception&) {
    return detail::kind_name(kind_).data();  // out of memory, or a user's formatter failed
  }
}

}  // namespace otp

namespace otp::detail {

OTP_DECL std::string bounded(std::string_view text, std::size_t limit) {
  constexpr std::string_view mark = "...";
  if (text.size() <= limit) {
    return std::string{text};
  }
  std::size_t end = limit - mark.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  std::string result{text.substr(0, end)};
  result += mark;
  return result;
}

}  // namespace otp::detail
