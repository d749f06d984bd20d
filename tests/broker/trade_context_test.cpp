#include "actors/broker/trade_context.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace finch;
using namespace finch::broker;

namespace {

constexpr market::Round midnight = 28'000'800; // closes the first minute of a day
constexpr std::size_t regime = 0, price = 1, features = 2;
const std::vector<std::uint32_t> instruments{3, 7};

/// A value that tells where it comes from.
double value(std::size_t feature, int minutes, market::Round round, std::uint32_t instrument) {
  if (feature == regime)
    return static_cast<double>(round % 4);
  return minutes * 1e6 + static_cast<double>(round - midnight) * 10 + instrument;
}

/// All rows of one timeframe that close in [first, last].
Frame<fb::FeatureBlock> block(int minutes, market::Round first, market::Round last) {
  std::vector<market::Round> rounds;
  for (auto round = first; round <= last; ++round)
    if ((round + 1) % minutes == 0)
      rounds.push_back(round);
  std::vector<double> values;
  for (std::size_t feature = 0; feature < features; ++feature)
    for (auto round : rounds)
      for (auto instrument : instruments)
        values.push_back(value(feature, minutes, round, instrument));
  flatbuffers::FlatBufferBuilder builder;
  auto rounds_at = builder.CreateVector(rounds);
  auto instruments_at = builder.CreateVector(instruments);
  auto values_at = builder.CreateVector(values);
  return Frame<fb::FeatureBlock>::own(
      builder, fb::CreateFeatureBlock(builder, minutes, first, last, rounds_at, instruments_at,
                                      static_cast<std::uint32_t>(features), values_at));
}

/// What is remembered of an entry of `instance` decided on in `round`, told in windows of `window` rounds.
std::vector<double> remembered(const ContextTerms& terms, market::Round round, std::uint32_t instance,
                               int minutes, market::Round window) {
  TradeContext context{terms, 1};
  for (auto first = midnight; first <= round; first += window) {
    for (auto told : terms.timeframes)
      context.add(block(told, first, first + window - 1));
    for (auto at = first; at < first + window && at <= round; ++at)
      REQUIRE(context.advance(at));
  }
  context.note_entry(0, 7, instance, minutes);
  fb::Trade trade;
  trade.mutate_instrument(7);
  context.complete(0, trade);
  CHECK(trade.instance() == instance);
  CHECK(context.ends().size() == 1);
  return {context.features().begin(), context.features().end()};
}

bool same(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return std::isnan(x) ? std::isnan(y) : x == y; });
}

} // namespace

TEST_CASE("an entry remembers the rows its decision rested on, of other timeframes and symbols too") {
  ContextTerms terms{.regime = regime, .timeframes = {1, 5, 6, 8}, .features = {}};
  terms.features.resize(2);
  terms.features.push_back({{price}, {price, 1}, {price, 5}, {price, 8}, {price, 8, 3}, {price, 0, 3}});
  // The row of minutes 30 to 35 closed with round 35. When it did, rounds 35, 34 and 31 were the last rows of
  // 1m, 5m and 8m; what closed since is known by the decision's time, but the vote never read it.
  std::vector<double> wanted{value(price, 6, midnight + 35, 7), value(price, 1, midnight + 35, 7),
                             value(price, 5, midnight + 34, 7), value(price, 8, midnight + 31, 7),
                             value(price, 8, midnight + 31, 3), value(price, 6, midnight + 35, 3)};
  for (market::Round window : {1, 7, 40, 240})
    for (market::Round decided : {35, 36, 40}) {
      CAPTURE(window);
      CAPTURE(decided);
      CHECK(same(remembered(terms, midnight + decided, 2, 6, window), wanted));
    }
  CHECK(remembered(terms, midnight + 41, 2, 6, 7)[3] == value(price, 8, midnight + 39, 7));
}

TEST_CASE("what an entry could not know is missing") {
  auto nan = std::nan("");
  ContextTerms terms{.regime = regime, .timeframes = {5, 60}, .features = {}};
  terms.features.push_back({{price, 60}, {price, 15}, {price, 0, 4}, {features}, {price, 5}});
  auto now = value(price, 5, midnight + 9, 7);
  CHECK(same(remembered(terms, midnight + 9, 0, 5, 4), {nan, nan, nan, nan, now}));
  // No row of the instance's own timeframe is nothing to remember at all.
  CHECK(remembered(terms, midnight + 3, 0, 5, 4).empty());
  // Beside rows of 60 minutes, those of 5 are the ones of the full hour.
  terms.features = {{{price, 5}, {price}}};
  CHECK(same(remembered(terms, midnight + 68, 0, 60, 10),
             {value(price, 5, midnight + 59, 7), value(price, 60, midnight + 59, 7)}));
}
