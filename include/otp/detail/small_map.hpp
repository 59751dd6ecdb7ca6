// A map that is one pointer wide and ordered by its keys, for processes: most have no link, or one,
// and there may be a million of them; a supervisor may have a hundred thousand.
//
// Few entries stand side by side in one block of memory, in order: to look for one reads a line or
// two of the cache, and nothing is spent on the nodes of a tree. When they do not fit into the largest
// block any more they move into a std::map, and stay there until the map is empty, so that linking
// and unlinking takes O(log n) whatever their number.
#pragma once

#include <otp/detail/this_thread.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <type_traits>
#include <utility>

namespace otp::detail {

/// Not thread-safe. Pointers to values are valid until an entry is added or erased.
/// `keeps_one`: one entry stands in the map itself, which is that much larger.
template <class K, class V, bool keeps_one = false>
class small_map {
  struct entry {
    K key;
    V value;
  };

 public:
  /// How many entries may stand in one block.
  static constexpr std::uint32_t few = (512 - 8) / sizeof(entry);

  small_map() noexcept = default;
  small_map(const small_map&) = delete;
  small_map& operator=(const small_map&) = delete;
  ~small_map() { clear(); }

  bool empty() const noexcept { return held_ == nullptr; }
  std::size_t size() const noexcept {
    if (empty()) return 0;
    return has_tree() ? tree().size() : count();
  }

  /// The value of `key`, or null.
  const V* find(const K& key) const noexcept {
    if (empty()) return nullptr;
    if (has_tree()) {
      const auto found = tree().find(key);
      return found == tree().end() ? nullptr : &found->second;
    }
    const auto at = place_of(key);
    return is_at(at, key) ? &entries()[at].value : nullptr;
  }
  V* find(const K& key) noexcept { return const_cast<V*>(std::as_const(*this).find(key)); }
  bool contains(const K& key) const noexcept { return find(key) != nullptr; }

  /// Adds a value made of `arguments`, unless there is one. Returns it, and whether it was added.
  /// Fails with std::bad_alloc; then nothing has changed.
  template <class... A>
  std::pair<V*, bool> try_emplace(const K& key, A&&... arguments) {
    if (!empty() && !has_tree()) {
      const auto at = place_of(key);
      if (is_at(at, key)) return {&entries()[at].value, false};
    }
    if (!empty() && has_tree()) {
      // Whoever is added is the youngest as a rule, and keys are ordered by age; and who has just been added
      // is asked for again at once: a link has two requests.
      const auto last = std::prev(tree().end());
      if (last->first == key) return {&last->second, false};
      const auto before = tree().size();
      const auto added = tree().try_emplace(tree().end(), key, std::forward<A>(arguments)...);
      return {&added->second, tree().size() != before};
    }
    if constexpr (keeps_one) {
      if (empty()) {
        auto* const made = ::new (&here_) entry{key, V{std::forward<A>(arguments)...}};
        held_ = here();
        return {&made->value, true};
      }
    }
    entry made{key, V{std::forward<A>(arguments)...}};
    if (empty() || count() == room()) grow();
    if (has_tree()) return {&tree().try_emplace(key, std::move(made.value)).first->second, true};
    return {insert(place_of(key), std::move(made)), true};
  }

  /// Removes the entry. Returns whether there was one.
  bool erase(const K& key) noexcept {
    if (empty()) return false;
    if (has_tree()) {
      const bool erased = tree().erase(key) != 0;
      if (tree().empty()) clear();
      return erased;
    }
    const auto at = place_of(key);
    if (!is_at(at, key)) return false;
    if (count() == 1) {
      clear();
      return true;
    }
    auto* const all = entries();
    for (auto i = at + 1; i < held_->size; ++i) all[i - 1] = std::move(all[i]);
    std::destroy_at(all + --held_->size);
    return true;
  }

  void clear() noexcept {
    if (empty()) return;
    auto* const old = std::exchange(held_, nullptr);
    if (!is_here(old) && old->room == 0) {
      block_deleter<with_tree>{}(static_cast<with_tree*>(old));
    } else {
      free_row(old);
    }
  }

  /// Calls `visit(key, value)` for each entry, in the order of their keys. `visit` may not add or
  /// erase any.
  template <class F>
  void each(F visit) const {
    if (empty()) return;
    if (has_tree()) {
      for (const auto& [key, value] : tree()) visit(key, value);
      return;
    }
    for (std::uint32_t i = 0; i < count(); ++i) visit(entries()[i].key, entries()[i].value);
  }

 private:
  using block_map = std::map<K, V, std::less<>, block_allocator<std::pair<const K, V>>>;

  // What the entries stand behind.
  struct row {
    std::uint32_t size = 0;
    std::uint32_t room = 0;  // 0: this is the beginning of a with_tree
  };
  struct with_tree : row {
    block_map entries;
  };
  struct nothing {};
  struct alignas(entry) place_of_one {
    std::byte bytes[sizeof(entry)];
  };
  using room_for_one = std::conditional_t<keeps_one, place_of_one, nothing>;

  static_assert(sizeof(row) == 8 && alignof(entry) <= alignof(std::uint64_t));

  static constexpr std::size_t bytes_of(std::uint32_t room) noexcept {
    return sizeof(row) + room * sizeof(entry);
  }
  /// The next size of a row: as many as fit into a block, the blocks being 32 bytes, 64, 128 ....
  static constexpr std::uint32_t room_after(std::uint32_t room) noexcept {
    std::size_t block = 32;
    while (block < bytes_of(room + 1)) block *= 2;
    return static_cast<std::uint32_t>((block - sizeof(row)) / sizeof(entry));
  }

  /// What `held_` is while the one entry stands in the map: no row, but its address.
  row* here() const noexcept {
    return reinterpret_cast<row*>(const_cast<room_for_one*>(&here_));
  }
  bool is_here(const row* r) const noexcept { return keeps_one && r == here(); }
  std::uint32_t count() const noexcept { return is_here(held_) ? 1 : held_->size; }
  std::uint32_t room() const noexcept { return is_here(held_) ? 1 : held_->room; }
  bool has_tree() const noexcept { return room() == 0; }
  block_map& tree() const noexcept { return static_cast<with_tree*>(held_)->entries; }
  entry* entries() const noexcept { return entries_of(held_); }
  entry* entries_of(row* r) const noexcept {
    return is_here(r) ? reinterpret_cast<entry*>(r) : reinterpret_cast<entry*>(r + 1);
  }

  /// Where `key` is or would be. From the back, since the youngest are asked for most.
  std::uint32_t place_of(const K& key) const noexcept {
    auto at = count();
    while (at > 0 && !(entries()[at - 1].key < key)) --at;
    return at;
  }
  bool is_at(std::uint32_t at, const K& key) const noexcept {
    return at < count() && entries()[at].key == key;
  }

  V* insert(std::uint32_t at, entry&& added) noexcept {
    auto* const all = entries();
    const auto size = held_->size++;
    if (at == size) return &std::construct_at(all + at, std::move(added))->value;
    std::construct_at(all + size, std::move(all[size - 1]));
    for (auto i = size - 1; i > at; --i) all[i] = std::move(all[i - 1]);
    all[at] = std::move(added);
    return &all[at].value;
  }

  /// Makes room for one more.
  void grow() {
    const auto next = room_after(empty() ? 0 : room());
    if (next > few) return plant();
    auto* const larger = ::new (allocate_block(bytes_of(next))) row{0, next};
    if (!empty()) {
      larger->size = count();
      std::uninitialized_move_n(entries(), count(), entries_of(larger));
      free_row(held_);
    }
    held_ = larger;
  }

  /// Moves all entries into a tree.
  void plant() {
    block_ptr<with_tree> grown{::new (allocate_block(sizeof(with_tree))) with_tree};
    // The nodes are made first, so that nothing is lost if there is no memory for all of them.
    for (std::uint32_t i = 0; i < count(); ++i) {
      grown->entries.try_emplace(grown->entries.end(), entries()[i].key);
    }
    auto* from = entries();
    for (auto& [key, value] : grown->entries) value = std::move((from++)->value);
    clear();
    held_ = grown.release();
  }

  void free_row(row* r) noexcept {
    if (is_here(r)) return std::destroy_at(entries_of(r));
    std::destroy_n(entries_of(r), r->size);
    deallocate_block(r, bytes_of(r->room));
  }

  row* held_ = nullptr;
  [[no_unique_address]] room_for_one here_;
};

}  // namespace otp::detail
