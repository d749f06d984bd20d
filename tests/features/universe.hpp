/// A universe of instruments with gaps and a late listing, told to calculators, a join and caches.
#pragma once

#include "actors/features/feature_cache.hpp"
#include "tests/features/market_blocks.hpp"
#include "tests/features/vectors.hpp"

#include <map>

namespace finch::test {

/// Instruments and what happened to each, round by round.
struct Universe {
  std::vector<market::Instrument> instruments;
  std::vector<Script> scripts;

  void add(std::string base, Script script) {
    instruments.push_back(
        some_instrument(static_cast<std::uint32_t>(instruments.size()) + 1, std::move(base)));
    scripts.push_back(std::move(script));
  }

  /// The rounds [from, to] of one instrument as a block.
  [[nodiscard]] Frame<fb::MarketBlock> block(std::size_t i, market::Round from, market::Round to) const {
    const auto& script = scripts[i];
    auto place = [&](market::Round round) {
      return static_cast<std::size_t>(
          std::lower_bound(script.begin(), script.end(), round,
                           [](const ScriptRound& one, market::Round wanted) { return one.round < wanted; }) -
          script.begin());
    };
    return one_block(script, instruments[i].id, place(from), place(to + 1));
  }

  [[nodiscard]] features::FeatureCache::Teller teller() const {
    return [this](std::size_t i, market::Round from, market::Round to,
                  const features::FeatureCache::Tell& tell) -> Status {
      tell(*block(i, from, to));
      return {};
    };
  }
};

/// Checkpoints in memory.
struct Shelf {
  std::map<std::pair<market::InstrumentId, std::int32_t>, std::string> kept;

  [[nodiscard]] features::CheckpointShelf door() {
    return {[this](market::InstrumentId id, std::int32_t day) -> Result<std::optional<std::string>> {
              auto found = kept.find({id, day});
              return found == kept.end() ? std::nullopt : std::optional{found->second};
            },
            [this](market::InstrumentId id, std::int32_t day, std::string_view bytes) -> Status {
              kept[{id, day}] = bytes;
              return {};
            }};
  }
};

} // namespace finch::test
