#include "actors/backtest/exact.hpp"
#include "actors/backtest/screen.hpp"
#include "actors/backtest/stored_features.hpp"
#include "actors/desk/replay.hpp"
#include "actors/feed/import/import_job.hpp"
#include "actors/feed/simulated/simulated_source.hpp"
#include "actors/statistics/quantiles.hpp"
#include "bench/engine_peers.hpp"
#include "bench/figures.hpp"
#include "bench/grid.hpp"
#include "bench/library.hpp"
#include "bench/scalar_screen.hpp"
#include "runtime/desk_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace finch::bench {
namespace {

constexpr std::size_t grid_strategies = 52, generated = 504;

Result<std::vector<strategies::Spec>> library_of(const Options& options) {
  auto library = strategies::load_library(options.library, strategies::catalogue_vocabulary());
  if (library) // the scalar peer passes no votes between strategies
    std::erase_if(*library, [](const strategies::Spec& spec) { return !spec.references.empty(); });
  return library;
}

/// Whether both did the same trades, to the last byte, whatever their order among instruments.
bool same_trades(const ResultFrame& finch, std::vector<fb::Trade> peer) {
  const auto& trades = *finch->trades();
  std::vector<fb::Trade> own;
  for (const auto* trade : trades)
    own.push_back(*trade);
  auto before = [](const fb::Trade& a, const fb::Trade& b) {
    return std::pair{a.id(), a.exit_time_ns()} < std::pair{b.id(), b.exit_time_ns()};
  };
  std::sort(own.begin(), own.end(), before);
  std::sort(peer.begin(), peer.end(), before);
  return own.size() == peer.size() &&
         (own.empty() || std::memcmp(own.data(), peer.data(), own.size() * sizeof(fb::Trade)) == 0);
}

std::vector<Row> grid_rows(const Options& options) {
  constexpr auto figure = "grid D2 screened given features, two threads, ms";
  auto library = library_of(options);
  auto grid = make_grid(36, options.quick ? 1 : 7);
  if (!library || !grid)
    return {aborted("backtest", figure, library ? grid.error().message : library.error().message)};
  backtest::HistoryJob columns;
  columns.instruments = grid->instruments;
  columns.timeframes = {{1}, {5}, {15}, {60}};
  backtest::ScreenJob job;
  for (const auto& spec : drawn_specs(*library, grid_strategies))
    for (auto minutes : {1, 5, 15})
      job.instances.push_back({spec, {minutes}});
  columns.features = backtest::features_of(job.instances);
  columns.first = columns.keep_from = grid->first;
  columns.last = grid->last;
  columns.threads = 2;
  Watch preparing;
  auto history = backtest::History::compute(columns, grid->sources());
  if (!history)
    return {aborted("backtest", figure, history.error().message)};
  auto prepared = preparing.wall();
  job.first = grid->first;
  job.trade_from = grid->trade_from;
  job.last = grid->last;
  // So small that no account is ruined: the peer keeps no account.
  job.sizing.risk_fraction = 1e-5;
  std::vector<double> wall, cpu, peer;
  std::size_t trades = 0;
  for (int i = 0; i <= options.short_reps(); ++i) {
    job.threads = 2;
    Watch own;
    auto screened = backtest::screen(job, *history);
    auto own_seconds = own.wall(), own_cpu = own.cpu();
    if (!screened)
      return {aborted("backtest", figure, screened.error().message)};
    if (i < 2) { // the peer takes seconds; twice is enough to see its spread
      Watch other;
      auto plain = scalar_screen(job, *history);
      peer.push_back(1e3 * other.wall());
      if (!plain)
        return {aborted("backtest", figure, plain.error().message)};
      for (std::size_t at = 0; at < job.instances.size(); ++at) {
        if (!same_trades((*screened)[at], (*plain)[at]))
          return {aborted("backtest", figure,
                          fmt::format("trades of {} differ from the peer's", job.instances[at].id()))};
        trades += i == 0 ? (*plain)[at].size() : 0;
      }
    }
    if (i > 0)
      wall.push_back(1e3 * own_seconds), cpu.push_back(1e3 * own_cpu);
  }
  double cells = 0;
  for (auto minutes : {1, 5, 15})
    cells += static_cast<double>(history->cells({minutes})) * grid_strategies;
  Row row{.group = "backtest", .figure = figure, .digits = 1};
  row.finch = Sample::of(wall);
  row.peer_name = "one bar after the other, one thread";
  row.peer = Sample::of(peer);
  row.ratio = Sample::of({row.peer.median / row.finch.median});
  row.goal = Goal{100, true};
  auto processor = Sample::of(cpu).median;
  row.note = fmt::format(
      "{:.1f} M strategy-bars with the warm-up day; {:.0f} ms of processor time, {:.2f} ns each; {} "
      "trades, the peer's to the byte; features of {} columns computed in {:.2f} s before",
      cells / 1e6, processor, processor * 1e6 / cells, trades, history->layout().names.size(), prepared);
  return {row};
}

/// Rank correlation of net results.
Result<double> agreement(const backtest::ExactJob& exact, const backtest::SourceFactory& sources) {
  backtest::HistoryJob columns;
  columns.instruments = exact.instruments;
  columns.timeframes = exact.timeframes;
  columns.features = backtest::features_of(exact.instances);
  columns.first = columns.keep_from = exact.first;
  columns.last = exact.last;
  columns.threads = exact.threads;
  auto history = backtest::History::compute(columns, sources);
  if (!history)
    return tl::unexpected(history.error());
  auto screened = backtest::screen(
      {exact.instances, exact.first, exact.trade_from, exact.last, exact.account, {}, exact.threads},
      *history);
  if (!screened)
    return tl::unexpected(screened.error());
  auto truth = backtest::exact_backtest(exact, sources);
  if (!truth)
    return tl::unexpected(truth.error());
  std::vector<double> a, b;
  for (std::size_t i = 0; i < exact.instances.size(); ++i) {
    a.push_back(static_cast<double>((*screened)[i]->equity_end_units()));
    b.push_back(static_cast<double>((*truth)[i]->equity_end_units()));
  }
  return statistics::rank_correlation(a, b);
}

Row agreement_row(std::string figure, const Result<double>& correlation) {
  if (!correlation)
    return aborted("backtest", std::move(figure), correlation.error().message);
  Row row{.group = "backtest", .figure = std::move(figure), .digits = 4};
  row.finch = Sample::of({*correlation});
  row.goal = Goal{0.9, false};
  row.note =
      "Spearman, net results of seeded draws over the library's parameters, each on one of its timeframes";
  return row;
}

std::vector<strategies::Instance> generated_instances(const std::vector<strategies::Spec>& library) {
  std::vector<strategies::Instance> instances;
  for (auto& spec : drawn_specs(library, generated)) {
    auto timeframe = spec.timeframes[instances.size() % spec.timeframes.size()];
    instances.push_back({std::move(spec), timeframe});
  }
  return instances;
}

Row seeded_agreement(const Options& options) {
  auto figure = fmt::format("rank correlation of screen and exact, {} strategies, seeded ticks", generated);
  auto library = library_of(options);
  if (!library)
    return aborted("backtest", figure, library.error().message);
  feed::SimulatedConfig config;
  config.symbols = 8;
  config.start = 19'944 * market::ns_per_day;
  auto exchange = feed::SimulatedExchange::make(config);
  if (!exchange)
    return aborted("backtest", figure, exchange.error().message);
  backtest::ExactJob job;
  job.instruments = exchange->instruments();
  job.instances = generated_instances(*library);
  job.first = exchange->next_round();
  job.trade_from = job.first + market::rounds_per_day;
  job.last = job.first + (options.quick ? 3 : 8) * market::rounds_per_day - 1;
  job.threads = 2;
  auto sources = [&](const market::Instrument& instrument) -> Result<std::unique_ptr<feed::Source>> {
    auto source = feed::SimulatedSource::make(config, instrument, job.first);
    if (!source)
      return tl::unexpected(source.error());
    return std::unique_ptr<feed::Source>{std::move(*source)};
  };
  return agreement_row(std::move(figure), agreement(job, sources));
}

Row recorded_agreement(const Options& options, const std::filesystem::path& folder) {
  auto figure =
      fmt::format("rank correlation of screen and exact, {} strategies, recorded minutes", generated);
  Scratch scratch{options.scratch / "core36"};
  feed::ImportRequest request;
  for (const auto& entry : std::filesystem::directory_iterator{folder})
    request.files.push_back(entry.path().string());
  std::sort(request.files.begin(), request.files.end());
  auto opened = storage::TickStore::open(scratch.path(), storage::Mode::write);
  if (!opened)
    return aborted("backtest", figure, opened.error().message);
  for (const auto& outcome : feed::import_files(**opened, request))
    if (outcome.error)
      return aborted("backtest", figure, outcome.error->message);
  std::shared_ptr<const storage::TickStore> store{std::move(*opened)};
  auto library = library_of(options);
  auto desk = library_desk(options.library, store->instruments());
  if (!library || !desk)
    return aborted("backtest", figure, "the library cannot be read");
  auto rounds = desk::recorded_rounds(*store, desk->instruments);
  if (!rounds)
    return aborted("backtest", figure, rounds.error().message);
  backtest::ExactJob job;
  job.instruments = desk->instruments;
  job.instances = generated_instances(*library);
  job.account = desk->account;
  job.first = rounds->first;
  job.trade_from = rounds->first + 7 * market::rounds_per_day;
  job.last = job.trade_from + (options.quick ? 2 : 7) * market::rounds_per_day - 1;
  job.threads = 2;
  return agreement_row(std::move(figure), agreement(job, backtest::stored_sources(store)));
}

} // namespace

std::vector<Row> backtest_figures(const Options& options, const std::filesystem::path& data) {
  auto rows = grid_rows(options);
  for (auto& row : engine_rows(options))
    rows.push_back(std::move(row));
  rows.push_back(seeded_agreement(options));
  if (auto folder = data / "candles_1m_binance_spot_2021-04" / "core36"; std::filesystem::exists(folder))
    rows.push_back(recorded_agreement(options, folder));
  return rows;
}

std::vector<Row> exact_figures(Stage& stage) {
  constexpr auto figure = "library exact on D1's ticks, two threads, s";
  auto opened = storage::TickStore::open(stage.release(), storage::Mode::read);
  if (!opened)
    return {aborted("backtest", figure, opened.error().message)};
  std::shared_ptr<const storage::TickStore> store{std::move(*opened)};
  auto instruments = runtime::find_instruments(*store, {});
  auto desk = instruments ? library_desk(stage.options().library, std::move(*instruments), Strategies::all)
                          : tl::unexpected(instruments.error());
  if (!desk)
    return {aborted("backtest", figure, desk.error().message)};
  auto rounds = desk::recorded_rounds(*store, desk->instruments);
  if (!rounds)
    return {aborted("backtest", figure, rounds.error().message)};
  backtest::ExactJob job;
  job.instruments = desk->instruments;
  job.timeframes = desk->timeframes;
  for (const auto& running : desk->instances)
    job.instances.push_back(running.instance);
  job.first = job.trade_from = rounds->first;
  job.last = rounds->last;
  job.account = desk->account;
  job.threads = 2;
  std::vector<double> wall;
  std::uint64_t digest = 0;
  std::size_t trades = 0;
  for (int i = 0; i < stage.options().reps; ++i) {
    Watch watch;
    auto results = backtest::exact_backtest(job, backtest::stored_sources(store));
    wall.push_back(watch.wall());
    if (!results)
      return {aborted("backtest", figure, results.error().message)};
    std::uint64_t sum = 0;
    trades = 0;
    for (const auto& result : *results) {
      sum = sum * 31 + result->digest_low();
      trades += result->trades()->size();
    }
    if (i > 0 && sum != digest)
      return {aborted("backtest", figure, "two runs of the same ticks differ")};
    digest = sum;
  }
  Row row{.group = "backtest", .figure = figure};
  row.finch = Sample::of(wall);
  row.goal = Goal{8, true};
  row.note = fmt::format("{} strategies as {} instances, {} trades", strategies_of(*desk),
                         job.instances.size(), trades);
  return {row};
}

} // namespace finch::bench
