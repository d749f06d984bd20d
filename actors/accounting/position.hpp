/// One open position and its resting exits: stop, target, trailing, break-even, liquidation. Prices are
/// integers in the instrument's units, so that every comparison is exact.
#pragma once

#include "actors/accounting/perpetual.hpp"
#include "actors/market/instrument.hpp"
#include "schemas/orders_generated.h"
#include "schemas/results_generated.h"

#include <limits>
#include <optional>

namespace finch::accounting {

/// A resting exit that fires.
struct Trigger {
  fb::ExitReason reason = fb::ExitReason::stop;
  std::int64_t price = 0; ///< where it fills, price units
  bool maker = false;
};

/// Exits are frozen at entry and follow reference 6.3: a stop fires on the print that reaches it and fills
/// there, so a gap pays; a target fills at its limit, and only when a print goes strictly through; stop
/// before target. Levels lie on the tick grid, rounded to the side that is worse for the position. The
/// trailing stop follows every print.
///
/// Inside, prices are mirrored for shorts (multiplied by the side), so that one set of rules serves both
/// sides.
class Position {
public:
  Position() = default;

  /// Opens `quantity` (> 0) at `price` with the exits of `bracket`. `terms` is null where nothing can be
  /// liquidated.
  Position(const market::Instrument& instrument, int side, std::int64_t quantity, std::int64_t price,
           const fb::Bracket& bracket, const MarginTerms* terms) noexcept;

  [[nodiscard]] bool is_open() const noexcept { return quantity_ != 0; }
  [[nodiscard]] int side() const noexcept { return side_; }
  [[nodiscard]] std::int64_t quantity() const noexcept { return quantity_; }
  [[nodiscard]] std::int64_t signed_quantity() const noexcept { return side_ * quantity_; }
  [[nodiscard]] std::int64_t entry_price() const noexcept { return side_ * entry_; }
  /// The stop as it rests now, and as it was at entry; 0 where there is none.
  [[nodiscard]] std::int64_t stop_price() const noexcept { return stop_ == none ? 0 : side_ * stop_; }
  [[nodiscard]] std::int64_t initial_stop() const noexcept {
    return initial_stop_ == none ? 0 : side_ * initial_stop_;
  }
  /// The target's level; 0 where there is none.
  [[nodiscard]] std::int64_t target_price() const noexcept {
    return target_ == no_target ? 0 : side_ * target_;
  }
  /// Whether the stop lies at least a quarter of the way inside liquidation; true where there is no
  /// liquidation.
  [[nodiscard]] bool stop_inside_liquidation() const noexcept;
  /// Best and worst price reached since entry, as distances ≥ 0 in price units.
  [[nodiscard]] std::int64_t favourable() const noexcept { return best_ - entry_; }
  [[nodiscard]] std::int64_t adverse() const noexcept { return entry_ - worst_; }

  /// A trade printed at `price`: the exit it fires, or nothing, in which case trailing and break-even have
  /// moved.
  [[nodiscard]] std::optional<Trigger> on_print(std::int64_t price) noexcept {
    return on_level(side_ * price);
  }
  /// Whether no order of prints within [low, high] can fire an exit. Then `absorb` stands for all of them,
  /// exactly.
  [[nodiscard]] bool is_quiet(std::int64_t low, std::int64_t high) const noexcept;
  void absorb(std::int64_t low, std::int64_t high) noexcept;
  /// A whole bar went by: stop first, then target; trailing and break-even move at its close.
  [[nodiscard]] std::optional<Trigger> on_bar(std::int64_t open, std::int64_t high,
                                              std::int64_t low) noexcept;
  /// Takes the exit price into the extremes.
  void note_exit(std::int64_t price) noexcept;

private:
  static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t no_target = std::numeric_limits<std::int64_t>::max();

  std::optional<Trigger> on_level(std::int64_t level) noexcept {
    if (level <= stop_ || level <= liquidation_ || level > target_)
      return fired(level);
    if (level > best_)
      best_ = level, ratchet();
    else if (level < worst_)
      worst_ = level;
    return std::nullopt;
  }
  Trigger fired(std::int64_t level) const noexcept;
  void ratchet() noexcept;
  [[nodiscard]] std::int64_t on_grid(std::int64_t level) const noexcept;

  std::int64_t quantity_ = 0;
  std::int64_t stop_ = none, target_ = no_target, liquidation_ = none;
  std::int64_t best_ = 0, worst_ = 0;
  std::int64_t trail_ = 0, break_even_ = no_target;
  std::int64_t entry_ = 0, initial_stop_ = none, bankruptcy_ = none;
  std::int64_t tick_ = 1;
  int side_ = 0;
  fb::ExitReason stop_reason_ = fb::ExitReason::stop;
};

/// A distance in quote per base as whole price units, rounded up; a value within 1e-9 of a whole number
/// counts as it, so that 0.07 means 7 cents. 0 for nothing, negatives and values that are not numbers.
[[nodiscard]] std::int64_t distance_units(double distance, int price_decimals) noexcept;

} // namespace finch::accounting
