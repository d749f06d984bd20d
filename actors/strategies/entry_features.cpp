#include "actors/strategies/entry_features.hpp"

#include "actors/strategies/environment.hpp"
#include "actors/strategies/requirements.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace finch::strategies {

namespace {

void collect(const Spec& spec, std::map<std::string, EntryFeature>& found) {
  walk_references(spec, [&](const expression::Node& node) {
    if (is_model_output(node.text))
      return;
    auto name = expression::format(node);
    found.try_emplace(name, EntryFeature{name, node.text, node.minutes, node.symbol});
  });
  for (const auto& reference : spec.references)
    if (reference.spec)
      collect(*reference.spec, found);
}

} // namespace

std::vector<EntryFeature> entry_features(const Spec& spec) {
  std::map<std::string, EntryFeature> found;
  collect(spec, found);
  std::vector<EntryFeature> features;
  for (auto& [name, feature] : found)
    features.push_back(std::move(feature));
  return features;
}

std::vector<accounting::KeptFeature> kept_features(const Spec& spec, const FeatureLayout& layout) {
  constexpr auto missing = std::numeric_limits<std::uint32_t>::max();
  std::vector<accounting::KeptFeature> kept;
  for (const auto& wanted : entry_features(spec)) {
    auto at = std::find(layout.names.begin(), layout.names.end(), wanted.feature);
    auto& feature = kept.emplace_back();
    feature.feature =
        at == layout.names.end() ? missing : static_cast<std::uint32_t>(at - layout.names.begin());
    feature.minutes = wanted.minutes;
    if (wanted.symbol.empty())
      continue;
    if (auto lane = lane_of(wanted.symbol, layout); lane < 0)
      feature.feature = missing;
    else
      feature.instrument = layout.instruments[static_cast<std::size_t>(lane)];
  }
  return kept;
}

std::vector<int> entry_timeframes(const Instance& instance, std::span<const market::Timeframe> run) {
  std::vector<int> minutes{instance.timeframe.minutes};
  for (auto timeframe : required_timeframes(instance.spec, instance.timeframe))
    if (timeframe != instance.timeframe && std::find(run.begin(), run.end(), timeframe) != run.end())
      minutes.push_back(timeframe.minutes);
  std::sort(minutes.begin(), minutes.end());
  return minutes;
}

} // namespace finch::strategies
