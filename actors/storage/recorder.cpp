#include "actors/storage/recorder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace finch::storage {
namespace {

constexpr std::uint8_t rate_decimals = 8;

market::QuoteColumns quotes_of(const fb::MarketBlock& block, std::uint32_t from, std::uint32_t to,
                               const market::Instrument& facts) {
  market::QuoteColumns out;
  out.price_decimals = facts.price_decimals;
  out.quantity_decimals = facts.quantity_decimals;
  for (auto i = from; i < to; ++i) {
    const auto* quote = block.quotes()->Get(i);
    out.time_ns.push_back(quote->time_ns());
    out.bid_price.push_back(quote->bid_price());
    out.bid_quantity.push_back(quote->bid_quantity());
    out.ask_price.push_back(quote->ask_price());
    out.ask_quantity.push_back(quote->ask_quantity());
  }
  return out;
}

market::FundingColumns funding_of(const fb::MarketBlock& block, std::uint32_t from, std::uint32_t to) {
  market::FundingColumns out;
  out.decimals = rate_decimals;
  for (auto i = from; i < to; ++i) {
    out.time_ns.push_back(block.funding()->Get(i)->time_ns());
    out.rate.push_back(std::llround(block.funding()->Get(i)->rate() * 1e8));
  }
  return out;
}

} // namespace

Result<std::optional<market::Round>> next_live_round(const TickStore& store,
                                                     market::InstrumentId instrument) {
  std::optional<market::TimeNs> newest;
  for (const auto& span : store.spans())
    if (span.instrument == instrument && span.kind != Kind::bars)
      newest = std::max(newest.value_or(span.last_ns), span.last_ns);
  if (!newest)
    return std::optional<market::Round>{};
  // A round closes after its last tick, so the newest mark may lie in the day after the newest row.
  for (auto day : {market::day_of(*newest) + 1, market::day_of(*newest), market::day_of(*newest) - 1}) {
    auto marks = store.marks(instrument, day);
    if (!marks)
      return tl::unexpected(marks.error());
    if (*marks && !(*marks)->marks.empty())
      return std::optional{(*marks)->first_round + static_cast<market::Round>((*marks)->marks.size())};
  }
  return std::optional<market::Round>{};
}

Status Recorder::keep(const fb::MarketBlock& block) {
  auto facts = store_->instrument(block.instrument());
  if (!facts)
    return tl::unexpected(facts.error());
  Cursor from;
  for (const auto* segment : *block.segments())
    if (auto kept = keep(block, *segment, *facts, from); !kept)
      return kept;
  return {};
}

Status Recorder::keep(const fb::MarketBlock& block, const fb::Segment& segment,
                      const market::Instrument& facts, Cursor& from) {
  queued_ = true;
  if (segment.tick_end() > from.tick) {
    tick_columns_.clear();
    tick_columns_.price_decimals = facts.price_decimals;
    tick_columns_.quantity_decimals = facts.quantity_decimals;
    for (auto i = from.tick; i < segment.tick_end(); ++i) {
      tick_columns_.time_ns.push_back(block.tick_time_ns()->Get(i));
      tick_columns_.price.push_back(block.tick_price()->Get(i));
      tick_columns_.quantity.push_back(block.tick_quantity()->Get(i));
      tick_columns_.side.push_back(static_cast<market::Side>(block.tick_side()->Get(i)));
      tick_columns_.id.push_back(block.first_sequence() + i);
    }
    auto kept = store_->append_ticks(block.instrument(), tick_columns_);
    if (!kept)
      return tl::unexpected(kept.error());
    ticks_ += *kept;
  }
  if (auto first = first_new_quote(block, from.quote, segment.quote_end()); first < segment.quote_end()) {
    auto kept =
        store_->append_quotes(block.instrument(), quotes_of(block, first, segment.quote_end(), facts));
    if (!kept)
      return tl::unexpected(kept.error());
  }
  if (segment.funding_end() > from.funding) {
    auto kept =
        store_->append_funding(block.instrument(), funding_of(block, from.funding, segment.funding_end()));
    if (!kept)
      return tl::unexpected(kept.error());
  }
  from = {segment.tick_end(), segment.quote_end(), segment.funding_end()};
  if (segment.closed() == 0)
    return {};
  auto known = next_.find(block.instrument());
  if (known == next_.end()) {
    auto next = next_live_round(*store_, block.instrument());
    if (!next)
      return tl::unexpected(next.error());
    known = next_.emplace(block.instrument(), next->value_or(segment.round())).first;
  }
  if (segment.round() < known->second)
    return {};
  known->second = segment.round() + 1;
  return store_->mark_round(block.instrument(), segment.round(),
                            static_cast<market::RoundStatus>(segment.status()));
}

std::uint32_t Recorder::first_new_quote(const fb::MarketBlock& block, std::uint32_t from, std::uint32_t to) {
  auto [known, fresh] =
      last_quote_.try_emplace(block.instrument(), std::numeric_limits<market::TimeNs>::min());
  if (fresh)
    for (const auto& span : store_->spans())
      if (span.instrument == block.instrument() && span.kind == Kind::quotes)
        known->second = span.last_ns;
  while (from < to && block.quotes()->Get(from)->time_ns() <= known->second)
    ++from;
  return from;
}

Status Recorder::commit() {
  if (!queued_)
    return {};
  auto synced = store_->commit();
  queued_ = !synced.has_value();
  return synced;
}

} // namespace finch::storage
