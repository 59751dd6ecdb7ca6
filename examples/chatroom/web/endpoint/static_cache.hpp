// The files of the page, made ready once and then read by everybody without asking anybody.
#pragma once

#include "web/http/static_files.hpp"
#include <otp/child_spec.hpp>

#include <memory>
#include <mutex>
#include <string>

namespace chatroom::web {

/// Where the cache puts the files and requests find them, as with an ETS table. Any thread.
class published_files {
 public:
  /// The files that were published last; none before the first time. Never nullptr.
  std::shared_ptr<const http::static_files> get() const {
    const std::lock_guard lock{mutex_};
    return files_;
  }
  void publish(std::shared_ptr<const http::static_files> files) {
    const std::lock_guard lock{mutex_};
    files_.swap(files);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const http::static_files> files_ =
      std::make_shared<const http::static_files>("/");
};

/// Returns the spec of the process that loads the built-in files and publishes them in `place` when
/// it starts. If it is killed, what it has published stays until its successor has loaded it anew.
otp::child_spec static_cache_child(std::string name, std::shared_ptr<published_files> place);

}  // namespace chatroom::web
