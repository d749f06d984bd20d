/// The screen beside the exact backtest: equal where they must be, different where it is said why.
#include "tests/backtest/support.hpp"

using namespace finch;
using namespace finch::backtest;
using namespace finch::backtest::test;

namespace {

std::vector<strategies::Instance> instances_of(const std::vector<strategies::Spec>& specs,
                                               std::int32_t minutes) {
  std::vector<strategies::Instance> instances;
  for (const auto& spec : specs)
    instances.push_back({spec, {minutes}});
  return instances;
}

/// A trade without the regimes around it, which the exact book notes and the screen does not.
fb::Trade without_regimes(const fb::Trade& trade) {
  auto plain = trade;
  plain.mutate_regime_entry(fb::Regime::unknown);
  plain.mutate_regime_exit(fb::Regime::unknown);
  return plain;
}

/// The same trades in the same order, byte for byte, and the same equity.
std::size_t check_equal(const ResultFrame& exact, const ResultFrame& screened) {
  CAPTURE(exact->name()->str());
  const auto &left = *exact->trades(), &right = *screened->trades();
  CHECK(left.size() == right.size());
  for (flatbuffers::uoffset_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    auto a = without_regimes(*left.Get(i)), b = without_regimes(*right.Get(i));
    if (std::memcmp(&a, &b, sizeof a) != 0) {
      FAIL_CHECK("trade " << i << " differs:\nexact  " << describe(*left.Get(i)) << "\nscreen "
                          << describe(*right.Get(i)));
      break;
    }
  }
  CHECK(exact->equity_end_units() == screened->equity_end_units());
  CHECK(exact->fees_units() == screened->fees_units());
  CHECK(exact->funding_units() == screened->funding_units());
  REQUIRE(exact->equity()->size() == screened->equity()->size());
  for (flatbuffers::uoffset_t i = 0; i < exact->equity()->size(); ++i)
    if (exact->equity()->Get(i)->equity_units() != screened->equity()->Get(i)->equity_units() ||
        exact->equity()->Get(i)->round() != screened->equity()->Get(i)->round()) {
      FAIL_CHECK("equity point " << i << " differs");
      break;
    }
  return left.size();
}

} // namespace

TEST_CASE("on minute bars the screen of one-minute instances is the exact backtest, trade for trade") {
  auto market = seeded_bars(5, 3 * market::rounds_per_day);
  auto instances = instances_of(library(), 1);
  auto trade_from = market.first;
  SUBCASE("from the first round") {}
  SUBCASE("after a warm-up, in the middle of an hour") { trade_from += 777; }
  auto both =
      run_both(market.sources(), market.instruments, instances, market.first, trade_from, market.last, 2);
  std::size_t trades = 0;
  for (std::size_t i = 0; i < instances.size(); ++i)
    trades += check_equal(both.exact[i], both.screened[i]);
  CHECK(trades > 500);
}

TEST_CASE("a screen does not depend on threads or on how the history is cut") {
  auto market = seeded_bars(4, 2 * market::rounds_per_day);
  std::vector<strategies::Instance> instances;
  for (const auto& spec : library())
    for (auto& instance : strategies::instances(spec))
      instances.push_back(instance);
  HistoryJob columns;
  columns.instruments = market.instruments;
  columns.features = features_of(instances);
  columns.first = columns.keep_from = market.first;
  columns.last = market.last;
  ScreenJob job{instances, market.first, market.first + 200, market.last, {}, {}, 1};
  auto reference = must(screen(job, must(History::compute(columns, market.sources()))));
  columns.window = 1'440;
  columns.threads = 3;
  job.threads = 4;
  auto other = must(screen(job, must(History::compute(columns, market.sources()))));
  REQUIRE(reference.size() == other.size());
  for (std::size_t i = 0; i < reference.size(); ++i)
    CHECK(std::ranges::equal(reference[i].bytes(), other[i].bytes()));
}

TEST_CASE("more instruments than bits in a word") {
  auto market = seeded_bars(36, market::rounds_per_day / 2);
  // The same coins once more under other names: 72 lanes.
  for (std::size_t i = 0; i < 36; ++i) {
    auto copy = market.instruments[i];
    copy.id += 100;
    copy.name.venue = "other";
    market.instruments.push_back(copy);
    market.bars.push_back(market.bars[i]);
    market.funding.push_back(market.funding[i]);
  }
  auto instances = instances_of(library(), 1);
  auto both =
      run_both(market.sources(), market.instruments, instances, market.first, market.first, market.last);
  for (std::size_t i = 0; i < instances.size(); ++i)
    check_equal(both.exact[i], both.screened[i]);
}
