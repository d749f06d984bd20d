/// Columns of mantissas that share one decimal exponent, as the columns of actors/market/data.hpp do.
#pragma once

#include "actors/market/decimal.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace finch::feed {

using MantissaColumn = std::vector<std::int64_t>;

/// Widens columns as values with more decimals arrive, and narrows them again when the batch is done.
class DecimalGroup {
public:
  DecimalGroup(std::uint8_t& decimals, std::vector<MantissaColumn*> columns)
      : decimals_(decimals), columns_(std::move(columns)) {}

  /// Makes room for `values`, which then hold mantissas in the group's unit. False, with nothing changed but
  /// trailing zeros of `values`, when 63 bits do not hold all of the column in the unit it would need.
  [[nodiscard]] bool fit(std::span<market::Decimal> values) {
    auto same =
        std::all_of(values.begin(), values.end(), [this](auto value) { return value.decimals == decimals_; });
    return same || adjust(values);
  }

  /// Ends a batch: takes out the power of ten common to all values, so that 61837.63000000 is stored with two
  /// decimals. No batch gets fewer decimals than one before it, so that the batches of a file rarely differ.
  void narrow() {
    int common = std::max(0, decimals_ - floor_);
    for (auto* column : columns_)
      for (auto value : *column)
        while (common > 0 && value % market::pow10_int[static_cast<std::size_t>(common)] != 0)
          --common;
    if (common > 0)
      for (auto* column : columns_)
        for (auto& value : *column)
          value /= market::pow10_int[static_cast<std::size_t>(common)];
    decimals_ = static_cast<std::uint8_t>(decimals_ - common);
    floor_ = std::max(floor_, decimals_);
  }

  /// Forgets the decimals of batches before: for a value that does not fit beside them. The columns must be
  /// empty.
  void restart() noexcept { decimals_ = 0; }

private:
  bool adjust(std::span<market::Decimal> values) {
    auto needed = needed_decimals(values);
    if (!fits(values, needed)) {
      for (auto& value : values)
        for (; value.decimals > 0 && value.mantissa % 10 == 0; --value.decimals)
          value.mantissa /= 10;
      needed = needed_decimals(values);
      if (!fits(values, needed))
        return false;
    }
    if (needed > decimals_) {
      auto factor = market::pow10_int[static_cast<std::size_t>(needed - decimals_)];
      for (auto* column : columns_)
        for (auto& value : *column)
          value *= factor;
      decimals_ = static_cast<std::uint8_t>(needed);
    }
    for (auto& value : values) {
      value.mantissa *= market::pow10_int[static_cast<std::size_t>(needed - value.decimals)];
      value.decimals = static_cast<std::uint8_t>(needed);
    }
    return true;
  }

  int needed_decimals(std::span<const market::Decimal> values) const {
    int needed = decimals_;
    for (auto value : values)
      needed = std::max<int>(needed, value.decimals);
    return needed;
  }

  bool fits(std::span<const market::Decimal> values, int needed) const {
    std::int64_t product = 0;
    for (auto value : values)
      if (__builtin_mul_overflow(
              value.mantissa, market::pow10_int[static_cast<std::size_t>(needed - value.decimals)], &product))
        return false;
    if (needed == decimals_)
      return true;
    auto factor = market::pow10_int[static_cast<std::size_t>(needed - decimals_)];
    for (auto* column : columns_)
      for (auto value : *column)
        if (__builtin_mul_overflow(value, factor, &product))
          return false;
    return true;
  }

  std::uint8_t& decimals_;
  std::uint8_t floor_ = 0;
  std::vector<MantissaColumn*> columns_;
};

} // namespace finch::feed
