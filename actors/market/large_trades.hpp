/// The 95th percentile of the last 10,000 trade sizes, kept exactly, trade by trade.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace finch::market {

/// Two heaps over a ring: the 9,500 smallest sizes with the greatest on top, and the 500 largest with the
/// least on top. Replacing the oldest size costs a few swaps and allocates nothing.
class LargeTrades {
public:
  static constexpr std::int32_t window = 10'000, lower_count = 9'500;

  /// Whether 10,000 sizes are known.
  [[nodiscard]] bool known() const noexcept { return count_ == window; }
  /// The 9,500th smallest of the last 10,000 sizes (nearest rank). Meaningful when known.
  [[nodiscard]] std::int64_t threshold() const noexcept {
    return sizes_[static_cast<std::size_t>(lower_.front())];
  }
  /// Adds the newest size and forgets the oldest of more than 10,000.
  void add(std::int64_t size);

  /// The sizes in the window, oldest first: the whole state.
  [[nodiscard]] std::vector<std::int64_t> sizes() const;
  /// Starts over with these sizes, as `sizes` gave them.
  void restore(std::span<const std::int64_t> sizes);

private:
  using Slot = std::int32_t;

  void build();
  template <bool lower>
  void settle(std::int32_t at);
  void swap_tops();

  std::vector<std::int64_t> sizes_; ///< ring
  std::vector<Slot> lower_, upper_; ///< heaps of ring slots
  std::vector<std::int32_t> place_; ///< by slot: index in the lower heap, or ~index in the upper one
  std::int32_t count_ = 0, next_ = 0;
};

} // namespace finch::market
