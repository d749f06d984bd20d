#include "bench/library.hpp"

#include "actors/strategies/vocabulary.hpp"
#include "runtime/config.hpp"
#include "runtime/desk_setup.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace finch::bench {

Result<desk::DeskConfig> library_desk(const std::filesystem::path& library,
                                      std::vector<market::Instrument> instruments, Strategies wanted) {
  auto specs = strategies::load_library(library, strategies::catalogue_vocabulary());
  if (!specs)
    return tl::unexpected(specs.error());
  // The six of the reference job, whatever else the library holds.
  std::erase_if(*specs, [wanted](const strategies::Spec& spec) {
    constexpr std::array names{"vwap_reversion", "breakout",   "momentum",
                               "rsi_divergence", "bb_squeeze", "ema_crossover"};
    return wanted == Strategies::reference_six &&
           std::find(names.begin(), names.end(), spec.name) == names.end();
  });
  auto desk = runtime::desk_config(runtime::Config{}, std::move(instruments));
  desk.instances = runtime::instances_of(*specs);
  return desk;
}

std::vector<std::string> features_of(const desk::DeskConfig& desk) {
  std::set<std::string> names;
  for (const auto& running : desk.instances)
    for (auto& name : strategies::required_features(running.instance.spec))
      names.insert(std::move(name));
  return {names.begin(), names.end()};
}

std::size_t strategies_of(const desk::DeskConfig& desk) {
  std::set<std::string> names;
  for (const auto& running : desk.instances)
    names.insert(running.instance.spec.name);
  return names.size();
}

} // namespace finch::bench
