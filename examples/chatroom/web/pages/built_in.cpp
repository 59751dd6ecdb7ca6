#include "web/pages/built_in.hpp"

#include <string>

namespace chatroom::pages {

std::shared_ptr<const http::static_files> load_built_in_files() {
  auto files = std::make_shared<http::static_files>("/assets/");
  for (const built_in_file& one : built_in_files()) files->add(one.name, std::string{one.content});
  return files;
}

}  // namespace chatroom::pages
