/// What `finch features show` and `export` share.
#pragma once

#include "runtime/commands/data_export.hpp"
#include "runtime/desk_setup.hpp"
#include "runtime/feature_rows.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

namespace finch::runtime {

/// Which stored rows a command looks at, as its options say.
struct FeatureScope {
  std::string symbol, timeframe;
  std::optional<market::TimeNs> from, to;
};

/// Resolves the scope. Without a symbol the first instrument that has ticks or bars, without a timeframe the
/// shortest configured. Fails with a usage error on unknown symbols, timeframes and empty ranges.
[[nodiscard]] Result<FeatureQuery> feature_query(const Context& context, const storage::TickStore& store,
                                                 const FeatureScope& scope);

/// The definition as JSON, as `list` and `show` give it.
[[nodiscard]] nlohmann::ordered_json describe(const features::Definition& feature);

/// `finch features show`: the definition and, where there is data, the distribution.
[[nodiscard]] Status show_feature(Context& context, const std::string& name, const FeatureScope& scope);
/// Declares `export` under `finch features`.
void register_features_export(Command& features);

} // namespace finch::runtime
