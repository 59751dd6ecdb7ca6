#include "web/endpoint/certificate.hpp"

#include "web/endpoint/endpoint.hpp"
#include <otp/asio.hpp>
#include <otp/blocking.hpp>
#include <otp/child.hpp>
#include <otp/gen_server.hpp>
#include <otp/log.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/chrono.h>

#include <chrono>
#include <csignal>
#include <utility>

namespace chatroom::web {

namespace asio = boost::asio;

namespace {

class certificate : public otp::gen_server<certificate> {
 public:
  struct changed {
    tls_files files;
  };
  struct hung_up {};
  using info = otp::messages<hung_up>;

  explicit certificate(std::shared_ptr<tls_in_use> place)
      : place_{std::move(place)}, signals_{otp::this_process::io_executor(), SIGHUP} {
    tell();
    wait();
  }

  otp::noreply handle_cast(changed now) {
    place_->set_files(std::move(now.files));
    read_again();
    return {};
  }

  otp::noreply handle_info(hung_up) {
    wait();
    read_again();
    return {};
  }

  std::string format_status() const {
    const tls_identity now = place_->get();
    return fmt::format("{} from {}, until {:%F}", now.subject, place_->files().certificate,
                       fmt::gmtime(std::chrono::system_clock::to_time_t(now.valid_until)));
  }

 private:
  void wait() {
    signals_.async_wait(asio::bind_executor(otp::this_process::get_executor(),
                                            [](const boost::system::error_code& error, int) {
                                              if (!error)
                                                otp::send(otp::this_process::self(), hung_up{});
                                            }));
  }

  void read_again() {
    auto found = otp::blocking([this] { return load_tls(place_->files()); });
    if (!found) {
      otp::log::error("the certificate stays as it is: {}", found.error());
      return;
    }
    place_->replace(*std::move(found));
    tell();
  }

  void tell() const {
    otp::log::notice("the certificate of new connections: {}", format_status());
    const auto wrong = complaint(
        place_->get(), std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    if (!wrong.empty()) otp::log::warning("{}", wrong);
  }

  std::shared_ptr<tls_in_use> place_;
  asio::signal_set signals_;
};

}  // namespace

otp::child_spec certificate_child(std::string name, std::shared_ptr<tls_in_use> place) {
  return otp::child<certificate>({.name = std::move(name)}, std::move(place));
}

void change_certificate(const tls_files& files) {
  otp::cast(otp::name<certificate>{std::string{certificate_name}}, certificate::changed{files});
}

}  // namespace chatroom::web
