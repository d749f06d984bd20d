#include "actors/feed/bar_source.hpp"

namespace finch::feed {
namespace {

market::Round closing_round(const fb::NativeBar& bar) {
  return market::round_of(bar.open_time_ns()) + bar.minutes() - 1;
}

/// The part of `items` from `at` on whose round is `round`; those of earlier rounds are passed over.
template <class Item, class RoundOf>
std::span<const Item> due(const std::vector<Item>& items, std::size_t& at, market::Round round,
                          const RoundOf& round_of) {
  while (at < items.size() && round_of(items[at]) < round)
    ++at;
  auto first = at;
  while (at < items.size() && round_of(items[at]) == round)
    ++at;
  return std::span{items}.subspan(first, at - first);
}

} // namespace

BarSource::BarSource(market::Instrument instrument, std::vector<fb::NativeBar> bars,
                     std::vector<fb::Funding> funding)
    : instrument_{std::move(instrument)}, bars_{std::move(bars)}, funding_{std::move(funding)},
      builder_{instrument_.id, {}, 0} {}

Status BarSource::read(market::Round first, market::Round last, const Emit& emit) {
  for (auto round = first; round <= last; ++round) {
    auto bars = due(bars_, bar_, round, closing_round);
    auto funding =
        due(funding_, rate_, round, [](const fb::Funding& paid) { return market::round_of(paid.time_ns()); });
    builder_.add({.round = round,
                  .ticks = {},
                  .quotes = {},
                  .bars = bars,
                  .funding = funding,
                  .closed = true,
                  .status = bars.empty() ? market::RoundStatus::quiet : market::RoundStatus::ok},
                 emit);
  }
  builder_.flush(emit);
  return {};
}

} // namespace finch::feed
