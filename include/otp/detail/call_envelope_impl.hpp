// How callers hear: answers, failures, and calls whose answer is owed.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/call_envelope.hpp>

#include <utility>

namespace otp::detail {

OTP_DECL void call_failure::run(process& p, envelope& base) {
  auto& e = static_cast<call_failure&>(base);
  if (auto* const w = p.wait; w != nullptr && !w->ready && w->call_ref == e.ref) {
    w->failure = std::move(e.why);
    w->ready = true;
  }
  free_envelope(e);
}

OTP_DECL void fail_call(const pid& caller, std::uint64_t ref, const exit_reason& why) {
  send_signal<call_failure>(caller, ref, why);
}

OTP_DECL void owe(process& p, const call_envelope& call) {
  if (call.completion != nullptr) call.completion->hold(*call.completion);
  rarely_related(p).owed.push_back({call.caller_id(), call.call_ref, call.completion, nullptr});
}

OTP_DECL bool drop_owed(process& p, call_envelope& call) noexcept {
  auto* const rare = rare_of(p);
  if (rare == nullptr) return false;
  for (auto& owed : rare->owed) {
    if (owed.caller != call.caller_id() || owed.call_ref != call.call_ref ||
        owed.completion != call.completion) {
      continue;
    }
    owed.dropped = &call;
    p.dropped_from = true;
    return true;
  }
  return false;
}

OTP_DECL void fail_dropped(process& p) {
  p.dropped_from = false;
  settle_owed(p, [](const owed_reply& owed) {
    if (owed.dropped != nullptr) owed.dropped->ops->discard(*owed.dropped, reason::noproc);
    return owed.dropped != nullptr;
  });
}

OTP_DECL void fail_owed(process& p, const exit_reason& why) {
  settle_owed(p, [&](const owed_reply& owed) {
    if (owed.dropped != nullptr) {
      owed.dropped->ops->discard(*owed.dropped, why);
    } else if (owed.completion != nullptr) {
      owed.completion->end(*owed.completion, why);
    } else {
      fail_call(owed.caller, owed.call_ref, why);
    }
    return true;
  });
}

OTP_DECL void owed_settled::settle(process& p, const owed_settled& answered) {
  settle_owed(p, [&](const owed_reply& owed) {
    return owed.caller == answered.caller && owed.call_ref == answered.ref &&
           owed.completion == answered.completion;
  });
}

OTP_DECL void owed_settled::run(process& p, envelope& base) {
  auto& e = static_cast<owed_settled&>(base);
  settle(p, e);
  free_envelope(e);
}

}  // namespace otp::detail
