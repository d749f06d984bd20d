#include "actors/backtest/stored_features.hpp"
#include "actors/feed/simulated/fill.hpp"
#include "actors/feed/simulated/simulated_source.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>

using namespace finch;
using market::Round;

namespace {

constexpr Round day = market::rounds_per_day;

/// Symbols of the simulated exchange over some days: minute bars, but the third as ticks.
struct Stored {
  std::filesystem::path directory;
  std::shared_ptr<storage::TickStore> store;
  std::vector<market::Instrument> instruments;
  Round first = market::round_of(*market::parse_time("2024-08-01")), last;

  explicit Stored(Round rounds = 2 * day + day / 2, std::size_t symbols = 3) : last{first + rounds - 1} {
    auto name = (std::filesystem::temp_directory_path() / "finch_features_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    directory = name;
    auto opened = storage::TickStore::open(directory, storage::Mode::write);
    REQUIRE(opened.has_value());
    store = std::move(*opened);
    for (std::size_t slot = 0; slot < symbols; ++slot)
      fill(slot);
    instruments = store->instruments();
  }
  ~Stored() {
    store.reset();
    std::filesystem::remove_all(directory);
  }
  Stored(const Stored&) = delete;
  Stored& operator=(const Stored&) = delete;

  void fill(std::size_t slot) {
    feed::SimulatedConfig config;
    config.seed = 5;
    config.start = market::round_begin(first);
    auto facts = feed::SimulatedExchange::make(config)->instruments()[slot];
    auto ticks = feed::tick_columns(facts);
    auto quotes = feed::quote_columns(facts);
    auto bars = feed::bar_columns(facts);
    market::FundingColumns funding;
    auto process = feed::SimulatedInstrument::make(config, slot);
    REQUIRE(process->seek(first).has_value());
    feed::Tape tape{1, config.quote_interval_ns};
    for (auto round = first; round <= last; ++round) {
      auto plan = process->advance();
      if (slot == 2)
        tape.draw(plan, ticks, quotes);
      else
        feed::append_bar(plan, bars);
      feed::append_funding(plan, funding);
    }
    auto session = store->begin_import();
    REQUIRE(session.has_value());
    auto id = session->instrument(facts);
    REQUIRE(id.has_value());
    if (slot == 2) {
      REQUIRE(session->add(*id, storage::Kind::trades, ticks).has_value());
      REQUIRE(session->add(*id, quotes).has_value());
    } else {
      REQUIRE(session->add(*id, bars).has_value());
    }
    if (!funding.time_ns.empty())
      REQUIRE(session->add(*id, funding).has_value());
    REQUIRE(session->finish().has_value());
  }

  [[nodiscard]] features::FeatureCache cache(const features::Plan& plan) const {
    return {instruments, plan, {{1}, {15}}, {.first = first, .threads = 2}};
  }
  /// All values from `from` to the end, extending the cache to there.
  [[nodiscard]] std::vector<double> values(features::FeatureCache& cache, Round from) const {
    REQUIRE(cache.extend(last, backtest::stored_teller(store, cache)));
    std::vector<double> out;
    for (const auto& window : cache.windows(from, last))
      for (const auto& block : window->blocks)
        out.insert(out.end(), block.values,
                   block.values + cache.plan().names().size() * block.rounds.size() * instruments.size());
    return out;
  }
};

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

} // namespace

TEST_CASE("a window from a stored checkpoint has the values of the whole history, also when that is gone") {
  Stored all;
  std::vector<features::UserFeature> own{
      {"vwap_zscore", "(close - vwap_day) / atr_14", 0, "test"},
      {"calm", "mean(vwap_zscore, 900) - rank(market_beta, 20)", 0, "test"}};
  auto catalogue = *features::Catalogue::with(own);
  auto plan = features::Plan::everything(catalogue);
  backtest::CheckpointJob job;
  job.instruments = all.instruments;
  job.catalogue = catalogue;
  job.to = all.last;
  job.threads = 2;
  CHECK(backtest::write_checkpoints(all.store, job).value() == 2);
  CHECK(backtest::write_checkpoints(all.store, job).value() == 0);

  auto midnight = all.first + 2 * day;
  auto whole = all.cache(plan);
  auto want = all.values(whole, midnight);
  CHECK(want.size() > 100'000);
  auto shelf = backtest::stored_checkpoints(all.store);
  auto window = all.cache(plan);
  REQUIRE(backtest::resume_before(window, shelf, all.last).value());
  CHECK(window.next_round() == midnight);
  CHECK(same_bits(want, all.values(window, midnight)));

  REQUIRE(all.store->retain({}, market::round_begin(midnight)).value() > 0);
  auto kept = all.cache(plan);
  REQUIRE(backtest::resume_before(kept, shelf, all.last).value());
  CHECK(same_bits(want, all.values(kept, midnight)));
  CHECK(backtest::write_checkpoints(all.store, job).value() == 0);

  // The same name with another meaning is another feature: its past is not in these checkpoints.
  own[0].formula = "(close - vwap_20) / atr_14";
  auto other = all.cache(features::Plan::everything(*features::Catalogue::with(own)));
  CHECK_FALSE(backtest::resume_before(other, shelf, all.last).value());
}

TEST_CASE("checkpoints of the newest week are kept, and one a week of what is older") {
  Stored all{18 * day, 1};
  auto begin = market::day_of(market::round_begin(all.first));
  backtest::CheckpointJob job;
  job.instruments = all.instruments;
  auto shelf = backtest::stored_checkpoints(all.store);
  auto check = [&](std::int32_t newest) {
    for (auto at = begin + 1; at <= newest; ++at) {
      CAPTURE(at - begin);
      CHECK(shelf.get(all.instruments[0].id, at).value().has_value() == (at % 7 == 0 || at > newest - 7));
    }
  };
  job.to = all.first + 15 * day - 1;
  CHECK(backtest::write_checkpoints(all.store, job).value() >= 7);
  check(begin + 15);
  job.to = all.last;
  CHECK(backtest::write_checkpoints(all.store, job).value() == 3);
  check(begin + 18);
}

TEST_CASE("without checkpoints a cache begins where it is told") {
  Stored all;
  auto cache = all.cache(*features::Plan::make(std::vector<std::string>{"rsi_14"}));
  CHECK_FALSE(backtest::resume_before(cache, backtest::stored_checkpoints(all.store), all.last).value());
  CHECK(cache.next_round() == all.first);
}
