/// The feature catalogue: every feature's one definition. The kernels stand beside the definitions in
/// `groups/`; features people define in the configuration join it as expressions over the others.
#pragma once

#include "actors/market/dimension.hpp"
#include "schemas/error.hpp"

#include <cstdint>
#include <limits>
#include <memory>
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

/// A feature as its user writes it: an expression over bar fields, features of the catalogue and other
/// features of users, in the language of strategies' rules.
struct UserFeature {
  std::string name, formula;
  double neutral = 0; ///< the value where the formula is undefined on known inputs
  std::string where;  ///< what errors call it, as `finch.toml:3: features.vwap_zscore`
};

struct UserKernel;

/// Built-in features and those of one configuration. Immutable and cheap to copy; every desk, backtest and
/// command gets the one its configuration made.
class Catalogue {
public:
  /// The features that are built in.
  Catalogue();
  /// With a user's features added, as group `user`, each after those it reads. Units, warm-up and inputs are
  /// inferred. Fails with bad_input, naming `where` and the column, on a name that is taken or malformed, an
  /// expression the language refuses, an unknown or unavailable feature, a reference to another timeframe,
  /// symbol, model or vote, a unit no rule could use, and features that read each other in a circle.
  [[nodiscard]] static Result<Catalogue> with(std::span<const UserFeature> features);

  /// All features: those of the reference in its order, then users'.
  [[nodiscard]] std::span<const Definition> definitions() const noexcept;
  /// The users' features, in an order in which each reads only those before it.
  [[nodiscard]] std::span<const UserKernel> user_kernels() const noexcept;
  /// The definition of `name`, or null. Bar fields (`close`, …) are not part of the catalogue.
  [[nodiscard]] const Definition* find(std::string_view name) const noexcept;
  /// The known name closest to `name` in spelling, for error messages.
  [[nodiscard]] std::string_view nearest_name(std::string_view name) const;

private:
  struct Content;
  explicit Catalogue(std::shared_ptr<const Content> content) : content_{std::move(content)} {}

  std::shared_ptr<const Content> content_;
};

/// The features that are built in, in the order of the reference.
[[nodiscard]] std::span<const Definition> catalogue();

/// The built-in definition of `name`, or null.
[[nodiscard]] const Definition* find(std::string_view name);

/// Whether `name` is a bar field that rows can hold: open, high, low, close, volume.
[[nodiscard]] bool is_bar_field(std::string_view name);
/// What a bar field measures.
[[nodiscard]] Dimension bar_field_dimension(std::string_view name);

} // namespace finch::features
