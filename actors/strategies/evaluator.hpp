/// From feature blocks to votes: one instance's rules over all instruments, many rows at a time.
#pragma once

#include "actors/accounting/holding_rules.hpp"
#include "actors/expression/machine.hpp"
#include "actors/market/instrument.hpp"
#include "actors/strategies/sources.hpp"
#include "actors/strategies/spec.hpp"
#include "schemas/features_generated.h"
#include "schemas/frame.hpp"
#include "schemas/votes_generated.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace finch::strategies {

/// What a book must know of the spec beyond its votes, with the parameters' values put in.
[[nodiscard]] accounting::HoldingRules holding_rules(const Spec& spec);

/// Features and bar fields read by the spec and by the strategies whose votes it takes, by name; models'
/// outputs are not among them.
[[nodiscard]] std::vector<std::string> required_features(const Spec& spec);
/// Timeframes whose blocks an instance of the spec reads, its own included, ascending; those of the
/// strategies whose votes it takes too.
[[nodiscard]] std::vector<market::Timeframe> required_timeframes(const Spec& spec,
                                                                 market::Timeframe timeframe);

/// Evaluates one instance. Votes are pure in the rows; the evaluator remembers only what rules look back on,
/// and the last closed row of other timeframes.
///
/// `votes(2, "a", "b", "c")` reads what the named strategies vote on the same rows of the same timeframe:
/// whoever runs the evaluator evaluates those first (see assembly.hpp) and hands their votes in. One that is
/// archived abstains; where fewer are left than the quorum the value is missing.
///
/// A vote has a side where exactly one entry rule holds, everything the entry rules, confidence and distances
/// read is known, and every distance is a positive number. p is the confidence clipped to [0.5, 0.9]. Without
/// a side p is 0.5 and the distances are 0. Exit flags stand on their own.
class Evaluator {
public:
  /// Fails where the layout lacks a feature the spec reads. A reference symbol, model or strategy the run
  /// does not have is absent: the instance then abstains.
  [[nodiscard]] static Result<Evaluator> make(const Spec& spec, market::Timeframe timeframe,
                                              const FeatureLayout& layout);

  /// Votes for one window. `blocks` are the blocks of all timeframes of the window, in any order; windows
  /// come in order. `taken` are the votes of `references()` in their order. Fails where a block does not have
  /// the layout's columns or votes do not stand on the same rows.
  [[nodiscard]] Result<Frame<fb::VoteBlock>> vote(std::uint32_t instance,
                                                  std::span<const Frame<fb::FeatureBlock>> blocks,
                                                  std::span<const Frame<fb::VoteBlock>> taken = {});

  /// The same for one block of the instance's timeframe given as plain columns, for a backtest over stored
  /// history: `values` is [feature][row][instrument], `others` the blocks of other timeframes, `taken` the
  /// votes of `references()` [row][instrument]. Fills `votes` [row][instrument] and allocates nothing.
  struct Columns {
    market::Timeframe timeframe;
    std::span<const std::int64_t> rounds;
    const double* values = nullptr;
  };
  void vote_columns(const Columns& own, std::span<const Columns> others, std::span<fb::Vote> votes,
                    std::span<const fb::Vote* const> taken = {});

  /// What the rules say of `rows` rows from `first` on, [row][instrument]: 1 or 0 for conditions, else
  /// numbers. Null where the spec has no such rule. A rule must not be acted on where its `known` is 0.
  struct Rules {
    std::size_t first = 0, rows = 0;
    const double *enter_long, *enter_short, *confidence, *stop, *target, *trail, *exit_long, *exit_short;
    const double *entry_known, *exit_long_known, *exit_short_known;

    /// Whether an entry at `i` has a confidence and distances that can be used.
    [[nodiscard]] bool usable(std::size_t i) const noexcept {
      auto positive = [i](const double* distance) {
        return !distance || (distance[i] > 0 && distance[i] <= std::numeric_limits<double>::max());
      };
      return (!confidence || confidence[i] == confidence[i]) && positive(stop) && positive(target) &&
             positive(trail);
    }
  };
  using Visit = std::function<void(const Rules&)>;
  /// The same evaluation for a screen, which wants the rules themselves: `visit` sees the rows in order, a
  /// few at a time, and must use them before it returns. Whether an instrument is in the universe is left to
  /// it.
  void scan(const Columns& own, std::span<const Columns> others, const Visit& visit,
            std::span<const fb::Vote* const> taken = {});
  /// Whether the instrument in this lane is in the spec's universe.
  [[nodiscard]] bool listed(std::size_t lane) const noexcept { return listed_[lane] != 0; }

  /// What the evaluator remembers, for a restart; see expression::State.
  [[nodiscard]] std::vector<std::uint8_t> save() const;
  [[nodiscard]] Status restore(std::span<const std::uint8_t> bytes);

  [[nodiscard]] market::Timeframe timeframe() const noexcept { return timeframe_; }
  /// The strategies whose votes it takes, by name: those the spec refers to and that are not archived.
  [[nodiscard]] const std::vector<std::string>& references() const noexcept { return references_; }
  /// Rows of its own timeframe after which a vote no longer depends on where the history began.
  [[nodiscard]] std::size_t lookback() const noexcept { return machine_.program().lookback; }

private:
  Evaluator(const Spec& spec, market::Timeframe timeframe, const FeatureLayout& layout,
            std::vector<Source> sources, std::vector<std::string> references, RuleRoots roots,
            expression::Machine machine);

  void gather(std::size_t input, const Columns& own, std::span<const Columns> others, std::size_t first,
              std::size_t rows);
  void count_votes(std::size_t input, std::span<const fb::Vote* const> taken, std::size_t first,
                   std::size_t rows);
  void remember(std::span<const Columns> others);
  template <class Take>
  void run(const Columns& own, std::span<const Columns> others, std::span<const fb::Vote* const> taken,
           const Take& take);
  [[nodiscard]] Rules rules_of_run(std::size_t first, std::size_t rows) const;
  void decide(const Rules& rules, std::span<fb::Vote> votes) const;

  market::Timeframe timeframe_;
  std::vector<market::InstrumentId> instruments_;
  std::size_t features_ = 0;
  std::vector<std::uint8_t> listed_; ///< per lane: in the spec's universe
  std::vector<Source> sources_;      ///< per input of the program
  std::vector<std::string> references_;
  RuleRoots roots_;
  expression::Machine machine_;
  expression::State state_;
  std::vector<double> buffer_;         ///< per gathered input [row][lane]
  std::vector<double> carried_;        ///< per input [lane]: its timeframe's last row of earlier windows
  std::vector<std::size_t> cursors_;   ///< per input: rows of its block already passed
  std::vector<const double*> columns_; ///< per input, for the rows at hand
  std::vector<std::int64_t> bars_;
};

} // namespace finch::strategies
