#include "web/live/stream.hpp"

namespace chatroom::live {

void stream::insert(std::string dom_id, std::int32_t at, rendered entry) {
  places_.push_back({std::move(dom_id), at});
  entries_.push_back(std::move(entry));
}

void stream::reset() {
  places_.clear();
  entries_.clear();
  deletes_.clear();
  reset_ = true;
}

stream_batch stream::take() {
  stream_batch batch{.ref = ref_,
                     .form = detail::unify(entries_),
                     .inserts = {},
                     .deletes = std::exchange(deletes_, {}),
                     .reset = std::exchange(reset_, false)};
  batch.inserts.reserve(entries_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    batch.inserts.push_back({.dom_id = std::move(places_[i].dom_id),
                             .at = places_[i].at,
                             .limit = limit_,
                             .holes = std::move(entries_[i].holes)});
  }
  places_.clear();
  entries_.clear();
  return batch;
}

}  // namespace chatroom::live
