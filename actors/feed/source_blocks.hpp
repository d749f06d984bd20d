/// Packs what happened in rounds into `MarketBlock` frames of bounded size, in order and without loss.
#pragma once

#include "actors/feed/source.hpp"

#include <span>
#include <vector>

namespace finch::feed {

/// Ticks by (time, sequence), in the instrument's units.
struct TickSlice {
  std::span<const market::TimeNs> time_ns;
  std::span<const std::int64_t> price, quantity;
  std::span<const market::Side> side;

  [[nodiscard]] std::size_t size() const noexcept { return time_ns.size(); }
  [[nodiscard]] TickSlice part(std::size_t from, std::size_t count) const noexcept {
    return {time_ns.subspan(from, count), price.subspan(from, count), quantity.subspan(from, count),
            side.subspan(from, count)};
  }
};

[[nodiscard]] TickSlice slice_of(const market::TickColumns& ticks) noexcept;

/// A stretch of one round. A round may come in several; the last is `closed`. Native bars belong to the round
/// they close in and come with its last stretch.
struct Stretch {
  market::Round round = 0;
  TickSlice ticks;
  std::span<const fb::Quote> quotes;
  std::span<const fb::NativeBar> bars;
  std::span<const fb::Funding> funding;
  bool closed = false;
  market::RoundStatus status = market::RoundStatus::ok; ///< meaningful when closed
};

/// How much fits a block. Limits cut blocks and nothing else: contents and order never depend on them.
struct BlockLimits {
  std::size_t ticks =
      8'192; ///< at most, so that a block stays in cache; a longer round is told in several stretches
  std::size_t rounds = 1'440; ///< closed rounds at most
};

/// Gathers stretches and emits a block whenever a limit is reached.
///
/// A stretch that must be parted is cut before a tick: quotes up to the tick before the cut and funding
/// before the tick after it go with the first part. A reader that takes a stretch's events by time, at one
/// instant quotes before ticks before funding, therefore sees one order however blocks are cut.
class BlockBuilder {
public:
  /// `first_sequence` is the running number of the next tick.
  BlockBuilder(market::InstrumentId instrument, BlockLimits limits, std::uint64_t first_sequence);

  void add(Stretch stretch, const Emit& emit);
  /// Emits what is gathered, if anything.
  void flush(const Emit& emit);
  /// Stamps blocks with the monotonic arrival of their newest tick (live only).
  void set_arrival(std::int64_t arrival_ns) noexcept { arrival_ns_ = arrival_ns; }
  [[nodiscard]] std::uint64_t next_sequence() const noexcept { return first_sequence_ + time_ns_.size(); }

private:
  void append(const Stretch& stretch);

  market::InstrumentId instrument_;
  BlockLimits limits_;
  std::uint64_t first_sequence_;
  std::int64_t arrival_ns_ = 0;
  std::size_t closed_rounds_ = 0;
  std::vector<std::int64_t> time_ns_, price_, quantity_;
  std::vector<std::int8_t> side_;
  std::vector<fb::Quote> quotes_;
  std::vector<fb::NativeBar> bars_;
  std::vector<fb::Funding> funding_;
  std::vector<fb::Segment> segments_;
  std::vector<std::int64_t> volume_; // per segment
};

/// Appends quotes [from, from + count) of `columns`, which are in the instrument's units.
void append_quotes(std::vector<fb::Quote>& out, const market::QuoteColumns& columns, std::size_t from,
                   std::size_t count);
/// The rate a settlement pays, as a fraction.
[[nodiscard]] fb::Funding funding_at(const market::FundingColumns& columns, std::size_t index) noexcept;
/// A bar as blocks carry it: prices in the instrument's units, volumes in doubles, what the source lacks as
/// NaN or -1.
[[nodiscard]] fb::NativeBar native_bar(const market::BarColumns& columns, std::size_t index) noexcept;

} // namespace finch::feed
