/// What a spec's rules read and ask: where each column comes from, and the rules in the order they are run.
#pragma once

#include "actors/expression/environment.hpp"
#include "actors/market/instrument.hpp"
#include "actors/market/timeframe.hpp"
#include "actors/strategies/spec.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace finch::strategies {

/// The order of a FeatureBlock's columns, agreed once for a run.
struct FeatureLayout {
  std::vector<std::string> names;                ///< features and bar fields
  std::vector<market::InstrumentId> instruments; ///< ascending
  std::vector<std::string> symbols; ///< in the order of `instruments`; full names, as `binance.um/BTC-USDT`
};

/// Where a column of a program comes from.
struct Source {
  enum Kind : std::uint8_t {
    own,      ///< a feature of the instance's own timeframe
    gathered, ///< of another timeframe's last closed row, or of a reference symbol
    votes,
    absent ///< always missing
  } kind = absent;
  std::size_t feature = 0;
  market::Timeframe timeframe;
  std::ptrdiff_t lane = -1;          ///< of the reference symbol; -1 is each instrument itself
  std::int32_t quorum = 0;           ///< of votes
  std::vector<std::size_t> voters{}; ///< of votes: places among the spec's references that are left
};

/// Hands out a slot for each distinct reference. Specs that take no votes may share a table where timeframe
/// and layout are the same.
class SourceTable {
public:
  /// The slot of a reference in its canonical text.
  [[nodiscard]] std::uint32_t slot_of(std::string text, const Source& source);
  /// By slot.
  [[nodiscard]] const std::vector<Source>& sources() const noexcept { return sources_; }

private:
  std::vector<std::string> texts_;
  std::vector<Source> sources_;
};

/// What names mean to the rules of one spec on one timeframe.
class RuleEnvironment : public expression::Environment {
public:
  RuleEnvironment(const Spec& spec, market::Timeframe timeframe, const FeatureLayout& layout,
                  SourceTable& table);

  [[nodiscard]] Result<expression::Binding> resolve(const expression::Node& reference) const override;
  [[nodiscard]] Result<expression::Binding> resolve_votes(const expression::Node& votes) const override;
  /// The strategies whose votes the spec takes, by name: those that are not archived.
  [[nodiscard]] const std::vector<std::string>& references() const noexcept { return references_; }

private:
  const Spec& spec_;
  market::Timeframe timeframe_;
  const FeatureLayout& layout_;
  // Slots are handed out as the compiler asks for them, through an interface that only answers questions.
  SourceTable& table_;
  std::vector<std::string> references_;
};

/// Rules of one group share one answer to whether everything they read is known.
inline constexpr std::uint8_t entry_group = 0, exit_long_group = 1, exit_short_group = 2;

/// Places of a spec's rules in a RuleSet; -1 where it has no such rule.
struct RuleRoots {
  std::ptrdiff_t enter_long = -1, enter_short = -1, confidence = -1, stop = -1, target = -1, trail = -1,
                 exit_long = -1, exit_short = -1;
};

/// A spec's rules as expressions, distances in price.
struct RuleSet {
  std::vector<expression::Expression> expressions;
  std::vector<std::uint8_t> groups; ///< of each expression
  RuleRoots roots;
};
[[nodiscard]] RuleSet rule_set_of(const Spec& spec);

} // namespace finch::strategies
