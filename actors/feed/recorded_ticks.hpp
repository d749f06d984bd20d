/// Which stored ticks belong to which round.
#pragma once

#include "actors/feed/source_blocks.hpp"
#include "actors/storage/tick_store.hpp"

namespace finch::feed {

/// Rows of one series as a stream: batches come from the store as they are needed.
template <class C>
struct StoredStream {
  storage::Reader<C> reader;
  C rows{};
  std::size_t at = 0;
  bool ended = false;

  /// Whether there is a row to look at, at `at`; gets the next batch where the last one is used up.
  [[nodiscard]] Result<bool> ready(std::size_t size) {
    while (at >= size && !ended) {
      auto more = reader.next(rows);
      if (!more)
        return tl::unexpected(more.error());
      at = 0;
      ended = !*more;
      size = ended ? 0 : storage::times_of(rows).size();
    }
    return !ended;
  }
  [[nodiscard]] Result<bool> ready() { return ready(storage::times_of(rows).size()); }
};

/// Deals an instrument's stored ticks out to rounds, in stored order.
///
/// Where rounds were marked in live recording, the marks decide: a round has the ticks that were stored by
/// its close. Ticks of a day that arrived after midnight are told first in the round of the next day that had
/// them. Everywhere else time decides, and a tick behind its time joins the round at hand.
class RecordedTicks {
public:
  /// From the first round of interest on; earlier blocks are passed over unread.
  RecordedTicks(std::shared_ptr<const storage::TickStore> store, market::InstrumentId instrument,
                market::Round first);

  /// The ticks of `round`; rounds are asked for in order. Where they lie in several pieces, all but the last
  /// go to `tell`, and the last is returned. Both are valid until the next piece.
  [[nodiscard]] Result<TickSlice> take(market::Round round, const std::function<void(TickSlice)>& tell);
  /// The mark stored for `round`, if there is one. Only for the round taken last.
  [[nodiscard]] std::optional<market::RoundStatus> mark(market::Round round) const;
  /// The round of the next tick by its time, if there is one.
  [[nodiscard]] Result<std::optional<market::Round>> next_round();

private:
  [[nodiscard]] Status enter_day(std::int32_t day);
  [[nodiscard]] Status hold_back_late(std::int32_t day);
  void tell_late(market::Round round, const std::function<void(TickSlice)>& tell);
  [[nodiscard]] std::uint64_t row() const { return stream_.reader.first_row() + stream_.at; }

  std::shared_ptr<const storage::TickStore> store_;
  market::InstrumentId instrument_;
  StoredStream<market::TickColumns> stream_;
  std::int32_t day_ = std::numeric_limits<std::int32_t>::min();
  std::optional<storage::RoundMarks> marks_; // of `day_`
  market::TickColumns late_;                 // of the days before, told after midnight
  std::vector<std::uint64_t> late_rows_;
};

} // namespace finch::feed
