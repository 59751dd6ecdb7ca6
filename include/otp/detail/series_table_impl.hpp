// How series are found and added.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/series_table.hpp>
#include <otp/detail/tag_key.hpp>

#include <algorithm>
#include <bit>
#include <utility>

namespace otp::detail {

OTP_DECL series_table::series_table(const metric& of)
    // One more than the limit, for the overflow series; at most half full, so that there is always
    // an empty place for a search to end at.
    : metric_{of}, places_(std::bit_ceil((of.options().max_series + 1) * 2)) {
  const field_value overflow{"overflow"};
  tag_key key;
  for (std::size_t i = 0; i < of.options().tags.size(); ++i) key.add(&overflow);
  overflow_key_ = key.text();
}

OTP_DECL series_table::found series_table::at(std::string_view key) {
  const std::size_t hash = hash_of(key);
  if (entry* const known = find(key, hash)) return {known->cell, false};
  // acquire, here and in find: the counterparts of the stores below. An entry never changes again.
  if (entry* const full = overflow_.load(std::memory_order_acquire)) return {full->cell, false};
  return add(key, hash);
}

OTP_DECL series_table::entry* series_table::find(std::string_view key,
                                                 std::size_t hash) const noexcept {
  const std::size_t mask = places_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    // acquire: pairs with the release of `insert`, which shows the whole entry.
    entry* const each = places_[at].load(std::memory_order_acquire);
    if (each == nullptr || (each->hash == hash && each->key == key)) return each;
  }
}

OTP_DECL series_table::found series_table::add(std::string_view key, std::size_t hash) {
  const std::lock_guard lock{mutex_};
  if (entry* const known = find(key, hash)) return {known->cell, false};
  if (entry* const full = overflow_.load(std::memory_order_relaxed)) return {full->cell, false};
  if (entries_.size() < metric_.options().max_series) return {insert(key, hash).cell, false};
  // A user's tags may have these values as well: then it is the same series.
  const std::size_t overflow_hash = hash_of(overflow_key_);
  entry* overflow = find(overflow_key_, overflow_hash);
  if (overflow == nullptr) overflow = &insert(overflow_key_, overflow_hash);
  overflow_.store(overflow, std::memory_order_release);
  return {overflow->cell, true};
}

OTP_DECL series_table::entry& series_table::insert(std::string_view key, std::size_t hash) {
  entry& added = *entries_.emplace_back(std::make_unique<entry>(hash, key, metric_));
  const std::size_t mask = places_.size() - 1;
  std::size_t at = hash & mask;
  while (places_[at].load(std::memory_order_relaxed) != nullptr) at = (at + 1) & mask;
  places_[at].store(&added, std::memory_order_release);
  return added;
}

OTP_DECL std::vector<metric_series> series_table::read() const {
  std::vector<const entry*> entries;
  {
    const std::lock_guard lock{mutex_};
    entries.reserve(entries_.size());
    for (const auto& each : entries_) entries.push_back(each.get());
  }
  // Entries stay as long as the table does, so nobody who adds one waits for a reader.
  std::vector<metric_series> all;
  all.reserve(entries.size());
  for (const entry* const each : entries) {
    if (auto value = each->cell.read()) {
      all.push_back({tag_key::values(each->key), *std::move(value)});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.tags < b.tags; });
  return all;
}

}  // namespace otp::detail
