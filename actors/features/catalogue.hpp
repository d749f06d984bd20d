/// The feature catalogue: every feature's one definition. The kernels stand beside the definitions in
/// `groups/`.
#pragma once

#include "actors/market/dimension.hpp"
#include "schemas/error.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace finch::features {

using market::Dimension;

/// What one feature means. Formulas use the notation of the quant reference: O, H, L, C, V are the bar's
/// fields, X[-k] is k bars earlier, `mean_n` and the like run over the last n bars including the newest.
struct Definition {
  std::string_view name = {};
  std::string_view formula = {};
  std::string_view unit = {};
  Dimension dimension = Dimension::unitless;
  /// Index of the first valid row counted from the first bar (or the first bar after a gap).
  int warmup = 0;
  /// The value where the formula is 0/0 on warm data; NaN where it cannot be.
  double neutral = std::numeric_limits<double>::quiet_NaN();
  std::string_view talib = {};  ///< the TA-Lib call with the same meaning; empty where there is none
  std::string_view source = {}; ///< where the formula comes from
  std::string_view group = {};
  std::string_view unavailable_reason = {}; ///< empty where the feature can be computed
  /// Bar fields and features it is computed from.
  std::vector<std::string_view> inputs = {};

  [[nodiscard]] bool available() const noexcept { return unavailable_reason.empty(); }
};

/// All features, in the order of the reference.
[[nodiscard]] std::span<const Definition> catalogue();

/// The definition of `name`, or null. Bar fields (`close`, …) are not part of the catalogue.
[[nodiscard]] const Definition* find(std::string_view name);

/// Whether `name` is a bar field that rows can hold: open, high, low, close, volume.
[[nodiscard]] bool is_bar_field(std::string_view name);

/// The known name closest to `name` in spelling, for error messages.
[[nodiscard]] std::string_view nearest_name(std::string_view name);

} // namespace finch::features
