#include "actors/feed/recorded_ticks.hpp"

#include <algorithm>
#include <limits>

namespace finch::feed {
namespace {

constexpr auto forever = std::numeric_limits<market::TimeNs>::max();

storage::TickReader reader_from(const storage::TickStore& store, market::InstrumentId instrument,
                                market::Round first) {
  // Whole days, because rows are numbered within them; ids play no part in a replay.
  auto day = market::day_of(market::round_begin(first));
  return store.ticks(instrument, day * market::ns_per_day, forever,
                     {.price = true, .quantity = true, .id = false});
}

/// The mark of `round` among those of its day.
const storage::RoundMark* find(const std::optional<storage::RoundMarks>& marks, market::Round round) {
  if (!marks || round < marks->first_round ||
      round >= marks->first_round + static_cast<market::Round>(marks->marks.size()))
    return nullptr;
  return &marks->marks[static_cast<std::size_t>(round - marks->first_round)];
}

/// When the last marked round closed.
market::TimeNs end_of(const storage::RoundMarks& marks) {
  return market::round_begin(marks.first_round + static_cast<market::Round>(marks.marks.size()));
}

} // namespace

RecordedTicks::RecordedTicks(std::shared_ptr<const storage::TickStore> store, market::InstrumentId instrument,
                             market::Round first)
    : store_{std::move(store)}, instrument_{instrument}, stream_{reader_from(*store_, instrument, first)} {
  auto begin = market::round_begin(first);
  for (auto block = stream_.reader.peek(); block && *block && (*block)->max_time_ns < begin;
       block = stream_.reader.peek())
    stream_.reader.skip(); // an error comes back when the block is read
}

Status RecordedTicks::enter_day(std::int32_t day) {
  if (day == day_)
    return {};
  auto marks = store_->marks(instrument_, day);
  if (!marks)
    return tl::unexpected(marks.error());
  marks_ = std::move(*marks);
  day_ = day;
  return hold_back_late(day);
}

Status RecordedTicks::hold_back_late(std::int32_t day) {
  // What is left of the day before arrived after its last mark.
  while (true) {
    auto ready = stream_.ready();
    if (!ready)
      return tl::unexpected(ready.error());
    if (!*ready || stream_.reader.day() >= day)
      return {};
    const auto& rows = stream_.rows;
    for (; stream_.at < rows.size(); ++stream_.at) {
      late_.time_ns.push_back(rows.time_ns[stream_.at]);
      late_.price.push_back(rows.price[stream_.at]);
      late_.quantity.push_back(rows.quantity[stream_.at]);
      late_.side.push_back(rows.side[stream_.at]);
      late_rows_.push_back(row());
    }
  }
}

void RecordedTicks::tell_late(market::Round round, const std::function<void(TickSlice)>& tell) {
  if (late_rows_.empty())
    return;
  auto count = late_rows_.size();
  // Without marks in this day, or past them, nothing says when the ticks arrived: they are told at once.
  if (marks_ && market::round_begin(round) < end_of(*marks_)) {
    auto* mark = find(marks_, round);
    auto stored = mark ? std::uint64_t{mark->previous_day_rows} : 0;
    count = static_cast<std::size_t>(std::ranges::lower_bound(late_rows_, stored) - late_rows_.begin());
  }
  if (count == 0)
    return;
  tell(slice_of(late_).part(0, count));
  storage::keep_rows(late_, count, late_.size());
  late_rows_.erase(late_rows_.begin(), late_rows_.begin() + static_cast<std::ptrdiff_t>(count));
}

Result<TickSlice> RecordedTicks::take(market::Round round, const std::function<void(TickSlice)>& tell) {
  if (auto entered = enter_day(market::day_of(market::round_begin(round))); !entered)
    return tl::unexpected(entered.error());
  tell_late(round, tell);
  auto close = market::round_close(round);
  auto* mark = find(marks_, round);
  while (true) {
    auto ready = stream_.ready();
    if (!ready)
      return tl::unexpected(ready.error());
    if (!*ready || stream_.reader.day() > day_)
      return TickSlice{};
    const auto& times = stream_.rows.time_ns;
    auto size = times.size();
    if (mark) {
      auto stored = std::max<std::uint64_t>(mark->day_rows, row()) - row();
      size = std::min<std::uint64_t>(size, stream_.at + stored);
    }
    auto begin = stream_.at;
    while (stream_.at < size && times[stream_.at] < close)
      ++stream_.at;
    auto piece = slice_of(stream_.rows).part(begin, stream_.at - begin);
    if (stream_.at < times.size())
      return piece;
    if (piece.size() > 0)
      tell(piece);
  }
}

std::optional<market::RoundStatus> RecordedTicks::mark(market::Round round) const {
  auto* mark = find(marks_, round);
  return mark ? std::optional{mark->status} : std::nullopt;
}

Result<std::optional<market::Round>> RecordedTicks::next_round() {
  auto ready = stream_.ready();
  if (!ready)
    return tl::unexpected(ready.error());
  if (!*ready)
    return std::nullopt;
  return market::round_of(stream_.rows.time_ns[stream_.at]);
}

} // namespace finch::feed
