/// The library on recorded data: whoever never fires lacks something it reads.
#include "actors/backtest/coverage.hpp"
#include "tests/contracts/place.hpp"

#include <map>

using namespace finch;
using namespace finch::contracts;

TEST_CASE("library: every strategy fires on recorded bars, or reads what bars do not have") {
  auto data = recorded_data();
  if (data.empty())
    return;
  Folder folder;
  std::vector<fs::path> files;
  for (const auto* symbol : {"BTC", "ETH", "DOGE", "SOL", "XRP", "LUNA", "FTM", "WAVES"})
    files.push_back(data / "candles_1m_binance_spot_2021-04/core36" /
                    (std::string{symbol} + "USDT-1m.csv.zst"));
  auto market = import(folder.path, files);
  backtest::CoverageJob job;
  job.instruments = market.store->instruments();
  for (auto& instance : instances_of(library()))
    job.instances.push_back(std::move(instance.instance));
  job.first = market.last - 24 * market::rounds_per_day;
  job.count_from = market.last - 14 * market::rounds_per_day;
  job.last = market.last;
  job.threads = 2;
  auto counted = must(backtest::coverage(job, backtest::stored_sources(market.store)));
  std::map<std::string, std::size_t> signals;
  std::map<std::string, bool> lacks;
  for (std::size_t i = 0; i < counted.size(); ++i) {
    const auto& name = job.instances[i].spec.name;
    CHECK(counted[i].rows > 0);
    signals[name] += counted[i].longs + counted[i].shorts;
    for (const auto& input : counted[i].inputs)
      if (input.missing == counted[i].rows)
        lacks[name] = true;
  }
  for (const auto& [name, count] : signals) {
    CAPTURE(name);
    CHECK((count > 0) != lacks[name]);
  }
  for (const auto* name : {"ml_gbt_5m", "ml_random_forest_15m", "orderflow_imbalance", "funding_fade"})
    CHECK_MESSAGE(lacks[name], name);
  CHECK(std::ranges::count_if(signals, [](const auto& entry) { return entry.second > 0; }) >= 52);
}
