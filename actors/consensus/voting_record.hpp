/// One voter as the consensus sees it: its standing votes, those that wait to be resolved, its track record.
#pragma once

#include "actors/consensus/track_record.hpp"
#include "actors/market/timeframe.hpp"
#include "schemas/votes_generated.h"

#include <cstdint>
#include <span>
#include <vector>

namespace finch::consensus {

/// A voter and its standing in the desk.
struct Voter {
  std::uint32_t instance = 0; ///< index in the desk's list of instances
  market::Timeframe timeframe;
  int tier = 1;                                   ///< 1 or 2; without T2 everything is provisional
  bool weighted = true;                           ///< false: heard and scored, but without weight
  double break_even_r = 0;                        ///< copied into brackets
  int max_hold_bars = 0;                          ///< likewise, in bars of the voter's timeframe; 0: none
  market::Round from = INT64_MIN, to = INT64_MAX; ///< carries weight in the rounds [from, to) only
};

/// State of one voter over `instruments` slots. Memory is taken once, at construction.
class VotingRecord {
public:
  VotingRecord(const Voter& voter, std::size_t instruments, int horizon_bars, const MemoryTerms& terms);

  /// The voter's bar closes with `round`: what it said H bars ago turns out right or wrong at `close`.
  /// Returns whether anything resolved.
  bool resolve(market::Round round, std::span<const double> close);
  /// A row arrives at `round`: it replaces the standing votes and will be resolved against `close`. `slots`
  /// maps the row's columns to instrument slots, negative for strangers.
  void take(market::Round round, const fb::Vote* votes, std::span<const int> slots,
            std::span<const double> close);
  /// Drops standing votes whose time is over.
  void expire(market::Round round) noexcept;

  [[nodiscard]] bool stands() const noexcept { return stands_; }
  /// side·(2p - 1) of each instrument's standing vote; 0 where it abstains.
  [[nodiscard]] std::span<const double> opinions() const noexcept { return opinion_; }
  [[nodiscard]] const fb::Vote& vote(std::size_t slot) const noexcept { return standing_[slot]; }
  [[nodiscard]] const TrackRecord& track() const noexcept { return track_; }

  Voter voter;

private:
  struct Waiting {
    double p = 0, close = 0;
    std::uint8_t bin = 0;
    std::int8_t side = 0;
  };

  std::size_t slot_of(market::Round round) const noexcept;

  std::size_t instruments_, horizon_;
  TrackRecord track_;
  bool stands_ = false;
  market::Round stands_until_ = 0;
  std::vector<fb::Vote> standing_;
  std::vector<double> opinion_;
  std::vector<Waiting> waiting_;             ///< ring of H rows of all instruments
  std::vector<market::Round> waiting_since_; ///< the round of each row in the ring; -1: empty
};

} // namespace finch::consensus
