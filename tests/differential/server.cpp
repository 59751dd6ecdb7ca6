// How servers answer: each request says itself what becomes of it.
#include "server.hpp"

#include <otp/process.hpp>
#include <otp/start.hpp>

#include <stdexcept>
#include <utility>

namespace differential {

void server::init() {
  if (how_ == "at_once") return;
  actor_.introduce(actor_.label(), otp::this_process::self());
  if (how_ == "ok") return;
  if (how_ == "ignore") otp::ignore();
  if (how_ == "crash") throw std::runtime_error{"oops"};
  otp::exit(parse_reason(how_));
}

otp::reply<std::string> server::handle_call(ask what) {
  actor_.tell(what.caller, "call " + to_text(what.request));
  const auto& verb = what.request.front();
  if (verb == "continue") return otp::reply<std::string>{"done"}.and_continue(go{});
  if (verb == "stop") return otp::stop(parse_reason(what.request[1]));
  if (verb == "stop_reply") {
    return otp::reply<std::string>{"done"}.and_stop(parse_reason(what.request[1]));
  }
  if (verb == "crash") throw std::runtime_error{"oops"};
  if (verb == "exit") otp::exit(parse_reason(what.request[1]));
  if (verb == "busy") otp::sleep(busy_time);
  if (verb == "ask") {
    ask further{otp::this_process::self(), {"reply"}, {}};
    return otp::call(otp::server_ref<server>{what.other}, std::move(further), otp::infinity);
  }
  return std::string{"done"};
}

void server::handle_call(ask_from what, otp::from<std::string> from) {
  actor_.tell(what.caller, "call " + to_text(what.request));
  const auto& verb = what.request.front();
  if (verb == "twice") {
    from.reply("first");
    from.reply("second");
  } else if (verb == "delegate") {
    otp::spawn([from = std::move(from)]() mutable { from.reply("delegated"); });
  } else {
    kept_.push_back(std::move(from));
  }
}

otp::noreply server::handle_cast(work what) {
  actor_.tell(what.caller, "cast " + to_text(what.request));
  const auto& verb = what.request.front();
  if (verb == "release") {
    for (auto& from : kept_) from.reply("late");
    kept_.clear();
  }
  if (verb == "stop") return otp::stop(parse_reason(what.request[1]));
  if (verb == "crash") throw std::runtime_error{"oops"};
  return {};
}

}  // namespace differential
