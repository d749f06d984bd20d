#include "actors/consensus/consensus.hpp"

#include "actors/consensus/formulas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace finch::consensus {

using market::Round;

namespace {

template <class Vector>
std::size_t count(const Vector* vector) noexcept {
  return vector ? vector->size() : 0;
}

} // namespace

template <class Table>
Status Consensus::Stream<Table>::append(const Frame<Table>& frame, const char* what) {
  if (frame->last_round() < frame->first_round() || (started && frame->first_round() != covered + 1))
    return fail(Category::failed, fmt::format("consensus got {} for rounds {}..{} where round {} was due",
                                              what, frame->first_round(), frame->last_round(),
                                              started ? covered + 1 : frame->first_round()));
  covered = frame->last_round();
  started = true;
  blocks.push_back(frame);
  return {};
}

template <class Table>
const Table* Consensus::Stream<Table>::row_at(Round round, std::span<const market::InstrumentId> ids) {
  while (block < blocks.size() && blocks[block]->last_round() < round)
    ++block, row = 0, slots.clear();
  if (block == blocks.size())
    return nullptr;
  const auto& table = *blocks[block];
  const auto* rounds = table.rounds();
  auto rows = count(rounds);
  while (row < rows && rounds->Get(static_cast<flatbuffers::uoffset_t>(row)) < round)
    ++row;
  if (row == rows || rounds->Get(static_cast<flatbuffers::uoffset_t>(row)) != round)
    return nullptr;
  if (slots.empty() && table.instruments())
    for (auto id : *table.instruments()) {
      auto found = std::lower_bound(ids.begin(), ids.end(), id);
      slots.push_back(found != ids.end() && *found == id ? static_cast<int>(found - ids.begin()) : -1);
    }
  return &table;
}

template <class Table>
void Consensus::Stream<Table>::drop_used() {
  blocks.erase(blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(block));
  block = 0;
}

Consensus::Consensus(Config config, const std::vector<Voter>& voters,
                     const std::vector<market::Instrument>& instruments)
    : config_{std::move(config)} {
  for (const auto& instrument : instruments)
    ids_.push_back(instrument.id);
  std::sort(ids_.begin(), ids_.end());
  for (const auto& voter : voters) {
    records_.emplace_back(voter, ids_.size(), config_.horizon_bars, config_.memory);
    votes_.emplace_back().minutes = voter.timeframe.minutes;
  }
  // Coarse timeframes first, so that where two give a close the finer one has the last word.
  std::sort(config_.timeframes.begin(), config_.timeframes.end(), std::greater<>{});
  for (auto timeframe : config_.timeframes)
    features_.emplace_back().minutes = timeframe.minutes;
  close_.assign(ids_.size(), std::numeric_limits<double>::quiet_NaN());
  s_.assign(ids_.size(), 0);
  weights_.assign(voters.size(), 0);
  reliability_.assign(voters.size(), 0);
  products_.assign(voters.size() * voters.size(), 0);
  correlation_.assign(voters.size() * voters.size(), 0);
  for (std::size_t v = 0; v < voters.size(); ++v)
    correlation_[v * voters.size() + v] = 1;
  history_.assign(ids_.size() * config_.window, 0);
}

Status Consensus::add(const Frame<fb::VoteBlock>& block) {
  if (count(block->votes()) != count(block->rounds()) * count(block->instruments()))
    return fail(Category::failed,
                fmt::format("the votes of instance {} are not a table of {} rows by {} instruments",
                            block->instance(), count(block->rounds()), count(block->instruments())));
  for (std::size_t v = 0; v < records_.size(); ++v)
    if (records_[v].voter.instance == block->instance())
      return votes_[v].append(block, "votes");
  return fail(Category::failed,
              fmt::format("consensus got votes of instance {}, which it does not know", block->instance()));
}

Status Consensus::add(const Frame<fb::FeatureBlock>& block) {
  if (count(block->values()) != count(block->rounds()) * count(block->instruments()) * block->feature_count())
    return fail(Category::failed,
                fmt::format("the {}m features are not a table of {} features by {} rows", block->minutes(),
                            block->feature_count(), count(block->rounds())));
  if (config_.close_feature >= block->feature_count())
    return fail(Category::failed, fmt::format("feature {} (close) is not among the {} of a feature block",
                                              config_.close_feature, block->feature_count()));
  for (auto& stream : features_)
    if (stream.minutes == block->minutes())
      return stream.append(block, "features");
  return fail(Category::failed,
              fmt::format("consensus got features of {}m, which it does not expect", block->minutes()));
}

bool Consensus::ready(Round first, Round last) const noexcept {
  auto reached = [&](const auto& stream) { return stream.started && stream.covered >= last; };
  return (!started_ || first == next_) && std::all_of(votes_.begin(), votes_.end(), reached) &&
         std::all_of(features_.begin(), features_.end(), reached);
}

Frame<fb::DecisionBlock> Consensus::decide(Round first, Round last) {
  decisions_.clear();
  flags_.clear();
  voices_.clear();
  for (auto round = first; round <= last; ++round)
    step(round);
  started_ = true;
  next_ = last + 1;
  for (auto& stream : votes_)
    stream.drop_used();
  for (auto& stream : features_)
    stream.drop_used();
  flatbuffers::FlatBufferBuilder builder{256 + decisions_.size() * (sizeof(fb::Decision) + 1)};
  auto decisions = builder.CreateVectorOfStructs(decisions_);
  auto flags = builder.CreateVector(flags_);
  auto voices = config_.keep_voices ? builder.CreateVectorOfStructs(voices_) : 0;
  return Frame<fb::DecisionBlock>::own(
      builder, fb::CreateDecisionBlock(builder, first, last, decisions, flags, voices));
}

void Consensus::assign(std::span<const Voter> voters) {
  for (const auto& voter : voters)
    for (auto& record : records_)
      if (record.voter.instance == voter.instance) {
        record.voter.tier = voter.tier;
        record.voter.weighted = voter.weighted;
      }
  stale_weights_ = true;
}

std::vector<VoterStatus> Consensus::status() const {
  std::vector<VoterStatus> result;
  for (std::size_t v = 0; v < records_.size(); ++v) {
    const auto& track = records_[v].track();
    result.push_back({records_[v].voter.instance, weights_[v], track.reliability(), track.brier(),
                      track.hit_rate(), track.resolved()});
  }
  return result;
}

void Consensus::step(Round round) {
  take_closes(round);
  take_votes(round);
  call(round);
  weigh();
  if (!take_opinions())
    return;
  round_.clear();
  const auto* leading = leader();
  for (std::size_t slot = 0; slot < ids_.size(); ++slot)
    judge(round, slot, leading);
  history_head_ = (history_head_ + 1) % config_.window;
  history_size_ = std::min(history_size_ + 1, config_.window);
  ++sampled_;
  std::sort(round_.begin(), round_.end(), [](const Ranked& a, const Ranked& b) {
    return a.ratio != b.ratio ? a.ratio > b.ratio : a.decision.instrument() < b.decision.instrument();
  });
  learn_correlation();
  if (round < config_.decide_from)
    return;
  for (const auto& ranked : round_) {
    decisions_.push_back(ranked.decision);
    flags_.push_back(provisional_ ? 1 : 0);
    if (config_.keep_voices)
      note_voices(round, ranked.decision.instrument());
  }
}

void Consensus::take_closes(Round round) {
  for (auto& stream : features_) {
    const auto* table = stream.row_at(round, ids_);
    if (!table)
      continue;
    auto columns = stream.slots.size();
    const auto* values =
        table->values()->data() + (config_.close_feature * table->rounds()->size() + stream.row) * columns;
    for (std::size_t column = 0; column < columns; ++column)
      if (stream.slots[column] >= 0 && values[column] == values[column])
        close_[static_cast<std::size_t>(stream.slots[column])] = values[column];
  }
}

void Consensus::take_votes(Round round) {
  for (std::size_t v = 0; v < records_.size(); ++v) {
    auto& record = records_[v];
    if (record.voter.timeframe.closes_at(round) && record.resolve(round, close_))
      stale_weights_ = true;
    record.expire(round);
    if (const auto* table = votes_[v].row_at(round, ids_)) {
      auto first = static_cast<flatbuffers::uoffset_t>(votes_[v].row * votes_[v].slots.size());
      record.take(round, table->votes()->Get(first), votes_[v].slots, close_);
    }
  }
}

void Consensus::call(Round round) {
  counts_.resize(records_.size());
  for (std::size_t v = 0; v < records_.size(); ++v) {
    const auto& voter = records_[v].voter;
    auto counts =
        static_cast<std::uint8_t>(voter.weighted && round >= voter.from && round < voter.to ? 1 : 0);
    stale_weights_ = stale_weights_ || counts != counts_[v];
    counts_[v] = counts;
  }
}

void Consensus::weigh() {
  if (!stale_weights_ && (equal_ || !config_.penalise_correlation))
    return;
  std::size_t reliable = 0, proven = 0;
  for (std::size_t v = 0; v < records_.size(); ++v) {
    const auto& voter = records_[v].voter;
    if (stale_weights_)
      reliability_[v] = counts_[v] != 0 ? records_[v].track().reliability() : 0;
    reliable += reliability_[v] > 0 ? 1 : 0;
    proven += counts_[v] != 0 && voter.tier >= 2 ? 1 : 0;
  }
  stale_weights_ = false;
  equal_ = reliable < config_.min_reliable;
  provisional_ = equal_ || proven == 0;
  for (std::size_t v = 0; v < records_.size(); ++v)
    weights_[v] = equal_ ? (counts_[v] != 0 ? 1.0 : 0.0) : reliability_[v];
  normalise(weights_);
  if (!equal_ && config_.penalise_correlation)
    penalise_correlation(weights_, correlation_);
}

bool Consensus::take_opinions() {
  std::fill(s_.begin(), s_.end(), 0.0);
  bool any = false;
  for (std::size_t v = 0; v < records_.size(); ++v) {
    if (weights_[v] == 0 || !records_[v].stands())
      continue;
    any = true;
    auto opinions = records_[v].opinions();
    for (std::size_t slot = 0; slot < s_.size(); ++slot)
      s_[slot] += weights_[v] * opinions[slot];
  }
  return any;
}

void Consensus::learn_correlation() {
  if (!config_.penalise_correlation)
    return;
  auto n = records_.size();
  // A voter without weight crowds nobody.
  auto heard = [&](std::size_t v) { return counts_[v] != 0 && records_[v].stands(); };
  auto kept = 1 - 1 / config_.correlation_rounds;
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      auto x = records_[a].opinions(), y = records_[b].opinions();
      double total = 0;
      if (heard(a) && heard(b))
        for (std::size_t slot = 0; slot < x.size(); ++slot)
          total += x[slot] * y[slot];
      products_[a * n + b] = products_[a * n + b] * kept + total;
    }
  for (std::size_t a = 0; a < n; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      auto size = std::sqrt(products_[a * n + a] * products_[b * n + b]);
      auto shrunk = size > 0 ? (1 - config_.correlation_shrink) * products_[a * n + b] / size : 0;
      correlation_[a * n + b] = correlation_[b * n + a] = a == b ? 1 : shrunk;
    }
}

void Consensus::judge(Round round, std::size_t slot, const VotingRecord* leading) {
  auto ring = std::span{history_}.subspan(slot * config_.window, config_.window);
  auto threshold = adaptive_threshold(ring.first(history_size_), config_.k, config_.floor);
  auto s = s_[slot];
  auto may_trade = history_size_ >= config_.min_history && close_[slot] > 0;
  auto side = may_trade && std::abs(s) > threshold ? (s > 0 ? 1 : -1) : 0;
  ring[history_head_] = s;
  auto close_long = leading && leading->vote(slot).exit_long() != 0;
  auto close_short = leading && leading->vote(slot).exit_short() != 0;
  if (side == 0 && !close_long && !close_short)
    return;
  auto confidence = side == 0 ? 0 : confidence_pct(s, threshold, share_agreeing(slot, side));
  round_.push_back(
      {std::abs(s) / threshold,
       fb::Decision{round, ids_[slot], static_cast<std::int8_t>(side), close_long, close_short, s, threshold,
                    confidence, close_[slot], side == 0 ? fb::Bracket{} : bracket(slot, side)}});
}

const VotingRecord* Consensus::leader() const noexcept {
  const VotingRecord* best = nullptr;
  double most = 0;
  for (std::size_t v = 0; v < records_.size(); ++v)
    if (records_[v].stands() && weights_[v] > most)
      most = weights_[v], best = &records_[v];
  return best;
}

fb::Bracket Consensus::bracket(std::size_t slot, int side) const noexcept {
  const VotingRecord* best = nullptr;
  double most = 0;
  for (std::size_t v = 0; v < records_.size(); ++v)
    if (weights_[v] > most && records_[v].vote(slot).side() == side)
      most = weights_[v], best = &records_[v];
  if (!best)
    return {};
  const auto& vote = best->vote(slot);
  const auto& voter = best->voter;
  return {vote.stop_distance(),
          vote.target_distance(),
          vote.trail_distance(),
          voter.break_even_r,
          voter.max_hold_bars * voter.timeframe.minutes,
          voter.instance};
}

void Consensus::note_voices(Round round, market::InstrumentId instrument) {
  auto slot = static_cast<std::size_t>(std::lower_bound(ids_.begin(), ids_.end(), instrument) - ids_.begin());
  for (std::size_t v = 0; v < records_.size(); ++v)
    if (const auto& vote = records_[v].vote(slot);
        weights_[v] != 0 && records_[v].stands() && vote.side() != 0)
      voices_.emplace_back(round, instrument, records_[v].voter.instance, vote.side(),
                           (1 + std::abs(records_[v].opinions()[slot])) / 2, weights_[v], reliability_[v]);
}

double Consensus::share_agreeing(std::size_t slot, int side) const noexcept {
  double with = 0, voting = 0;
  for (std::size_t v = 0; v < records_.size(); ++v) {
    auto said = records_[v].vote(slot).side();
    voting += said != 0 ? weights_[v] : 0;
    with += said == side ? weights_[v] : 0;
  }
  return voting > 0 ? with / voting : 0;
}

} // namespace finch::consensus
