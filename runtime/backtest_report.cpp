#include "runtime/backtest_report.hpp"

#include "actors/statistics/multiple_testing.hpp"
#include "runtime/build_info.hpp"
#include "runtime/desk_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace finch::runtime {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_charts = 12;
constexpr double hours_per_year = 8'760;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
double quote(std::int64_t units) { return market::Money{units}.value(); }

double haircut_of(const evolution::Score& score, double trials) {
  if (!std::isfinite(score.sharpe))
    return reporting::unknown;
  auto hours = static_cast<double>(score.hourly_returns.size());
  return statistics::haircut_sharpe(score.sharpe, hours, hours_per_year, trials).annual_sharpe;
}

Json instance_document(const BacktestRun& run, std::size_t at) {
  const auto& one = run.evaluated[at];
  const auto& result = *run.results[at];
  const auto& score = one.score;
  auto costs = result.fees_units() + result.spread_units() + result.slippage_units() + result.funding_units();
  Json document{{"name", one.instance.id()},
                {"strategy", one.instance.spec.name},
                {"timeframe", market::format_timeframe(one.instance.timeframe)},
                {"spec_hash", one.hash},
                {"trades", score.trades.trades},
                {"net_quote", quote(result.equity_end_units() - result.equity_start_units())},
                {"total_return", number(score.total_return)},
                {"max_drawdown", number(score.max_drawdown)},
                {"costs_quote", quote(costs)},
                {"fees_quote", quote(result.fees_units())},
                {"funding_quote", quote(result.funding_units())},
                {"win_rate", number(score.trades.win_rate)},
                {"breakeven_win_rate", number(score.trades.breakeven_win_rate)},
                {"profit_factor", number(score.trades.profit_factor)},
                {"expectancy_r", number(score.trades.expectancy_r)},
                {"sharpe", number(score.sharpe)},
                {"sortino", number(score.sortino)},
                {"psr", number(score.psr)},
                {"dsr", number(score.dsr)},
                {"haircut_sharpe", number(haircut_of(score, run.counted.search.trials))},
                {"min_track_record_days", number(score.min_track_record_days)},
                {"profitable_at_stress", score.profitable_at_stress},
                {"folds", score.folds},
                {"profitable_folds", score.profitable_folds},
                {"eep", number(score.eep.score)},
                {"score", number(score.composite.score)}};
  if (run.exact)
    document["digest"] = fmt::format("{:016x}{:016x}", result.digest_high(), result.digest_low());
  return document;
}

/// market_regime by row of every timeframe, for looking up what was known at a time.
class Regimes {
public:
  explicit Regimes(const backtest::History& history) : history_{history} {
    auto names = history.layout().names;
    auto found = std::find(names.begin(), names.end(), "market_regime");
    feature_ = static_cast<std::size_t>(found - names.begin());
    known_ = found != names.end();
    for (std::size_t lane = 0; lane < history.instruments().size(); ++lane)
      lanes_.emplace(history.instruments()[lane].id, lane);
  }

  /// The regime of the last bar closed by `time`; empty where none is known.
  [[nodiscard]] std::string at(market::InstrumentId instrument, market::Timeframe timeframe,
                               market::TimeNs time) const {
    static constexpr std::array names{"range", "trend", "panic", "illiquid"};
    auto lane = lanes_.find(instrument);
    if (!known_ || lane == lanes_.end())
      return {};
    auto closed = market::round_of(time) - 1;
    const auto& windows = history_.windows();
    auto window = std::upper_bound(windows.begin(), windows.end(), closed,
                                   [](market::Round round, const auto& one) { return round < one.first; });
    while (window != windows.begin()) {
      --window;
      const auto& block = window->block(timeframe);
      auto row = std::upper_bound(block.rounds.begin(), block.rounds.end(), closed) - block.rounds.begin();
      if (row == 0)
        continue;
      auto lanes = history_.instruments().size();
      auto code = block.column(feature_, lanes)[static_cast<std::size_t>(row - 1) * lanes + lane->second];
      return code >= 0 && code < 4 ? names[static_cast<std::size_t>(code)] : "";
    }
    return {};
  }

private:
  const backtest::History& history_;
  std::map<market::InstrumentId, std::size_t> lanes_;
  std::size_t feature_ = 0;
  bool known_ = false;
};

reporting::BacktestLine line_of(const BacktestRun& run, std::size_t at, const Regimes& regimes) {
  const auto& one = run.evaluated[at];
  const auto& score = one.score;
  reporting::BacktestLine line;
  line.account = reporting::read_account(*run.results[at], run.instruments);
  line.account.sharpe = score.sharpe;
  line.account.max_drawdown = score.max_drawdown;
  for (std::size_t i = 0; i < line.account.trades.size(); ++i) {
    const auto& trade = *run.results[at]->trades()->Get(static_cast<flatbuffers::uoffset_t>(i));
    line.account.trades[i].regime =
        regimes.at(trade.instrument(), one.instance.timeframe, trade.entry_time_ns());
  }
  line.score = score.composite.score;
  line.eep = score.eep.score;
  line.sortino = score.sortino;
  line.psr = score.psr;
  line.dsr = score.dsr;
  line.min_track_record_days = std::isfinite(score.psr) ? score.min_track_record_days : reporting::unknown;
  line.haircut_sharpe = haircut_of(score, run.counted.search.trials);
  line.payoff = score.trades.payoff;
  line.breakeven_win_rate = score.trades.breakeven_win_rate;
  line.beats_breakeven = statistics::beats_breakeven(score.trades);
  line.profitable_at_stress = score.profitable_at_stress;
  line.cost_share = score.trades.cost_share;
  line.folds = score.folds;
  line.profitable_folds = score.profitable_folds;
  return line;
}

/// Instruments that traded most in all books together.
std::vector<market::Instrument> worth_drawing(const BacktestRun& run) {
  std::map<market::InstrumentId, std::size_t> counts;
  for (const auto& result : run.results)
    for (const auto* trade : *result->trades())
      ++counts[trade->instrument()];
  auto instruments = run.instruments;
  std::stable_sort(instruments.begin(), instruments.end(),
                   [&](const auto& a, const auto& b) { return counts[a.id] > counts[b.id]; });
  std::erase_if(instruments, [&](const auto& instrument) { return counts[instrument.id] == 0; });
  if (instruments.size() > most_charts)
    instruments.resize(most_charts);
  return instruments;
}

} // namespace

std::vector<std::size_t> BacktestRun::ranked() const {
  std::vector<std::size_t> order(evaluated.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(), [this](auto a, auto b) {
    const auto &left = evaluated[a].score, &right = evaluated[b].score;
    if (left.composite.score != right.composite.score)
      return left.composite.score > right.composite.score;
    return left.total_return > right.total_return;
  });
  return order;
}

bool BacktestRun::synthetic() const {
  return std::any_of(instruments.begin(), instruments.end(),
                     [](const auto& instrument) { return instrument.synthetic; });
}

Json backtest_document(const BacktestRun& run) {
  Json document{{"speed", run.exact ? "exact" : "screen"},
                {"from", market::format_time(market::round_begin(run.first))},
                {"to", market::format_time(market::round_close(run.last))},
                {"holdout_from", market::format_time(run.h0_ns)},
                {"holdout", run.holdout},
                {"instruments", run.instruments.size()},
                {"currency", run.currency},
                {"synthetic", run.synthetic()},
                {"trials", run.counted.total},
                {"effective_trials", number(run.comparison.effective_trials)},
                {"best_by_luck", number(run.comparison.best_by_luck)},
                {"min_backtest_years", number(run.comparison.min_backtest_years)},
                {"pbo", number(run.comparison.overfitting)},
                {"spa_p", number(run.comparison.spa_p)},
                {"warnings", run.warnings}};
  auto instances = Json::array();
  for (auto at : run.ranked())
    instances.push_back(instance_document(run, at));
  document["instances"] = std::move(instances);
  auto walks = Json::array();
  for (const auto& walk : run.walks)
    walks.push_back({{"name", walk.name},
                     {"variants", walk.variants},
                     {"folds", walk.folds},
                     {"profitable_folds", walk.profitable_folds},
                     {"inside_sharpe", number(walk.inside_sharpe)},
                     {"outside_sharpe", number(walk.outside_sharpe)},
                     {"outside_return", number(walk.outside_return)}});
  document["walk_forward"] = std::move(walks);
  return document;
}

void print_backtest(const Console& console, const BacktestRun& run) {
  if (run.synthetic())
    console.line(console.paint("SYNTHETIC DATA: made by the simulated exchange", "33"));
  console.line(fmt::format(
      "{} backtest {} .. {}, {} instances on {} instruments, books in {}{}", run.exact ? "exact" : "screen",
      market::format_time(market::round_begin(run.first)), market::format_time(market::round_close(run.last)),
      run.evaluated.size(), run.instruments.size(), run.currency, run.holdout ? ", THE HOLDOUT" : ""));
  console.line();
  auto shown = [](double value, const char* form) {
    return std::isfinite(value) ? fmt::format(fmt::runtime(form), value) : std::string{"–"};
  };
  Table table{"instance", "trades", "won",    "net", "return", "max drawdown",
              "PF",       "R",      "Sharpe", "PSR", "DSR",    "score"};
  for (auto at : run.ranked()) {
    const auto& one = run.evaluated[at];
    const auto& score = one.score;
    auto net = quote(run.results[at]->equity_end_units() - run.results[at]->equity_start_units());
    table.row({one.instance.id(), human_count(static_cast<std::int64_t>(score.trades.trades)),
               shown(100 * score.trades.win_rate, "{:.1f} %"), human_money(net),
               human_percent(score.total_return), fmt::format("{:.2f} %", 100 * score.max_drawdown),
               shown(score.trades.profit_factor, "{:.2f}"), shown(score.trades.expectancy_r, "{:.3f}"),
               shown(score.sharpe, "{:.2f}"), shown(score.psr, "{:.3f}"), shown(score.dsr, "{:.3f}"),
               shown(score.composite.score, "{:.1f}")});
  }
  console.table(table);
  console.line();
  console.line(fmt::format("{} trials counted on this data; the best of so many shows a Sharpe of {} by luck",
                           human_count(run.counted.total), shown(run.comparison.best_by_luck, "{:.1f}")));
  console.line(fmt::format("probability of overfitting {}, SPA against cash p = {}, holdout {}",
                           shown(run.comparison.overfitting, "{:.2f}"), shown(run.comparison.spa_p, "{:.3f}"),
                           run.holdout ? "looked at" : "not used"));
  if (run.walks.empty())
    return;
  console.line();
  Table walks{"walk-forward",       "variants",       "folds in profit",
              "Sharpe in training", "Sharpe outside", "return outside"};
  for (const auto& walk : run.walks)
    walks.row({walk.name, std::to_string(walk.variants),
               fmt::format("{} of {}", walk.profitable_folds, walk.folds),
               shown(walk.inside_sharpe, "{:.2f}"), shown(walk.outside_sharpe, "{:.2f}"),
               shown(100 * walk.outside_return, "{:+.2f} %")});
  console.table(walks);
}

Result<reporting::BacktestReport> backtest_page(const BacktestRun& run, const backtest::History& regimes,
                                                const storage::TickStore& store, std::string command) {
  reporting::BacktestReport page;
  page.command = std::move(command);
  auto build = build_info();
  page.build = build.version + " " + build.build_id;
  page.speed = run.exact ? "exact" : "screen";
  page.from_ns = market::round_begin(run.first);
  page.to_ns = market::round_close(run.last);
  page.holdout_from_ns = run.h0_ns;
  page.holdout = run.holdout;
  page.currency = run.currency;
  page.synthetic = run.synthetic();
  page.instruments = run.instruments.size();
  page.title = run.evaluated.size() == 1 ? run.evaluated.front().instance.id()
                                         : fmt::format("{} instances on {} instruments", run.evaluated.size(),
                                                       run.instruments.size());
  Regimes index{regimes};
  for (auto at : run.ranked())
    page.lines.push_back(line_of(run, at, index));
  page.walks = run.walks;
  page.trials_total = run.counted.total;
  page.effective_trials = run.comparison.effective_trials;
  page.best_by_luck = run.comparison.best_by_luck;
  page.min_backtest_years = run.comparison.min_backtest_years;
  page.pbo = run.comparison.overfitting;
  page.spa_p = run.comparison.spa_p;
  page.notes = {
      "Each instance trades its own account: fixed risk per trade of the start equity, all costs, no "
      "consensus "
      "and no portfolio limits.",
      run.exact
          ? "Exact: every recorded tick (or, where only bars are known, every bar) was played in order, with "
            "latency; a stop is taken before a target."
          : "Screen: bars of the instance's own timeframe stand for all that happened; entries and exits "
            "fill at the next open, a stop is taken before a target. Judge by an exact backtest.",
      "Ratios are taken on hourly returns. Below 30 trades or 30 hours they are not reported.",
      "A fill costs the venue's fee, half the spread and square-root impact; perpetuals pay funding."};
  page.warnings = run.warnings;
  auto prices = draw_prices(store, worth_drawing(run), page.from_ns, page.to_ns);
  if (!prices)
    return tl::unexpected(prices.error());
  page.prices = std::move(*prices);
  return page;
}

} // namespace finch::runtime
