#include "actors/broker/trade_context.hpp"

#include <algorithm>
#include <cmath>

namespace finch::broker {
namespace {

/// The value of one cell, or NaN where the block does not hold the instrument.
double cell(const fb::FeatureBlock& block, std::size_t feature, std::size_t row, InstrumentId instrument) {
  const auto& ids = *block.instruments();
  auto at = std::lower_bound(ids.begin(), ids.end(), instrument);
  if (at == ids.end() || *at != instrument || feature >= block.feature_count())
    return std::nan("");
  auto column = static_cast<std::size_t>(at - ids.begin());
  auto index = (feature * block.rounds()->size() + row) * ids.size() + column;
  return block.values()->Get(static_cast<flatbuffers::uoffset_t>(index));
}

} // namespace

TradeContext::TradeContext(const ContextTerms& terms, std::size_t slots)
    : regime_{terms.regime}, kept_{terms.features}, entries_(slots) {
  for (auto minutes : terms.timeframes) {
    auto& stream = streams_.emplace_back();
    stream.minutes = minutes;
    stream.beside.resize(terms.timeframes.size());
  }
  for (const auto& features : kept_)
    for (const auto& feature : features)
      looks_aside_ = looks_aside_ || feature.minutes != 0;
}

void TradeContext::add(const Frame<fb::FeatureBlock>& block) {
  for (auto& stream : streams_)
    if (stream.minutes == block->minutes()) {
      stream.covered = block->last_round();
      if (block->rounds() != nullptr && block->rounds()->size() > 0)
        stream.blocks.push_back(block);
    }
}

Status TradeContext::advance(Round round) {
  for (auto& stream : streams_) {
    if (stream.covered < round)
      return fail(Category::failed, "round " + std::to_string(round) + " closes before its " +
                                        std::to_string(stream.minutes) + "m features are here");
    while (!stream.blocks.empty()) {
      const auto& rounds = *stream.blocks.front()->rounds();
      for (; stream.next < rounds.size() && rounds.Get(stream.next) <= round; ++stream.next) {
        if (stream.next == 0)
          stream.newest.block = stream.blocks.front();
        stream.newest.at = stream.next;
      }
      if (stream.next < rounds.size())
        break;
      stream.blocks.pop_front();
      stream.next = 0;
    }
  }
  if (looks_aside_)
    for (auto& stream : streams_)
      if (const auto& [block, at] = stream.newest; block && block->rounds()->Get(at) == round)
        for (std::size_t other = 0; other < streams_.size(); ++other)
          stream.beside[other] = streams_[other].newest;
  return {};
}

const TradeContext::Stream* TradeContext::stream(int minutes) const noexcept {
  auto found = std::find_if(streams_.begin(), streams_.end(),
                            [minutes](const Stream& one) { return one.minutes == minutes; });
  return found != streams_.end() && found->newest.block ? &*found : nullptr;
}

const TradeContext::Row* TradeContext::row_known(const Stream& own, int minutes) const noexcept {
  if (minutes == 0 || minutes == own.minutes)
    return &own.newest;
  for (std::size_t other = 0; other < streams_.size(); ++other)
    if (streams_[other].minutes == minutes && own.beside[other].block)
      return &own.beside[other];
  return nullptr;
}

fb::Regime TradeContext::regime(const Stream* stream, InstrumentId instrument) const noexcept {
  auto code =
      stream == nullptr ? std::nan("") : cell(*stream->newest.block, regime_, stream->newest.at, instrument);
  return code >= 0 && code <= static_cast<double>(fb::Regime::MAX)
             ? static_cast<fb::Regime>(std::lround(code))
             : fb::Regime::unknown;
}

void TradeContext::note_entry(std::size_t slot, InstrumentId instrument, std::uint32_t instance,
                              int minutes) {
  auto& entry = entries_[slot];
  const auto* newest = stream(minutes);
  entry.instance = instance;
  entry.minutes = minutes;
  entry.regime = regime(newest, instrument);
  entry.values.clear();
  if (newest != nullptr && instance < kept_.size())
    for (const auto& kept : kept_[instance]) {
      const auto* row = row_known(*newest, kept.minutes);
      entry.values.push_back(
          row == nullptr ? std::nan("")
                         : cell(*row->block, kept.feature, row->at, kept.instrument.value_or(instrument)));
    }
}

void TradeContext::complete(std::size_t slot, fb::Trade& trade) {
  const auto& entry = entries_[slot];
  trade.mutate_instance(entry.instance);
  trade.mutate_regime_entry(entry.regime);
  trade.mutate_regime_exit(regime(stream(entry.minutes), trade.instrument()));
  features_.insert(features_.end(), entry.values.begin(), entry.values.end());
  ends_.push_back(static_cast<std::uint32_t>(features_.size()));
}

} // namespace finch::broker
