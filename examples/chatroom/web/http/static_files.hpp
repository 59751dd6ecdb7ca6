// The files of the page. They are in memory from the start, and a path that is not exactly one of
// theirs is not found: there is no file system to escape into.
#pragma once

#include "web/http/message.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace chatroom::http {

/// Returns the Content-Type for a file name by its extension.
std::string_view content_type(std::string_view file_name);

class static_files {
 public:
  /// `prefix` is the path below which the files are served, such as "/assets/".
  explicit static_files(std::string prefix) : prefix_{std::move(prefix)} {}

  /// Adds a file. It is served as NAME with `no-cache`, and under a name that holds the hash of
  /// its content as immutable for a year.
  void add(std::string_view name, std::string content);

  /// Returns the path with the hash, for use in pages; the plain path if there is no such file.
  std::string path(std::string_view name) const;

  /// Returns the response to GET or HEAD for one of the files: 200, or 304 if the client has the
  /// same content (C-101). Nothing if no file has this path.
  std::optional<response> serve(const request& from) const;

 private:
  struct file {
    std::string_view type;
    std::string etag;
    bool immutable;
    std::shared_ptr<const std::string> content;
  };
  std::string prefix_;
  std::map<std::string, file, std::less<>> files_;          // by path
  std::map<std::string, std::string, std::less<>> hashed_;  // name -> path with hash
};

}  // namespace chatroom::http
