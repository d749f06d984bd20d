#include "bench/engine_peers.hpp"

#include "actors/backtest/screen.hpp"
#include "actors/feed/bar_source.hpp"
#include "actors/strategies/vocabulary.hpp"
#include "bench/python_peer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <random>

namespace finch::bench {
namespace {

constexpr std::size_t symbols = 36;
constexpr std::array windows{20, 5, 8, 13, 34, 55, 89, 144};
constexpr std::int64_t quantity = 7'000;
constexpr std::int32_t fee_e8 = 50'000;
/// Prices are counted in thousandths: an eighth is 125 of them.
constexpr std::int64_t eighth = 125;
constexpr market::TimeNs start = 19'944 * market::ns_per_day;

struct Fill {
  double window, symbol, row, side, price, quantity;
  auto operator<=>(const Fill&) const = default;
};
static_assert(sizeof(Fill) == 6 * sizeof(double));

/// The job of all engines.
struct Walks {
  std::size_t rows = 0;
  std::vector<market::Instrument> instruments;
  std::vector<std::vector<fb::NativeBar>> bars;
};

/// Seeded walks in eighths that turn back towards 100.
Walks walks_of(std::size_t rows) {
  Walks walks{rows, {}, {}};
  for (std::size_t symbol = 0; symbol < symbols; ++symbol) {
    market::Instrument instrument;
    instrument.id = static_cast<market::InstrumentId>(symbol + 1);
    instrument.name = {"peer", "spot", fmt::format("S{:02}", symbol), "USDT"};
    instrument.price_decimals = 3;
    instrument.quantity_decimals = 0;
    instrument.lot_size = quantity;
    instrument.taker_fee_e8 = fee_e8;
    walks.instruments.push_back(instrument);
    std::mt19937_64 random{symbol};
    auto draw = [&](int n) { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n)); };
    std::int64_t close = 800; // eighths
    auto& bars = walks.bars.emplace_back();
    for (std::size_t row = 0; row < rows; ++row) {
      auto open = close + draw(3) - 1;
      close = std::clamp<std::int64_t>(open + draw(9) - 4 + (800 - open) / 64, 660, 980);
      auto high = std::max(open, close) + draw(4), low = std::min(open, close) - draw(4);
      bars.emplace_back(start + static_cast<market::TimeNs>(row) * market::ns_per_minute, open * eighth,
                        high * eighth, low * eighth, close * eighth, 1e8, 1e10, 5e7, 1'000, 1);
    }
  }
  return walks;
}

Result<std::vector<strategies::Instance>> rules() {
  std::vector<strategies::Instance> instances;
  for (auto window : windows) {
    constexpr auto text =
        R"json({{"name": "above_mean_{0}", "family": "trend", "description": "Long above the mean of {0} bars.",
                 "timeframes": ["1m"], "universe": "all", "enter_long": "close > mean(close, {0})",
                 "exits": {{"stop_loss": {{"price": "0.5 * close"}},
                            "exit_long": "close < mean(close, {0})"}}}})json";
    auto spec = strategies::parse_spec(fmt::format(text, window), strategies::catalogue_vocabulary(),
                                       "the peers' rule");
    if (!spec)
      return tl::unexpected(spec.error());
    instances.push_back({std::move(*spec), {1}});
  }
  return instances;
}

/// The screen's job: no costs but the fee, and a cap on the notional that always means one lot.
Result<backtest::ScreenJob> job_of(const Walks& walks) {
  auto instances = rules();
  if (!instances)
    return tl::unexpected(instances.error());
  backtest::ScreenJob job;
  job.instances = std::move(*instances);
  job.first = job.trade_from = market::round_of(start);
  job.last = job.first + static_cast<market::Round>(walks.rows) - 1;
  job.account.start_equity = {1'000'000'000'00000000};
  job.account.costs.spread.fallback_bps = 0;
  job.account.costs.impact.y = 0;
  job.account.latency = accounting::no_latency;
  job.sizing = {.risk_fraction = 1, .notional_cap = 1e-3};
  return job;
}

std::vector<Fill> fills_of(const std::vector<ResultFrame>& results) {
  std::vector<Fill> fills;
  for (std::size_t at = 0; at < results.size(); ++at)
    for (const auto* trade : *results[at]->trades()) {
      auto add = [&](market::TimeNs time, double side, std::int64_t price) {
        fills.push_back({static_cast<double>(windows[at]), static_cast<double>(trade->instrument() - 1),
                         static_cast<double>((time - start) / market::ns_per_minute), side,
                         static_cast<double>(price) / 1e3, static_cast<double>(trade->quantity())});
      };
      add(trade->entry_time_ns(), 1, trade->entry_price());
      if (trade->exit_reason() != fb::ExitReason::end) // the others leave open what is open at the end
        add(trade->exit_time_ns(), -1, trade->exit_price());
    }
  std::sort(fills.begin(), fills.end());
  return fills;
}

void write_bars(const Walks& walks, const std::filesystem::path& file) {
  std::vector<double> columns;
  for (auto field : {&fb::NativeBar::open, &fb::NativeBar::high, &fb::NativeBar::low, &fb::NativeBar::close})
    for (const auto& bars : walks.bars)
      for (const auto& bar : bars)
        columns.push_back(static_cast<double>((bar.*field)()) / 1e3);
  std::ofstream{file, std::ios::binary}.write(reinterpret_cast<const char*>(columns.data()),
                                              static_cast<std::streamsize>(columns.size() * sizeof(double)));
}

std::vector<Fill> read_fills(const std::filesystem::path& file) {
  std::vector<Fill> fills(std::filesystem::file_size(file) / sizeof(Fill));
  std::ifstream{file, std::ios::binary}.read(reinterpret_cast<char*>(fills.data()),
                                             static_cast<std::streamsize>(fills.size() * sizeof(Fill)));
  std::sort(fills.begin(), fills.end());
  return fills;
}

/// Times, sides and quantities equal; prices within a billionth. Empty, or what differs.
std::string difference(const std::vector<Fill>& own, const std::vector<Fill>& theirs) {
  auto describe = [](const Fill& fill) {
    return fmt::format("window {} symbol {} bar {} side {} {} at {}", fill.window, fill.symbol, fill.row,
                       fill.side, fill.quantity, fill.price);
  };
  for (std::size_t i = 0; i < std::min(own.size(), theirs.size()); ++i) {
    const auto &a = own[i], &b = theirs[i];
    if (a.window != b.window || a.symbol != b.symbol || a.row != b.row || a.side != b.side ||
        a.quantity != b.quantity || std::abs(a.price - b.price) > 1e-9 * a.price)
      return fmt::format("fill {} is {}, the peer's {}", i, describe(a), describe(b));
  }
  return own.size() == theirs.size() ? std::string{}
                                     : fmt::format("{} fills, the peer's {}", own.size(), theirs.size());
}

struct Engine {
  const char *name, *package, *script;
};
constexpr std::array engines{Engine{"backtesting.py", "backtesting", "backtesting_peer.py"},
                             Engine{"vectorbt", "vectorbt", "vectorbt_peer.py"},
                             Engine{"NautilusTrader", "nautilus_trader", "nautilus_peer.py"}};

/// One engine beside the screen's fills and times.
Row engine_row(const Options& options, const Engine& engine, const Walks& walks, const std::vector<Fill>& all,
               const std::vector<double>& own_ns) {
  Row row{.group = "backtest",
          .figure = fmt::format("a moving-average rule beside {}, ns/strategy-bar", engine.name)};
  auto folder = options.scratch / "engines";
  auto script = options.library.parent_path().parent_path() / "bench" / engine.script;
  auto run = run_python(script, {(folder / "bars").string(), (folder / "fills").string(),
                                 std::to_string(symbols), std::to_string(walks.rows),
                                 fmt::format("{}", fmt::join(windows, ",")), std::to_string(quantity),
                                 fmt::format("{}", fee_e8 / 1e8), options.quick ? "1" : "3"});
  row.finch = Sample::of(own_ns);
  if (run.absent) {
    row.peer_name = "absent";
    row.note = fmt::format("{} is not installed for any interpreter FINCH_PYTHON names, or python3 "
                           "(pip install {} in an environment of its own)",
                           engine.name, engine.package);
    return row;
  }
  if (!run.ran)
    return aborted("backtest", row.figure, "the script failed: " + run.why);
  auto done_symbols = std::strtod(run.value("symbols").c_str(), nullptr);
  auto done_windows = std::strtoul(run.value("windows").c_str(), nullptr, 10);
  auto ns = std::strtod(run.value("ns").c_str(), nullptr);
  std::vector<Fill> own;
  for (const auto& fill : all)
    if (fill.symbol < done_symbols &&
        std::find(windows.begin(), windows.end(), static_cast<int>(fill.window)) <
            windows.begin() + static_cast<std::ptrdiff_t>(std::min(done_windows, windows.size())))
      own.push_back(fill);
  if (own.empty())
    return aborted("backtest", row.figure, "the script did nothing that can be compared");
  if (auto differs = difference(own, read_fills(folder / "fills")); !differs.empty())
    return aborted("backtest", row.figure, differs);
  row.peer_name = run.value("name");
  row.peer = Sample::of({ns / (done_symbols * static_cast<double>(done_windows * walks.rows))});
  row.ratio = Sample::of({row.peer.median / row.finch.median});
  row.note = fmt::format("one thread each; {} fills of {} symbols and {} windows equal: times, sides, "
                         "quantities, prices to 1e-9; Finch's figure is over {} symbols and {} windows",
                         own.size(), done_symbols, done_windows, symbols, windows.size());
  return row;
}

} // namespace

std::vector<Row> engine_rows(const Options& options) {
  constexpr auto figure = "a moving-average rule beside other engines";
  auto walks = walks_of(options.quick ? 2'000 : 10'080);
  auto job = job_of(walks);
  if (!job)
    return {aborted("backtest", figure, job.error().message)};
  backtest::HistoryJob columns;
  columns.instruments = walks.instruments;
  columns.timeframes = {{1}};
  columns.features = backtest::features_of(job->instances);
  columns.first = columns.keep_from = job->first;
  columns.last = job->last;
  auto history = backtest::History::compute(
      columns, [&](const market::Instrument& wanted) -> Result<std::unique_ptr<feed::Source>> {
        auto at = wanted.id - 1;
        return std::unique_ptr<feed::Source>{
            std::make_unique<feed::BarSource>(walks.instruments[at], walks.bars[at])};
      });
  if (!history)
    return {aborted("backtest", figure, history.error().message)};
  std::vector<double> own_ns;
  std::vector<Fill> fills;
  for (int i = 0; i <= options.short_reps(); ++i) {
    Watch watch;
    auto results = backtest::screen(*job, *history);
    auto ns = 1e9 * watch.cpu() / static_cast<double>(symbols * windows.size() * walks.rows);
    if (!results)
      return {aborted("backtest", figure, results.error().message)};
    if (i == 0)
      fills = fills_of(*results);
    else
      own_ns.push_back(ns);
  }
  Scratch scratch{options.scratch / "engines"};
  write_bars(walks, scratch.path() / "bars");
  std::vector<Row> rows;
  for (const auto& engine : engines)
    rows.push_back(engine_row(options, engine, walks, fills, own_ns));
  return rows;
}

} // namespace finch::bench
