#include "web/endpoint/connection.hpp"

#include "web/endpoint/http_exchange.hpp"
#include "web/http/session.hpp"
#include "web/http/uri.hpp"
#include "web/socket/channel_table.hpp"
#include <otp/asio.hpp>
#include <otp/gen_server.hpp>
#include <otp/log.hpp>
#include <otp/telemetry.hpp>
#include <otp/timer.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace chatroom::web {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;

namespace {

constexpr std::string_view socket_path = "/live/websocket";

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

beast::websocket::close_reason close_reason(close_code code, std::string_view text) {
  return {static_cast<beast::websocket::close_code>(code),
          beast::string_view{text.data(), text.size()}};
}

class connection : public otp::gen_server<connection> {
 public:
  struct serve {};
  struct frame_read {
    std::string text;
    bool binary;
  };
  struct frame_written {};
  struct peer_gone {};
  struct idle_check {};
  struct close_expired {};

  using continues = otp::messages<serve>;
  using info = otp::messages<frame_read, frame_written, peer_gone, idle_check, close_expired,
                             come_again, live::mounted, live::replied, live::pushed>;

  connection(std::shared_ptr<socket_descriptor> socket, shared_context context)
      : context_{std::move(context)},
        transport_{tcp::socket{otp::this_process::io_executor(), tcp::v4(), socket->take()},
                   context_->tls ? context_->tls->get().context : nullptr} {
    transport_.next_layer().set_option(tcp::no_delay{true});
  }

  otp::noreply init() { return otp::noreply{}.and_continue(serve{}); }

  otp::noreply handle_continue(serve) {
    http_exchange exchange{transport_};
    if (!exchange.greet()) return otp::stop(otp::reason::normal);
    while (auto request = exchange.read()) {
      if (context_->start_view && exchange.is_upgrade() &&
          request->target.starts_with(socket_path)) {
        const http::response verdict = judge_upgrade(*request);
        if (verdict.status == 101) return become_socket(exchange, *request);
        exchange.write(verdict);
        break;
      }
      const counted in_flight{context_->flow->requests};
      const auto begun = otp::this_runtime::now();
      http::response response = answer(*request);
      response.fields.set("X-Request-Id", request->id);
      if (context_->flow->draining) exchange.is_last();
      const bool goes_on = exchange.write(response);
      otp::telemetry::execute("chatroom.endpoint.request", [&] {
        return otp::telemetry_data{
            .measurements = {{"duration", otp::this_runtime::now() - begun}},
            .metadata = {{"method", request->method}, {"status", response.status}}};
      });
      if (!goes_on) break;
    }
    exchange.say_goodbye();
    return otp::stop(otp::reason::normal);
  }

  // ---- the WebSocket

  otp::noreply handle_info(frame_read received) {
    heard_ = true;
    if (received.binary) {
      close(close_code::unsupported_data, "binary frames carry uploads; this server takes none");
    } else {
      auto decoded = decode(received.text);
      if (auto* const bad = std::get_if<bad_frame>(&decoded)) {
        close(bad->code, bad->reason);
      } else {
        perform(channels_.receive(std::get<frame>(std::move(decoded))));
      }
    }
    read_next();
    return {};
  }

  otp::noreply handle_info(frame_written) {
    writing_ = false;
    queued_bytes_ -= queue_.front().size();
    queue_.pop_front();
    write_next();
    return {};
  }

  otp::noreply handle_info(peer_gone) { return otp::stop(otp::reason::normal); }
  otp::noreply handle_info(close_expired) { return otp::stop(otp::reason::normal); }

  otp::noreply handle_info(idle_check) {
    if (!std::exchange(heard_, false)) close(close_code::going_away, "no heartbeat");
    watch_for_silence();
    return {};
  }

  // The page reconnects at once after 1012; after 1000 it would load itself again.
  void handle_info(come_again) { close(close_code::restart, "restart"); }

  // ---- the views

  void handle_info(const live::mounted& news) {
    perform(channels_.join_accepted(news.channel, news.response));
  }
  void handle_info(const live::replied& news) {
    perform(channels_.reply(news.channel, news.ref, news.response));
  }
  void handle_info(const live::pushed& news) {
    perform(channels_.push(news.channel, news.event, news.payload));
  }
  void handle_info(const otp::down& end) {
    const auto found = by_monitor_.find(end.ref);
    if (found == by_monitor_.end()) return;
    const channel_id id = found->second;
    by_monitor_.erase(found);
    views_.erase(id);
    perform(channels_.crashed(id));
  }

  // Only a request from the supervisor gets this far while exits are trapped; it ends the process.
  otp::noreply handle_info(const otp::exited& end) { return otp::stop(end.reason); }

  void terminate(const otp::exit_reason& why) {
    if (stream_ != nullptr) otp::telemetry::execute("chatroom.socket.closed", {{"count", 1}});
    if (stream_ == nullptr || !stream_->is_open() || writing_ || closing_) return;
    if (why.is_normal()) return;
    const deadline patience{stream_->next_layer(), limits::close_time};
    boost::system::error_code ignored;
    stream_->async_close(close_reason(close_code::restart, "restart"), otp::yield[ignored]);
  }

 private:
  using websocket = beast::websocket::stream<transport>;

  struct view {
    otp::pid process;
    otp::monitor_ref watch;
  };

  http::response answer(const http::request& request) const {
    try {
      http::response out = http::answer(context_->site, request);
      if (!context_->hsts.empty()) out.fields.set("Strict-Transport-Security", context_->hsts);
      return out;
    } catch (const std::exception& error) {
      otp::log::write(otp::log_level::error, {{"request_id", request.id}}, "{} failed: {}",
                      request.method, error.what());
      http::response out = http::error_page(500);
      http::secure_headers(out.fields);
      return out;
    }
  }

  // 101: welcome. The browser cannot see why it is refused.
  http::response judge_upgrade(const http::request& request) const {
    const bool welcome = request.method == "GET" &&
                         http::origin_allowed(context_->origins, request) &&
                         http::vsn_supported(http::query_of(request.target));
    return http::text(welcome ? 101 : 403, "");
  }

  otp::noreply become_socket(http_exchange& exchange, const http::request& request) {
    visitor_.session = http::read_session(*context_->keys, request.fields, now());
    const auto query = http::form::parse(http::query_of(request.target));
    visitor_.csrf_valid =
        visitor_.session && query && http::csrf_valid(*visitor_.session, query->get("_csrf_token"));
    stream_ = std::make_unique<websocket>(std::move(transport_));
    stream_->read_message_max(limits::frame_bytes);
    stream_->text(true);
    stream_->auto_fragment(false);
    boost::system::error_code error;
    {
      const deadline slow{stream_->next_layer(), limits::header_time};
      stream_->async_accept(exchange.last_request(), otp::yield[error]);
    }
    if (error) return otp::stop(otp::reason::normal);
    open_.emplace(context_->flow->sockets);
    otp::telemetry::execute("chatroom.socket.opened", {{"count", 1}});
    // From here on `terminate` says goodbye to the page when the program stops.
    otp::this_process::trap_exit(true);
    read_next();
    watch_for_silence();
    return {};
  }

  // The stream is touched by this process only: every step of its operations runs as executor work
  // of the process, and the last step leaves a message for a handler, which may wait.
  template <class Handler>
  auto as_this_process(Handler handler) {
    return asio::bind_executor(otp::this_process::get_executor(), std::move(handler));
  }

  void read_next() {
    if (closing_) return;
    stream_->async_read(
        input_, as_this_process([this](const boost::system::error_code& error, std::size_t) {
          const otp::pid self = otp::this_process::self();
          if (error == beast::websocket::error::message_too_big) {
            close_now(close_code::too_big, "frame too big");
          } else if (error) {
            otp::send(self, peer_gone{});
          } else {
            otp::send(self,
                      frame_read{beast::buffers_to_string(input_.data()), stream_->got_binary()});
            input_.consume(input_.size());
          }
        }));
  }

  void send_frame(std::string text) {
    if (closing_) return;
    queued_bytes_ += text.size();
    queue_.push_back(std::move(text));
    // Diffs build on each other, so none may be left out: a reader that does not keep up is cut
    // off, joins again and gets the whole page.
    if (queue_.size() > limits::queued_frames || queued_bytes_ > limits::queued_bytes) {
      otp::log::warning("a WebSocket does not read: cut off with {} frames unsent", queue_.size());
      closing_ = true;
      stream_->next_layer().close();
      otp::send(otp::this_process::self(), peer_gone{});
      return;
    }
    write_next();
  }

  void write_next() {
    if (writing_) return;
    if (queue_.empty()) {
      if (const auto wanted = std::exchange(wanted_close_, {})) {
        close_now(wanted->first, wanted->second);
      }
      return;
    }
    writing_ = true;
    stream_->async_write(asio::buffer(queue_.front()),
                         as_this_process([](const boost::system::error_code& error, std::size_t) {
                           const otp::pid self = otp::this_process::self();
                           if (error) {
                             otp::send(self, peer_gone{});
                           } else {
                             otp::send(self, frame_written{});
                           }
                         }));
  }

  // Closes after what is queued.
  void close(close_code code, std::string reason) {
    if (closing_ || wanted_close_) return;
    otp::log::info("closing a WebSocket with {}: {}", static_cast<unsigned>(code), reason);
    wanted_close_.emplace(code, std::move(reason));
    write_next();
  }

  void close_now(close_code code, const std::string& reason) {
    if (closing_) return;
    closing_ = true;
    otp::send_after(limits::close_time, otp::this_process::self(), close_expired{});
    stream_->async_close(close_reason(code, reason),
                         as_this_process([](const boost::system::error_code&) {
                           otp::send(otp::this_process::self(), peer_gone{});
                         }));
  }

  void watch_for_silence() {
    otp::send_after(limits::socket_idle, otp::this_process::self(), idle_check{});
  }

  // ---- what the channel table asks for

  void perform(actions list) {
    for (action& one : list) {
      std::visit([this](auto& step) { perform(step); }, one);
    }
  }

  void perform(channel_action::send& step) { send_frame(std::move(step.text)); }

  void perform(channel_action::start& step) {
    live::join_request join = live::decode_join(step.payload);
    std::string refusal = live::check_join(*context_->keys, step.topic, join, visitor_, now());
    if (!refusal.empty()) return perform(channels_.join_refused(step.id, refusal));
    const auto started = context_->start_view(
        {otp::this_process::self(), step.id, *visitor_.session, std::move(join)});
    if (!started) return perform(channels_.crashed(step.id));
    const otp::monitor_ref watch = otp::monitor(*started);
    views_.emplace(step.id, view{*started, watch});
    by_monitor_.emplace(watch, step.id);
  }

  void perform(channel_action::deliver& step) {
    const auto found = views_.find(step.id);
    auto event = step.event == "event" ? live::decode_event(step.payload) : std::nullopt;
    if (found == views_.end() || !event) {
      // Every request of the client needs an answer, or what sent it stays locked in the page.
      return perform(channels_.reply(step.id, step.ref, "{}"));
    }
    otp::send(found->second.process, live::happened{std::move(step.ref), std::move(*event)});
  }

  void perform(channel_action::stop& step) {
    const auto found = views_.find(step.id);
    if (found == views_.end()) return;
    otp::demonitor(found->second.watch, true);
    by_monitor_.erase(found->second.watch);
    otp::exit(found->second.process, otp::reason::shutdown);
    views_.erase(found);
  }

  void perform(channel_action::close& step) { close(step.code, std::move(step.reason)); }

  shared_context context_;
  transport transport_;       // until it becomes a WebSocket
  beast::flat_buffer input_;  // before the stream, which writes into it until it is destroyed
  std::deque<std::string> queue_;
  std::size_t queued_bytes_ = 0;
  std::unique_ptr<websocket> stream_;
  std::optional<counted> open_;
  bool writing_ = false;
  bool closing_ = false;
  bool heard_ = true;
  std::optional<std::pair<close_code, std::string>> wanted_close_;
  live::visitor visitor_;
  channel_table channels_;
  std::map<channel_id, view> views_;
  std::map<otp::monitor_ref, channel_id> by_monitor_;
};

}  // namespace

otp::child_spec connection_child(socket_descriptor socket, shared_context context) {
  const auto handed_over = std::make_shared<socket_descriptor>(std::move(socket));
  return {.id = "connection",
          .start = [handed_over,
                    context = std::move(context)]() -> otp::result<otp::pid, otp::start_failure> {
            auto started =
                otp::try_start_link<connection>(otp::start_options{}, handed_over, context);
            if (!started) return otp::failure{std::move(started).error()};
            return started->pid();
          },
          .restart = otp::restart::temporary};
}

}  // namespace chatroom::web
