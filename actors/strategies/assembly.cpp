#include "actors/strategies/assembly.hpp"

#include <algorithm>
#include <map>

namespace finch::strategies {

namespace {

class Assembly {
public:
  explicit Assembly(std::span<const Instance> instances) {
    for (const auto& instance : instances) {
      places_.try_emplace(instance.hash(), parts_.size());
      parts_.push_back({instance, {}, 0, true});
    }
    for (std::size_t i = 0; i < instances.size(); ++i)
      connect(i);
  }

  std::vector<Part> take() { return std::move(parts_); }

private:
  void connect(std::size_t place) {
    // A copy: parts may move while references are added behind them.
    auto [spec, timeframe] = parts_[place].instance;
    std::vector<std::size_t> references;
    std::size_t level = 0;
    for (const auto& reference : spec.references) {
      if (!reference.spec)
        continue;
      auto at = place_of({*reference.spec, timeframe});
      references.push_back(at);
      level = std::max(level, parts_[at].level + 1);
    }
    parts_[place].references = std::move(references);
    parts_[place].level = level;
  }

  std::size_t place_of(Instance instance) {
    auto [known, fresh] = places_.try_emplace(instance.hash(), parts_.size());
    auto place = known->second;
    if (fresh)
      parts_.push_back({std::move(instance), {}, 0, false});
    // An instance asked for may not have been reached yet; connecting it twice changes nothing.
    connect(place);
    return place;
  }

  std::vector<Part> parts_;
  std::map<std::string, std::size_t> places_; // by instance hash
};

} // namespace

std::vector<Part> parts_of(std::span<const Instance> instances) { return Assembly{instances}.take(); }

std::vector<std::vector<std::size_t>> levels_of(const std::vector<Part>& parts) {
  std::vector<std::vector<std::size_t>> levels;
  for (std::size_t place = 0; place < parts.size(); ++place) {
    levels.resize(std::max(levels.size(), parts[place].level + 1));
    levels[parts[place].level].push_back(place);
  }
  return levels;
}

} // namespace finch::strategies
