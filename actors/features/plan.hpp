/// A plan: the closure of the features somebody wants, compiled to a flat list of kernels in dependency
/// order.
#pragma once

#include "actors/features/catalogue.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace finch::features {

struct PlanLayout;

/// Immutable and cheap to copy. Calculators and the join of one desk share one plan, so that all agree on the
/// order of the columns.
class Plan {
public:
  /// Compiles `wanted`: feature names and bar fields (open, high, low, close, volume), in the order rows
  /// shall have. `close` is added in front where it is missing, and what cross-asset and users' features read
  /// is added at the end. Fails with a usage error on an unknown name (naming the nearest known one) or an
  /// unavailable feature (with its reason).
  [[nodiscard]] static Result<Plan> make(std::span<const std::string> wanted,
                                         const Catalogue& catalogue = {});
  /// Every available feature, in catalogue order.
  [[nodiscard]] static Plan everything(const Catalogue& catalogue = {});

  /// Columns of a row, in order.
  [[nodiscard]] std::span<const std::string> names() const noexcept;
  /// Column of `name`, or nothing where the plan does not have it.
  [[nodiscard]] std::optional<std::size_t> index(std::string_view name) const noexcept;
  /// First valid row of each column, counted from the first bar or from the first bar after a gap.
  [[nodiscard]] std::span<const int> warmups() const noexcept;
  /// Identifies the plan's columns and state layout; states restore only into an equal plan.
  [[nodiscard]] std::uint64_t fingerprint() const noexcept;
  [[nodiscard]] bool has_cross_asset() const noexcept;
  [[nodiscard]] bool has_user_features() const noexcept;
  /// Whether bars must carry what only a pass over the single ticks can tell.
  [[nodiscard]] bool needs_sqrt_flow() const noexcept;
  [[nodiscard]] bool needs_interarrival() const noexcept;
  [[nodiscard]] bool needs_large_trades() const noexcept;
  [[nodiscard]] bool needs_vpin() const noexcept;

  /// For the calculators of this room.
  [[nodiscard]] const PlanLayout& layout() const noexcept { return *layout_; }

private:
  explicit Plan(std::shared_ptr<const PlanLayout> layout) : layout_{std::move(layout)} {}

  std::shared_ptr<const PlanLayout> layout_;
};

} // namespace finch::features
