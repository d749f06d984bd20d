#include "bench/library.hpp"

#include "actors/strategies/vocabulary.hpp"
#include "runtime/config.hpp"
#include "runtime/desk_setup.hpp"

#include <set>

namespace finch::bench {

Result<desk::DeskConfig> library_desk(const std::filesystem::path& library,
                                      std::vector<market::Instrument> instruments) {
  auto specs = strategies::load_library(library, strategies::catalogue_vocabulary());
  if (!specs)
    return tl::unexpected(specs.error());
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
