/// Specs, layouts and feature blocks for the tests of strategies.
#pragma once

#include "actors/strategies/evaluator.hpp"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace finch::strategies::test {

inline constexpr auto nan = std::numeric_limits<double>::quiet_NaN();

inline Vocabulary vocabulary() {
  using market::Dimension;
  return {{{"open", Dimension::price},
           {"close", Dimension::price},
           {"volume", Dimension::volume},
           {"atr_14", Dimension::price},
           {"rsi_14", Dimension::unitless},
           {"ret_5", Dimension::unitless},
           {"is_weekend", Dimension::flag}},
          {}};
}

inline FeatureLayout layout() {
  return {{"atr_14", "close", "is_weekend", "open", "ret_5", "rsi_14", "volume"},
          {1, 2, 3},
          {"binance.um/BTC-USDT", "binance.um/ETH-USDT", "binance.um/XRP-USDT"}};
}

/// A spec with the given members laid over a small valid one; `null` removes a member.
std::string spec_json(const std::string& changes = "{}");

inline Spec spec_of(const std::string& changes) {
  auto spec = parse_spec(spec_json(changes), vocabulary(), "test");
  if (!spec)
    throw std::runtime_error(spec.error().message);
  return *spec;
}

/// value(feature, round, lane)
using Values = std::function<double(const std::string&, std::int64_t, std::size_t)>;

inline Frame<fb::FeatureBlock> block(market::Timeframe timeframe, std::int64_t first, std::int64_t last,
                                     const FeatureLayout& layout, const Values& value) {
  std::vector<std::int64_t> rounds;
  for (auto round = first; round <= last; ++round)
    if (timeframe.closes_at(round))
      rounds.push_back(round);
  std::vector<double> values;
  for (const auto& name : layout.names)
    for (auto round : rounds)
      for (std::size_t lane = 0; lane < layout.instruments.size(); ++lane)
        values.push_back(value(name, round, lane));
  flatbuffers::FlatBufferBuilder builder;
  auto rounds_at = builder.CreateVector(rounds);
  auto instruments_at = builder.CreateVector(layout.instruments);
  auto values_at = builder.CreateVector(values);
  return Frame<fb::FeatureBlock>::own(
      builder, fb::CreateFeatureBlock(builder, timeframe.minutes, first, last, rounds_at, instruments_at,
                                      static_cast<std::uint32_t>(layout.names.size()), values_at));
}

inline std::filesystem::path source_folder() {
  auto folder = std::getenv("FINCH_SOURCE");
  return folder ? folder : ".";
}

} // namespace finch::strategies::test
