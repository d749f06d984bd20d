#include "actors/market/large_trades.hpp"

#include <algorithm>
#include <numeric>

namespace finch::market {

void LargeTrades::add(std::int64_t size) {
  if (!known()) {
    sizes_.push_back(size);
    if (++count_ == window)
      build();
    return;
  }
  auto slot = static_cast<std::size_t>(next_);
  next_ = next_ + 1 == window ? 0 : next_ + 1;
  sizes_[slot] = size;
  if (place_[slot] >= 0)
    settle<true>(place_[slot]);
  else
    settle<false>(~place_[slot]);
  if (sizes_[static_cast<std::size_t>(lower_.front())] > sizes_[static_cast<std::size_t>(upper_.front())])
    swap_tops();
}

void LargeTrades::build() {
  std::vector<Slot> order(window);
  std::iota(order.begin(), order.end(), 0);
  // Ties by slot, so that equal histories make equal heaps.
  std::sort(order.begin(), order.end(), [this](Slot a, Slot b) {
    auto left = sizes_[static_cast<std::size_t>(a)], right = sizes_[static_cast<std::size_t>(b)];
    return left != right ? left < right : a < b;
  });
  lower_.assign(order.rbegin() + (window - lower_count), order.rend());
  upper_.assign(order.begin() + lower_count, order.end());
  place_.resize(window);
  for (std::size_t i = 0; i < lower_.size(); ++i)
    place_[static_cast<std::size_t>(lower_[i])] = static_cast<std::int32_t>(i);
  for (std::size_t i = 0; i < upper_.size(); ++i)
    place_[static_cast<std::size_t>(upper_[i])] = ~static_cast<std::int32_t>(i);
  next_ = 0;
}

/// Moves the slot at `at` up or down to where the heap's order wants it.
template <bool lower>
void LargeTrades::settle(std::int32_t at) {
  auto& heap = lower ? lower_ : upper_;
  auto index = static_cast<std::size_t>(at);
  auto slot = heap[index];
  auto size = [&](std::size_t i) { return sizes_[static_cast<std::size_t>(heap[i])]; };
  auto before = [](std::int64_t a, std::int64_t b) { return lower ? a > b : a < b; };
  auto value = sizes_[static_cast<std::size_t>(slot)];
  auto put = [&](std::size_t i, Slot what) {
    heap[i] = what;
    place_[static_cast<std::size_t>(what)] =
        lower ? static_cast<std::int32_t>(i) : ~static_cast<std::int32_t>(i);
  };
  while (index > 0 && before(value, size((index - 1) / 2))) {
    put(index, heap[(index - 1) / 2]);
    index = (index - 1) / 2;
  }
  for (auto child = 2 * index + 1; child < heap.size(); child = 2 * index + 1) {
    if (child + 1 < heap.size() && before(size(child + 1), size(child)))
      ++child;
    if (!before(size(child), value))
      break;
    put(index, heap[child]);
    index = child;
  }
  put(index, slot);
}

void LargeTrades::swap_tops() {
  std::swap(lower_.front(), upper_.front());
  place_[static_cast<std::size_t>(lower_.front())] = 0;
  place_[static_cast<std::size_t>(upper_.front())] = ~0;
  settle<true>(0);
  settle<false>(0);
}

std::vector<std::int64_t> LargeTrades::sizes() const {
  auto out = sizes_;
  std::rotate(out.begin(), out.begin() + next_, out.end());
  return out;
}

void LargeTrades::restore(std::span<const std::int64_t> sizes) {
  *this = {};
  for (auto size : sizes)
    add(size);
}

} // namespace finch::market
