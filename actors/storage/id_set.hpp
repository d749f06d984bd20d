/// A set of trade or update ids. Venues number them in runs, so it is kept as ranges.
#pragma once

#include <cstdint>
#include <map>

namespace finch::storage {

class IdSet {
public:
  /// False when the id was there already.
  bool insert(std::uint64_t id) {
    auto next = last_;
    if (next == ranges_.end() || id < next->first || (++next != ranges_.end() && id >= next->first))
      next = ranges_.upper_bound(id); // the first range that starts after the id
    auto before = next == ranges_.begin() ? ranges_.end() : std::prev(next);
    if (before != ranges_.end() && id <= before->second)
      return false;
    auto joins_before = before != ranges_.end() && before->second + 1 == id;
    auto joins_next = next != ranges_.end() && id + 1 == next->first;
    if (joins_before) {
      before->second = joins_next ? next->second : id;
      last_ = before;
      if (joins_next)
        ranges_.erase(next);
    } else if (joins_next) {
      auto end = next->second;
      last_ = ranges_.emplace_hint(ranges_.erase(next), id, end);
    } else {
      last_ = ranges_.emplace_hint(next, id, id);
    }
    return true;
  }
  [[nodiscard]] bool contains(std::uint64_t id) const {
    auto next = ranges_.upper_bound(id);
    return next != ranges_.begin() && id <= std::prev(next)->second;
  }
  void clear() {
    ranges_.clear();
    last_ = ranges_.end();
  }

  IdSet() = default;
  IdSet(const IdSet&) = delete;
  IdSet& operator=(const IdSet&) = delete;

private:
  std::map<std::uint64_t, std::uint64_t> ranges_; ///< first to last, both included
  std::map<std::uint64_t, std::uint64_t>::iterator last_ = ranges_.end();
};

} // namespace finch::storage
