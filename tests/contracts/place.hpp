/// What the contracts share: stores with a seeded market or a slice of a recorded one, the library, and
/// desks.
#pragma once

#include "actors/backtest/exact.hpp"
#include "actors/backtest/stored_features.hpp"
#include "actors/desk/replay.hpp"
#include "actors/feed/import/import_job.hpp"
#include "actors/feed/recorded_source.hpp"
#include "actors/feed/simulated/fill.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

namespace finch::contracts {

namespace fs = std::filesystem;
using Store = std::shared_ptr<storage::TickStore>;

/// A value, or the test ends with the error's message.
template <class T>
T must(Result<T> result) {
  if (!result)
    FAIL(result.error().message);
  return std::move(*result);
}
inline void must(const Status& status) {
  if (!status)
    FAIL(status.error().message);
}

/// Made for one test and removed with it; in memory where there is some, because syncs are many.
struct Folder {
  Folder() {
    auto memory = fs::path{"/dev/shm"};
    auto base = ::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
    auto pattern = (base / "finch-contracts-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path path;
};

inline Store open_store(const fs::path& data) {
  return must(storage::TickStore::open(data, storage::Mode::write));
}

inline fs::path source_folder() {
  const auto* source = std::getenv("FINCH_SOURCE");
  return source != nullptr ? source : ".";
}

/// The folder of recorded market data, or nothing, which is told.
inline fs::path recorded_data() {
  const auto* given = std::getenv("FINCH_TEST_DATA");
  auto folder = given != nullptr ? fs::path{given} : source_folder() / ".." / "shared" / "data";
  if (fs::exists(folder / "README.md"))
    return folder;
  MESSAGE("no recorded data: set FINCH_TEST_DATA; skipping");
  return {};
}

/// A market, and the rounds a contract looks at.
struct Market {
  Store store;
  market::Round first = 0, ticks_from = 0, last = 0;
};

/// The seeded market: six perpetuals over two days, bars on the first and ticks, quotes and funding on the
/// second. The days begin at ten in the evening, so that both kinds of data cross midnight.
inline feed::FillConfig seeded_config() {
  feed::FillConfig config;
  config.exchange.seed = 20'260;
  config.exchange.symbols = 6;
  config.exchange.start = 20'089 * market::ns_per_day + 22 * market::ns_per_hour;
  config.exchange.ticks_per_second = 0.5;
  config.exchange.quote_interval_ns = 15 * market::ns_per_s;
  config.exchange.late_probability = 0.5;
  config.days = 2;
  config.tick_days = 1;
  return config;
}

inline Market fill(const fs::path& data, const feed::FillConfig& config = seeded_config()) {
  auto store = open_store(data);
  auto filled = must(feed::fill_history(*store, config));
  auto first = market::round_of(config.exchange.start);
  return {store, first, first + (config.days - config.tick_days) * market::rounds_per_day, filled.next - 1};
}

/// The seeded market, made once for the tests that only read it.
inline const Market& seeded_market() {
  static Folder folder;
  static auto market = fill(folder.path);
  return market;
}

inline std::vector<strategies::Spec> library() {
  return must(strategies::load_library(source_folder() / "config" / "strategies",
                                       strategies::catalogue_vocabulary()));
}

inline std::vector<desk::DeskInstance> instances_of(const std::vector<strategies::Spec>& specs) {
  std::vector<desk::DeskInstance> instances;
  for (const auto& spec : specs)
    for (auto& instance : strategies::instances(spec))
      instances.push_back({std::move(instance), 1, true});
  return instances;
}

/// Strategies of every kind and one that trades all the time: what a desk runs where the contract is about
/// the desk. Two ensembles are among them, one whose voters run as well and one whose voters have no book.
inline std::vector<desk::DeskInstance> some_instances() {
  constexpr std::array chosen{
      "bb_squeeze",      "breakout",           "candle_patterns",     "cross_asset_correlation",
      "ema_crossover",   "ensemble_reversion", "ensemble_top3",       "ml_gbt_5m",
      "momentum",        "mtf_trend_align",    "orderflow_imbalance", "reversal",
      "regime_adaptive", "vwap_reversion"};
  std::vector<strategies::Spec> specs;
  for (auto& spec : library())
    if (std::ranges::find(chosen, spec.name) != chosen.end())
      specs.push_back(std::move(spec));
  REQUIRE(specs.size() == chosen.size());
  auto own = source_folder() / "tests" / "contracts" / "specs";
  auto vocabulary = strategies::catalogue_vocabulary();
  auto busy = must(strategies::load_spec(own / "busy.json", vocabulary));
  auto chorus = must(strategies::load_spec(own / "chorus.json", vocabulary));
  chorus.references.at(0).spec = std::make_shared<const strategies::Spec>(busy);
  specs.push_back(std::move(busy));
  specs.push_back(std::move(chorus));
  return instances_of(specs);
}

/// A desk on everything `store` has bars or ticks of, that begins to decide after an hour.
inline desk::DeskConfig desk_config(const storage::TickStore& store, market::Round first) {
  desk::DeskConfig config;
  config.instruments = store.instruments();
  config.instances = some_instances();
  config.first = config.trade_from = first;
  config.account.latency.data_ms = 20;
  config.consensus.min_history = 60;
  config.risk.currency = config.instruments.front().name.quote;
  return config;
}

inline desk::ReplayJob replay_job(const Market& market) {
  return {desk_config(*market.store, market.first), market.last, 2, {}};
}

inline desk::DeskResult run(const Market& market, const desk::ReplayJob& job) {
  return must(desk::replay(market.store, job));
}

inline std::string digest_of(const ResultFrame& account) {
  return fmt::format("{:016x}{:016x}", account->digest_high(), account->digest_low());
}

inline std::string describe(const fb::Trade& trade) {
  return fmt::format("#{} of {}: {} {} at {} for {}, until {} for {}, {}", trade.id(), trade.instrument(),
                     trade.side(), trade.quantity(), market::format_time(trade.entry_time_ns()),
                     trade.entry_price(), market::format_time(trade.exit_time_ns()), trade.exit_price(),
                     fb::EnumNameExitReason(trade.exit_reason()));
}

inline bool same(const fb::Trade& a, const fb::Trade& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// Checks that two accounts did the same, to the last byte; says where they part.
/// Everything an account did; how much of the market it was shown before may differ.
inline void check_same_trading(const ResultFrame& a, const ResultFrame& b) {
  CAPTURE(a->name()->str());
  CHECK(digest_of(a) == digest_of(b));
  const auto &left = *a->trades(), &right = *b->trades();
  CHECK(left.size() == right.size());
  for (flatbuffers::uoffset_t i = 0; i < std::min(left.size(), right.size()); ++i)
    if (!same(*left.Get(i), *right.Get(i))) {
      FAIL_CHECK("trade " << i << " differs:\n" << describe(*left.Get(i)) << "\n" << describe(*right.Get(i)));
      break;
    }
  CHECK(a->votes() == b->votes());
  CHECK(a->decisions() == b->decisions());
  CHECK(a->equity_end_units() == b->equity_end_units());
  CHECK(a->max_drawdown() == b->max_drawdown());
  const auto &had = *a->entry_features(), &has = *b->entry_features();
  CHECK(had.size() == has.size());
  CHECK(std::memcmp(had.data(), has.data(), std::min(had.size(), has.size()) * sizeof(double)) == 0);
  CHECK(a->equity()->size() == b->equity()->size());
}

inline void check_same(const ResultFrame& a, const ResultFrame& b) {
  check_same_trading(a, b);
  CHECK(std::ranges::equal(a.bytes(), b.bytes()));
}

inline void check_same(const desk::DeskResult& a, const desk::DeskResult& b) {
  CHECK(a.digest == b.digest);
  REQUIRE(a.books.size() == b.books.size());
  for (std::size_t i = 0; i < a.books.size(); ++i)
    check_same(a.books[i], b.books[i]);
  check_same(a.desk, b.desk);
}

/// Trades of all books together: what a contract that held had to hold for.
inline std::size_t trades_of(const desk::DeskResult& result) {
  std::size_t count = 0;
  for (const auto& book : result.books)
    count += book->trades()->size();
  return count;
}

/// Imports recorded files into a store of their own; the market is what all of them cover.
inline Market import(const fs::path& data, const std::vector<fs::path>& files) {
  Market market{open_store(data)};
  feed::ImportRequest request;
  for (const auto& file : files)
    request.files.push_back(file.string());
  for (const auto& outcome : feed::import_files(*market.store, request))
    REQUIRE_MESSAGE(!outcome.error, outcome.error->message);
  auto rounds = must(desk::recorded_rounds(*market.store, market.store->instruments()));
  market.first = market.ticks_from = rounds.first;
  market.last = rounds.last;
  return market;
}

/// A slice of recorded data by name: `trades` (BTC and ETH, spot and perpetual, ticks and quotes), `bars`
/// (four symbols, three days of minutes) or `equity` (one day of SPY ticks).
inline Market recorded_market(const fs::path& data, const fs::path& folder, std::string_view name) {
  auto in = [&](const char* set, std::initializer_list<const char*> names) {
    std::vector<fs::path> files;
    for (const auto* file : names)
      files.push_back(data / set / file);
    return files;
  };
  if (name == "trades")
    return import(
        folder, in("trades_binance_2024-08", {"spot_BTCUSDT-trades.csv.zst", "spot_ETHUSDT-trades.csv.zst",
                                              "um_BTCUSDT-bookTicker.csv.zst", "um_BTCUSDT-trades.csv.zst",
                                              "um_ETHUSDT-bookTicker.csv.zst", "um_ETHUSDT-trades.csv.zst"}));
  if (name == "bars") {
    auto market =
        import(folder,
               in("candles_1m_binance_spot_2021-04/core36",
                  {"BTCUSDT-1m.csv.zst", "ETHUSDT-1m.csv.zst", "DOGEUSDT-1m.csv.zst", "SOLUSDT-1m.csv.zst"}));
    // The third week: it holds the outage of 20 April.
    market.first = market.ticks_from = market.first + 17 * market::rounds_per_day;
    market.last = market.first + 3 * market::rounds_per_day - 1;
    return market;
  }
  std::vector<fs::path> days;
  for (const auto& entry : fs::recursive_directory_iterator{data / "lean_equity_ticks_spy_2013-10"})
    if (entry.path().extension() == ".zip")
      days.push_back(entry.path());
  REQUIRE(!days.empty());
  return import(folder, {*std::ranges::min_element(days)});
}

} // namespace finch::contracts
