#include "web/endpoint/static_cache.hpp"

#include "web/pages/built_in.hpp"
#include <otp/child.hpp>
#include <otp/gen_server.hpp>

#include <fmt/format.h>

#include <utility>

namespace chatroom::web {
namespace {

class static_cache : public otp::gen_server<static_cache> {
 public:
  explicit static_cache(const std::shared_ptr<published_files>& place) {
    place->publish(pages::load_built_in_files());
  }

  std::string format_status() const {
    return fmt::format("{} built-in files published", pages::built_in_files().size());
  }
};

}  // namespace

otp::child_spec static_cache_child(std::string name, std::shared_ptr<published_files> place) {
  return otp::child<static_cache>({.name = std::move(name)}, std::move(place));
}

}  // namespace chatroom::web
