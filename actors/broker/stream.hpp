/// The market blocks of one instrument, read stretch by stretch in their order.
#pragma once

#include "schemas/frame.hpp"
#include "schemas/market_generated.h"

#include <deque>

namespace finch::broker {

/// One stretch of a round: half-open index ranges into the columns of its block.
struct Stretch {
  const fb::Segment* segment = nullptr;
  std::uint32_t tick_begin = 0, tick_end = 0, quote_begin = 0, quote_end = 0;
  std::uint32_t bar_begin = 0, bar_end = 0, funding_begin = 0, funding_end = 0;
};

/// Holds references to blocks until they are read; never copies their columns.
class Stream {
public:
  /// Takes a block. Refuses one whose last segment points past its columns, so that nothing is read out of
  /// bounds; segment ends are trusted to ascend.
  Status push(Frame<fb::MarketBlock> block) {
    const auto* segments = block->segments();
    if (segments == nullptr || segments->size() == 0)
      return {};
    auto size = [](const auto* column) { return column == nullptr ? 0U : column->size(); };
    const auto* last = segments->Get(segments->size() - 1);
    auto ticks =
        std::min({size(block->tick_price()), size(block->tick_time_ns()), size(block->tick_quantity())});
    if (last->tick_end() > ticks || last->quote_end() > size(block->quotes()) ||
        last->bar_end() > size(block->bars()) || last->funding_end() > size(block->funding()))
      return fail(Category::bad_input, "a market block of instrument " + std::to_string(block->instrument()) +
                                           " has segments that reach past its columns");
    blocks_.push_back(std::move(block));
    if (blocks_.size() == 1)
      open_front();
    return {};
  }

  /// The next stretch's segment, or null when everything was read.
  [[nodiscard]] const fb::Segment* peek() const noexcept { return next_; }

  /// The next stretch with its ranges; only valid when `peek` is not null, until `pop`.
  [[nodiscard]] Stretch front() const noexcept {
    return {next_,
            previous_.tick_end,
            next_->tick_end(),
            previous_.quote_end,
            next_->quote_end(),
            previous_.bar_end,
            next_->bar_end(),
            previous_.funding_end,
            next_->funding_end()};
  }

  /// Whether `pop` will let go of the block, and with it of every pointer into its columns.
  [[nodiscard]] bool is_last() const noexcept { return next_ + 1 == end_; }

  void pop() {
    previous_ = {next_->tick_end(), next_->quote_end(), next_->bar_end(), next_->funding_end()};
    ++index_;
    // Dozens of streams are read in turn, more than the processor follows by itself.
    __builtin_prefetch(next_ + 6);
    if (++next_ == end_) {
      blocks_.pop_front();
      next_ = nullptr;
      if (!blocks_.empty())
        open_front();
    }
  }

  [[nodiscard]] const fb::MarketBlock& block() const noexcept { return *blocks_.front(); }
  [[nodiscard]] const std::int64_t* times() const noexcept { return times_; }
  [[nodiscard]] const std::int64_t* prices() const noexcept { return prices_; }

  /// Σ quantity of the front stretch, in quantity units: as the feed states it, else added up here.
  [[nodiscard]] std::int64_t volume() const noexcept {
    if (volumes_ != nullptr)
      return volumes_[index_];
    // Unsigned, because a corrupt column may wrap and must not be undefined.
    std::uint64_t sum = 0;
    for (auto tick = previous_.tick_end; tick < next_->tick_end(); ++tick)
      sum += static_cast<std::uint64_t>(quantities_[tick]);
    return static_cast<std::int64_t>(sum);
  }

private:
  struct Ends {
    std::uint32_t tick_end = 0, quote_end = 0, bar_end = 0, funding_end = 0;
  };

  void open_front() {
    static_assert(std::endian::native == std::endian::little);
    const auto& block = *blocks_.front();
    auto data = [](const auto* column) { return column == nullptr ? nullptr : column->data(); };
    next_ = reinterpret_cast<const fb::Segment*>(block.segments()->Data());
    end_ = next_ + block.segments()->size();
    times_ = data(block.tick_time_ns());
    prices_ = data(block.tick_price());
    quantities_ = data(block.tick_quantity());
    const auto* volumes = block.segment_volume();
    volumes_ = volumes != nullptr && volumes->size() == block.segments()->size() ? volumes->data() : nullptr;
    previous_ = {};
    index_ = 0;
  }

  const fb::Segment* next_ = nullptr;
  const fb::Segment* end_ = nullptr;
  Ends previous_;
  std::uint32_t index_ = 0;
  const std::int64_t* times_ = nullptr;
  const std::int64_t* prices_ = nullptr;
  const std::int64_t* quantities_ = nullptr;
  const std::int64_t* volumes_ = nullptr;
  std::deque<Frame<fb::MarketBlock>> blocks_;
};

} // namespace finch::broker
