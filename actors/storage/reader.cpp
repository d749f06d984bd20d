#include "actors/storage/reader.hpp"

#include <algorithm>

namespace finch::storage {

template <AnyColumns C>
Result<bool> Reader<C>::advance() {
  if (ready_)
    return true;
  auto moved = cursor_.next();
  ready_ = moved && *moved;
  return moved;
}

template <AnyColumns C>
Result<std::optional<BlockInfo>> Reader<C>::peek() {
  auto more = advance();
  if (!more)
    return tl::unexpected(more.error());
  if (!*more)
    return std::nullopt;
  const auto& header = cursor_.header();
  return BlockInfo{cursor_.day().key.day, header.first_row, header.rows,      header.min_time_ns,
                   header.max_time_ns,    header.min_price, header.max_price, header.decimals[0],
                   header.first_id,       header.last_id};
}

template <AnyColumns C>
Result<bool> Reader<C>::next(C& out) {
  for (;;) {
    auto more = advance();
    if (!more || !*more) {
      clear_rows(out);
      return more;
    }
    ready_ = false;
    const auto& header = cursor_.header();
    auto columns = static_cast<std::uint16_t>(1U | (wanted_.price ? 2U : 0U) | (wanted_.quantity ? 4U : 0U) |
                                              8U | (wanted_.id ? 16U : 0U));
    if (!decode_block(cursor_.block(), header, columns, out, scratch_))
      return tl::unexpected(cursor_.damaged("a block cannot be unpacked"));
    if (!rescale_rows(out, price_decimals_, quantity_decimals_))
      return tl::unexpected(cursor_.damaged("a value does not fit the instrument's decimals"));
    day_ = cursor_.day().key.day;
    first_row_ = header.first_row;
    if constexpr (std::same_as<C, market::BarColumns>)
      out.timeframe = {cursor_.day().key.series.minutes};
    if (header.min_time_ns < from_ || header.max_time_ns >= to_)
      trim(out);
    if (!times_of(out).empty())
      return true;
  }
}

template <AnyColumns C>
void Reader<C>::trim(C& out) {
  auto& times = times_of(out);
  if (cursor_.header().in_order != 0) {
    auto first = std::lower_bound(times.begin(), times.end(), from_) - times.begin();
    auto last = std::lower_bound(times.begin(), times.end(), to_) - times.begin();
    first_row_ += static_cast<std::uint64_t>(first);
    keep_rows(out, static_cast<std::size_t>(first), static_cast<std::size_t>(last));
    return;
  }
  std::vector<bool> keep(times.size());
  for (std::size_t i = 0; i < times.size(); ++i)
    keep[i] = times[i] >= from_ && times[i] < to_;
  each_column(out, [&](std::size_t, auto& column) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < column.size(); ++i)
      if (keep[i])
        column[kept++] = column[i];
    column.resize(kept);
  });
}

template class Reader<market::TickColumns>;
template class Reader<market::QuoteColumns>;
template class Reader<market::BarColumns>;
template class Reader<market::FundingColumns>;

} // namespace finch::storage
