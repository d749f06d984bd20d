/// Votes into decisions: reliability-weighted consensus with an adaptive threshold.
#pragma once

#include "actors/consensus/voting_record.hpp"
#include "actors/market/instrument.hpp"
#include "schemas/features_generated.h"
#include "schemas/frame.hpp"
#include "schemas/orders_generated.h"

#include <span>
#include <vector>

namespace finch::consensus {

struct Config {
  int horizon_bars = 5;         ///< a vote resolves after this many bars of its timeframe
  double k = 0.75;              ///< threshold in deviations of S
  double floor = 0.02;          ///< least deviation, so that a dead market does not open the gate
  std::size_t window = 100;     ///< S values the deviation is taken over
  std::size_t min_history = 30; ///< fewer values: no trade
  std::size_t min_reliable = 3; ///< fewer voters with positive reliability: equal weights
  MemoryTerms memory = {};
  bool penalise_correlation = true;
  double correlation_rounds = 500;       ///< memory of the correlation
  double correlation_shrink = 0.1;       ///< towards identity
  market::Round decide_from = INT64_MIN; ///< rounds before only warm up what it remembers
  bool keep_voices = false;              ///< say with each decision who spoke for it, for the journal
  std::size_t close_feature = 0;         ///< index of `close` in the feature blocks
  /// Timeframes whose feature blocks will arrive; closes are taken from all of them.
  std::vector<market::Timeframe> timeframes{market::default_timeframes.begin(),
                                            market::default_timeframes.end()};
};

/// What a voter weighs and why, for reports.
struct VoterStatus {
  std::uint32_t instance = 0;
  double weight = 0, reliability = 0, brier = 0, hit_rate = 0;
  std::uint64_t resolved = 0;
};

/// Collects vote and feature blocks and decides window by window. Independent of how blocks and windows cut
/// the rounds. A round costs O(voters × instruments) (the correlation penalty: voters² × instruments) and
/// allocates nothing but the frame that leaves.
class Consensus {
public:
  /// `instruments` in any order; decisions speak of these only.
  Consensus(Config config, const std::vector<Voter>& voters,
            const std::vector<market::Instrument>& instruments);

  /// Takes the next block of a voter or timeframe. Fails, changing nothing, when the sender is unknown or the
  /// block does not continue where its last one ended.
  [[nodiscard]] Status add(const Frame<fb::VoteBlock>& block);
  [[nodiscard]] Status add(const Frame<fb::FeatureBlock>& block);
  /// Whether every voter and timeframe has reported through `last`, and `first` is the next round to decide.
  [[nodiscard]] bool ready(market::Round first, market::Round last) const noexcept;
  /// Decides the rounds first .. last; call when `ready`. Within a round decisions are in order of
  /// |S|/threshold, descending, ties by instrument id; only those with a side or a close flag are there.
  [[nodiscard]] Frame<fb::DecisionBlock> decide(market::Round first, market::Round last);

  /// Changes tiers and weights of known voters from the next decided round on (promotions). Unknown ones are
  /// ignored.
  void assign(std::span<const Voter> voters);
  /// Whether weights are equal for want of reliable voters, or no T2 voter carries weight.
  [[nodiscard]] bool provisional() const noexcept { return provisional_; }
  [[nodiscard]] std::vector<VoterStatus> status() const;
  /// Rounds in which there was an opinion to sample.
  [[nodiscard]] std::uint64_t sampled_rounds() const noexcept { return sampled_; }

private:
  // Blocks of one sender that are not used up, and how far they reach.
  template <class Table>
  struct Stream {
    int minutes = 1;
    std::vector<Frame<Table>> blocks;
    std::size_t block = 0, row = 0; ///< next row to use
    market::Round covered = 0;
    bool started = false;
    std::vector<int> slots; ///< of the current block's columns

    [[nodiscard]] Status append(const Frame<Table>& frame, const char* what);
    const Table* row_at(market::Round round, std::span<const market::InstrumentId> ids);
    void drop_used();
  };
  struct Ranked {
    double ratio = 0;
    fb::Decision decision;
  };

  void step(market::Round round);
  void take_closes(market::Round round);
  void take_votes(market::Round round);
  /// Finds who carries weight in this round.
  void call(market::Round round);
  void weigh();
  bool take_opinions();
  void learn_correlation();
  void judge(market::Round round, std::size_t slot, const VotingRecord* leader);
  const VotingRecord* leader() const noexcept;
  fb::Bracket bracket(std::size_t slot, int side) const noexcept;
  void note_voices(market::Round round, market::InstrumentId instrument);
  double share_agreeing(std::size_t slot, int side) const noexcept;

  Config config_;
  std::vector<market::InstrumentId> ids_;
  std::vector<VotingRecord> records_;
  std::vector<std::uint8_t> counts_; ///< per voter: carries weight in this round
  std::vector<Stream<fb::VoteBlock>> votes_;
  std::vector<Stream<fb::FeatureBlock>> features_;
  std::vector<double> close_, s_, weights_, reliability_;
  std::vector<double> products_, correlation_; ///< voter × voter
  std::vector<double> history_;                ///< [slot][window], a ring
  std::size_t history_head_ = 0, history_size_ = 0;
  std::uint64_t sampled_ = 0;
  bool stale_weights_ = true, provisional_ = true, equal_ = true, started_ = false;
  market::Round next_ = 0;
  std::vector<Ranked> round_;
  std::vector<fb::Decision> decisions_;
  std::vector<fb::Voice> voices_;
  std::vector<std::uint8_t> flags_;
};

} // namespace finch::consensus
