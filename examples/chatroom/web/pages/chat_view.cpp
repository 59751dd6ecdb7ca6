#include "web/pages/chat_view.hpp"

#include "chat/chat.hpp"
#include "web/live/diff.hpp"
#include "web/pages/built_in.hpp"
#include "web/pages/chat_page.hpp"
#include <otp/gen_server.hpp>
#include <otp/shared.hpp>
#include <otp/telemetry.hpp>
#include <otp/timer.hpp>

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace chatroom::pages {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_missed = 200;  // beyond that the newest page is shown instead
constexpr auto subscribe_again_after = 50ms;
constexpr auto read_again_after = 1s;
constexpr auto present_again_after = 50ms;
constexpr auto people_are_back_after = 1s;

// The id of the newest message that the tab has shown before it joins; 0 if there is none.
std::int64_t last_seen(const live::join_request& join) {
  const std::string_view text = join.params.get("seen");
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc{} && end == text.data() + text.size() && id > 0 ? id : 0;
}

class chat_view : public otp::gen_server<chat_view> {
 public:
  struct mount {};
  struct subscribe_again {};
  struct read_again {};
  struct present_again {};
  struct people_are_back {};

  using continues = otp::messages<mount>;
  using info =
      otp::messages<live::happened, otp::shared<chat::message>, otp::shared<presence::news>,
                    subscribe_again, read_again, present_again, people_are_back>;

  explicit chat_view(live::view_start start)
      : start_{std::move(start)}, page_{start_.session.name, http::csrf_token(start_.session)} {}

  // Mounting reads the database. Whoever starts views must not wait for that.
  otp::noreply init() { return otp::noreply{}.and_continue(mount{}); }

  void handle_continue(mount) {
    const auto begun = otp::this_runtime::now();
    transport_watch_ = otp::monitor(start_.transport);
    subscribe();
    load();
    if (be_present()) show_people();
    otp::send(
        start_.transport,
        live::mounted{start_.channel, fmt::format(R"({{"rendered":{},"liveview_version":"{}"}})",
                                                  differ_.full(page_.render(), page_.take_extras()),
                                                  live_view_version())});
    otp::telemetry::execute("chatroom.view.mounted",
                            {{"duration", otp::this_runtime::now() - begun}});
  }

  void handle_info(live::happened event) {
    if (const auto draft = page_.handle(event.what)) post(*draft);
    if (page_.name() != present_as_) introduce();
    const std::string diff = differ_.diff(page_.render(), page_.take_extras());
    // The change that an event makes travels in its answer, or the page would unlock too early.
    otp::send(start_.transport,
              live::replied{start_.channel, std::move(event.ref),
                            diff == "{}" ? diff : fmt::format(R"({{"diff":{}}})", diff)});
  }

  void handle_info(otp::shared<chat::message> news) {
    show(*news);
    push_changes();
  }

  otp::noreply handle_info(const otp::down& end) {
    if (end.ref == transport_watch_) return otp::stop(otp::reason::normal);
    if (end.ref == pubsub_watch_) schedule_subscription();
    if (end.ref == presence_watch_) {
      present_as_.clear();
      await_presence();
    }
    return {};
  }

  void handle_info(subscribe_again) {
    if (subscribe()) {
      // Whatever was said while nobody passed it on is in the database.
      catch_up();
      show_people();
      push_changes();
    }
  }

  void handle_info(read_again) {
    catch_up();
    push_changes();
  }

  void handle_info(const otp::shared<presence::news>& news) {
    if (people_are_away_) return;
    page_.show_people(news->now);
    push_changes();
  }

  void handle_info(present_again) {
    // A new Presence knows of nobody. Until all have told it, the page shows who was there before.
    if (be_present()) {
      otp::send_after(people_are_back_after, otp::this_process::self(), people_are_back{});
    }
  }

  void handle_info(people_are_back) {
    people_are_away_ = false;
    show_people();
    push_changes();
  }

  std::string format_status() const {
    return fmt::format("chat_view: name \"{}\", last message {}", page_.name(), page_.last_id());
  }

 private:
  // First subscribe, then load: what is said in between comes twice and is shown once (C-013).
  bool subscribe() {
    const otp::pid pubsub = otp::whereis(chat::pubsub_name);
    if (!pubsub || !chat::subscribe(chat::lobby)) {
      schedule_subscription();
      return false;
    }
    pubsub_watch_ = otp::monitor(pubsub);
    return true;
  }

  void schedule_subscription() {
    otp::send_after(subscribe_again_after, otp::this_process::self(), subscribe_again{});
  }

  // Presence forgets this tab when it ends, and this tab hears of that.
  bool be_present() {
    const otp::pid presence = otp::whereis(presence::server_name);
    if (!presence) {
      await_presence();
      return false;
    }
    presence_watch_ = otp::monitor(presence);
    introduce();
    return true;
  }

  void await_presence() {
    people_are_away_ = true;
    otp::send_after(present_again_after, otp::this_process::self(), present_again{});
  }

  // If that fails, Presence has ended, and is told again when it is back.
  void introduce() {
    if (!present_as_.empty()) chat::leave(chat::lobby, present_as_);
    const bool told = page_.name().empty() || chat::enter(chat::lobby, page_.name());
    present_as_ = told ? page_.name() : std::string{};
  }

  void show_people() {
    if (people_are_away_) return;
    if (auto now = chat::people(chat::lobby)) page_.show_people(*std::move(now));
  }

  void load() {
    if (auto newest = chat::newest_messages(chat::lobby, chat_page::history)) {
      page_.show_history(with_missed(*std::move(newest)));
    } else {
      cannot_read();
    }
  }

  // A tab that comes again, perhaps from another server, shows all that it has missed meanwhile.
  std::vector<chat::message> with_missed(std::vector<chat::message> newest) const {
    const std::int64_t seen = last_seen(start_.join);
    if (seen == 0 || newest.empty() || newest.front().id <= seen + 1) return newest;
    auto more = chat::newest_messages(chat::lobby, most_missed);
    const bool all = more && !more->empty() && more->front().id <= seen + 1;
    return all ? *std::move(more) : std::move(newest);
  }

  void cannot_read() {
    page_.history_unavailable();
    otp::send_after(read_again_after, otp::this_process::self(), read_again{});
  }

  void post(const chat::draft& draft) {
    const auto stored = chat::post(draft);
    if (stored) {
      page_.sent();
      show(*stored);
    } else {
      page_.not_sent(stored.error().text);
    }
  }

  // News of two senders may overtake each other on the way; the ids do not. A gap means that
  // something older is still to come, or has been lost: then the database says what it was.
  void show(const chat::message& news) {
    if (news.id > page_.last_id() + 1) {
      catch_up();
    } else {
      page_.show(news);
    }
  }

  void catch_up() {
    const auto missed = chat::messages_after(chat::lobby, page_.last_id(), most_missed);
    if (!missed) {
      cannot_read();
    } else if (missed->size() < most_missed) {
      page_.show_missed(*missed);
    } else {
      load();
    }
  }

  void push_changes() {
    std::string diff = differ_.diff(page_.render(), page_.take_extras());
    if (diff != "{}") {
      otp::send(start_.transport, live::pushed{start_.channel, "diff", std::move(diff)});
    }
  }

  live::view_start start_;
  chat_page page_;
  live::differ differ_;
  otp::monitor_ref transport_watch_{};
  otp::monitor_ref pubsub_watch_{};
  otp::monitor_ref presence_watch_{};
  std::string present_as_;  // the name under which Presence knows this tab
  bool people_are_away_ = false;
};

}  // namespace

otp::child_spec chat_view_child(live::view_start start) {
  return {.id = "view",
          .start = [start = std::move(start)]() -> otp::result<otp::pid, otp::start_failure> {
            auto started = otp::try_start_link<chat_view>(otp::start_options{}, start);
            if (!started) return otp::failure{std::move(started).error()};
            return started->pid();
          },
          .restart = otp::restart::temporary};
}

}  // namespace chatroom::pages
