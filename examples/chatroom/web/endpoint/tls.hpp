// TLS certificates: read from files, checked, and made into what connections are accepted with.
#pragma once

#include <otp/result.hpp>

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace chatroom::web {

struct tls_files {
  std::string certificate;  // path of a PEM file: the own certificate, then those that signed it
  std::string key;          // path of a PEM file without a password
};

/// A certificate with its key, checked to belong together. Speaks TLS 1.2 and 1.3, ciphers with
/// forward secrecy only, and HTTP/1.1 by ALPN.
struct tls_identity {
  std::shared_ptr<boost::asio::ssl::context> context;
  std::string subject;  // "CN=chat.example.com"
  std::chrono::sys_seconds valid_from;
  std::chrono::sys_seconds valid_until;
};

/// Reads both files. The error is one sentence that names the file, what is wrong with it and what
/// to do. A certificate that has expired is none: its owner may want to be seen with it.
otp::result<tls_identity, std::string> load_tls(const tls_files& from);

/// Returns what a visitor would complain about at the time `now`, or an empty string.
std::string complaint(const tls_identity& about, std::chrono::sys_seconds now);

/// Where new connections find the certificate, and where that comes from. Any thread. What is accepted
/// with one keeps it alive until it ends.
class tls_in_use {
 public:
  tls_in_use(tls_files files, tls_identity first)
      : files_{std::move(files)}, identity_{std::move(first)} {}

  /// The files to read next time.
  tls_files files() const {
    const std::lock_guard lock{mutex_};
    return files_;
  }
  void set_files(tls_files next) {
    const std::lock_guard lock{mutex_};
    std::swap(files_, next);
  }

  tls_identity get() const {
    const std::lock_guard lock{mutex_};
    return identity_;
  }
  void replace(tls_identity next) {
    const std::lock_guard lock{mutex_};
    std::swap(identity_, next);
  }

 private:
  mutable std::mutex mutex_;
  tls_files files_;
  tls_identity identity_;
};

}  // namespace chatroom::web
