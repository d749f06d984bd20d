#include "actors/evolution/comparison.hpp"

#include "actors/statistics/clusters.hpp"
#include "actors/statistics/moments.hpp"
#include "actors/statistics/overfitting.hpp"
#include "actors/statistics/reality_check.hpp"
#include "actors/statistics/returns.hpp"
#include "actors/statistics/sharpe.hpp"
#include "actors/statistics/splits.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace finch::evolution {
namespace {

namespace st = statistics;

constexpr double hours_per_year = 8'760;
constexpr std::size_t least_trials = 10; // below, a share of splits says nothing
constexpr std::size_t bootstraps = 1'000;

/// Returns of all over the hours they share, [hour][instance].
std::vector<double> matrix_of(std::span<const Evaluated> evaluated) {
  std::size_t rows = evaluated.empty() ? 0 : SIZE_MAX;
  for (const auto& one : evaluated)
    rows = std::min(rows, one.score.hourly_returns.size());
  std::vector<double> values;
  values.reserve(rows * evaluated.size());
  for (std::size_t row = 0; row < rows; ++row)
    for (const auto& one : evaluated)
      values.push_back(one.score.hourly_returns[row]);
  return values;
}

std::map<std::string, std::vector<Cell>> cells_of(std::span<const Evaluated> evaluated) {
  std::map<std::string, std::vector<Cell>> cells; // all timeframes of one spec together
  for (const auto& one : evaluated)
    merge_cells(cells[one.hash], one.evidence.cells);
  return cells;
}

} // namespace

std::vector<Evaluated> evaluate(std::span<const strategies::Instance> instances,
                                std::span<const ResultFrame> results,
                                std::span<const market::Instrument> instruments) {
  std::vector<Evaluated> evaluated;
  for (std::size_t i = 0; i < instances.size(); ++i)
    evaluated.push_back(
        {instances[i], strategies::spec_hash(instances[i].spec), evidence_of(*results[i], instruments), {}});
  deflate(evaluated, {});
  return evaluated;
}

void deflate(std::vector<Evaluated>& evaluated, const Search& search) {
  auto cells = cells_of(evaluated);
  for (auto& one : evaluated)
    one.score = score(one.instance.id(), one.evidence, cells[one.hash], search, std::nan(""));
}

Comparison compare(std::span<const Evaluated> evaluated, const Search& search, std::uint64_t seed) {
  Comparison out{st::nan, st::nan, st::nan, st::nan, st::nan};
  auto values = matrix_of(evaluated);
  st::TrialMatrix matrix{values, evaluated.size()};
  out.min_backtest_years = search.trials > 1 ? st::min_backtest_years(search.trials, 1) : st::nan;
  if (matrix.rows() < st::min_observations)
    return out;
  auto variance =
      search.sharpe_variance > 0 ? search.sharpe_variance : 1 / static_cast<double>(matrix.rows());
  out.best_by_luck = st::expected_best_sharpe(search.trials, variance) * std::sqrt(hours_per_year);
  if (evaluated.size() >= least_trials)
    if (auto split = st::backtest_overfitting(matrix, st::default_blocks(matrix.rows())))
      out.overfitting = split->probability;
  if (evaluated.size() > 1)
    out.effective_trials = st::effective_trials(matrix).count;
  auto mean_block = std::sqrt(static_cast<double>(matrix.rows()));
  auto indices = st::stationary_bootstrap(matrix.rows(), mean_block, bootstraps, seed);
  if (auto check = st::reality_check(matrix, indices, 1 / mean_block))
    out.spa_p = check->p_consistent;
  return out;
}

WalkForwardResult choose_forward(std::span<const std::vector<double>> variants) {
  WalkForwardResult out{0, 0, st::nan, st::nan, st::nan, {}};
  std::size_t hours = variants.empty() ? 0 : SIZE_MAX;
  for (const auto& returns : variants)
    hours = std::min(hours, returns.size());
  auto days = hours / 24;
  std::vector<double> inside, outside;
  for (const auto& fold : st::walk_forward(days, st::scaled_walk_forward(days))) {
    auto part = [&](std::size_t variant, const st::Span& span) {
      return std::span{variants[variant]}.subspan(span.first * 24, (span.last - span.first + 1) * 24);
    };
    std::size_t best = 0;
    auto most = -std::numeric_limits<double>::infinity();
    for (std::size_t variant = 0; variant < variants.size(); ++variant)
      if (auto ratio = st::sharpe(part(variant, fold.train), hours_per_year); ratio > most)
        most = ratio, best = variant;
    auto test = part(best, fold.test);
    ++out.folds;
    out.profitable_folds += st::total_return(test) > 0 ? 1 : 0;
    out.chosen.push_back(best);
    if (std::isfinite(most))
      inside.push_back(most);
    outside.insert(outside.end(), test.begin(), test.end());
  }
  if (!inside.empty())
    out.inside_sharpe = st::mean(inside);
  if (outside.size() >= st::min_observations)
    out.outside_sharpe = st::annual_sharpe(outside, hours_per_year);
  if (!outside.empty())
    out.outside_return = st::total_return(outside);
  return out;
}

} // namespace finch::evolution
