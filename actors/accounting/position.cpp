#include "actors/accounting/position.hpp"

#include "actors/market/time.hpp"

#include <algorithm>
#include <cmath>

namespace finch::accounting {

std::int64_t distance_units(double distance, int price_decimals) noexcept {
  if (!(distance > 0))
    return 0;
  auto units = distance * market::pow10_double[static_cast<std::size_t>(price_decimals)];
  // Levels stay far from the ends of the integers, whatever a strategy asks for.
  if (!(units < 1e18))
    return 1'000'000'000'000'000'000;
  auto nearest = std::nearbyint(units);
  return static_cast<std::int64_t>(std::abs(units - nearest) <= 1e-9 * nearest ? nearest : std::ceil(units));
}

Position::Position(const market::Instrument& instrument, int side, std::int64_t quantity, std::int64_t price,
                   const fb::Bracket& bracket, const MarginTerms* terms) noexcept
    : quantity_{quantity}, best_{side * price}, worst_{side * price}, entry_{side * price},
      tick_{std::max<std::int64_t>(1, instrument.tick_size)}, side_{side} {
  int decimals = instrument.price_decimals;
  auto stop = distance_units(bracket.stop_distance(), decimals);
  auto target = distance_units(bracket.target_distance(), decimals);
  trail_ = distance_units(bracket.trail_distance(), decimals);
  // A trailing stop without a fixed one is the stop from the start.
  if (auto initial = stop > 0 ? stop : trail_; initial > 0) {
    stop_ = initial_stop_ = on_grid(entry_ - initial);
    stop_reason_ = stop > 0 ? fb::ExitReason::stop : fb::ExitReason::trailing;
    if (bracket.break_even_r() > 0)
      break_even_ = entry_ + distance_units(bracket.break_even_r() * static_cast<double>(entry_ - stop_), 0);
  }
  if (target > 0)
    target_ = -on_grid(-(entry_ + target));
  if (terms != nullptr && terms->leverage >= 1) {
    auto level = [&](double mark) { return side * static_cast<std::int64_t>(std::llround(mark)); };
    auto entry = static_cast<double>(price);
    if (auto mark = liquidation_price(entry, side, *terms); mark > 0) {
      liquidation_ = level(mark);
      bankruptcy_ = level(bankruptcy_price(entry, side, *terms));
    }
  }
  ratchet();
}

std::int64_t Position::on_grid(std::int64_t level) const noexcept {
  return market::floor_div(level, tick_) * tick_;
}

bool Position::stop_inside_liquidation() const noexcept {
  if (liquidation_ == none || initial_stop_ == none)
    return true;
  return static_cast<double>(entry_ - initial_stop_) <= 0.75 * static_cast<double>(entry_ - liquidation_);
}

Trigger Position::fired(std::int64_t level) const noexcept {
  if (level <= liquidation_)
    return {fb::ExitReason::liquidation, side_ * bankruptcy_, false};
  if (level <= stop_)
    return {stop_reason_, side_ * level, false};
  return {fb::ExitReason::target, side_ * target_, true};
}

void Position::ratchet() noexcept {
  if (best_ >= break_even_ && entry_ > stop_) {
    stop_ = entry_;
    stop_reason_ = fb::ExitReason::break_even;
  }
  if (trail_ > 0) {
    auto level = on_grid(best_ - trail_);
    if (level > stop_) {
      stop_ = level;
      stop_reason_ = fb::ExitReason::trailing;
    }
  }
}

bool Position::is_quiet(std::int64_t low, std::int64_t high) const noexcept {
  auto least = side_ > 0 ? low : -high, most = side_ > 0 ? high : -low;
  if (least <= stop_ || least <= liquidation_ || most > target_)
    return false;
  if (most <= best_ || (trail_ == 0 && break_even_ == no_target))
    return true;
  // The stop only rises, so the highest it could come to is where it stands after the best print.
  auto after = *this;
  after.best_ = most;
  after.ratchet();
  return least > after.stop_;
}

void Position::absorb(std::int64_t low, std::int64_t high) noexcept {
  auto least = side_ > 0 ? low : -high, most = side_ > 0 ? high : -low;
  worst_ = std::min(worst_, least);
  if (most > best_) {
    best_ = most;
    ratchet();
  }
}

std::optional<Trigger> Position::on_bar(std::int64_t open, std::int64_t high, std::int64_t low) noexcept {
  auto first = side_ * open, least = side_ > 0 ? low : -high, most = side_ > 0 ? high : -low;
  if (least <= stop_ || least <= liquidation_) {
    // On the way down the higher of the two levels comes first; a gap opens beyond it.
    auto level = std::min(first, std::max(stop_, liquidation_));
    return fired(level);
  }
  if (most > target_) {
    worst_ = std::min(worst_, least);
    return fired(most);
  }
  absorb(low, high);
  return std::nullopt;
}

void Position::note_exit(std::int64_t price) noexcept {
  best_ = std::max(best_, side_ * price);
  worst_ = std::min(worst_, side_ * price);
}

} // namespace finch::accounting
