#include "actors/statistics/classification.hpp"

#include "actors/statistics/moments.hpp"
#include "actors/statistics/quantiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace finch::statistics {

namespace {

double share(double part, double whole) noexcept { return whole > 0 ? part / whole : 0; }

double base_rate(std::span<const int> outcome) noexcept {
  double positives = 0;
  for (auto y : outcome)
    positives += y;
  return outcome.empty() ? nan : positives / static_cast<double>(outcome.size());
}

} // namespace

Confusion confusion(std::span<const int> outcome, std::span<const double> p, double threshold) {
  Confusion c;
  for (std::size_t i = 0; i < outcome.size(); ++i) {
    auto predicted = p[i] >= threshold;
    ++(outcome[i] == 1 ? (predicted ? c.true_positive : c.false_negative)
                       : (predicted ? c.false_positive : c.true_negative));
  }
  auto tp = static_cast<double>(c.true_positive), fp = static_cast<double>(c.false_positive);
  auto fn = static_cast<double>(c.false_negative), tn = static_cast<double>(c.true_negative);
  c.accuracy = share(tp + tn, tp + tn + fp + fn);
  c.precision = share(tp, tp + fp);
  c.recall = share(tp, tp + fn);
  c.f1 = share(2 * c.precision * c.recall, c.precision + c.recall);
  c.mcc = share(tp * tn - fp * fn, std::sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)));
  c.balanced_accuracy = (c.recall + share(tn, tn + fp)) / 2;
  return c;
}

double area_under_curve(std::span<const int> outcome, std::span<const double> p) {
  auto rank = ranks(p);
  double positives = 0, total = 0;
  for (std::size_t i = 0; i < outcome.size(); ++i)
    if (outcome[i] == 1)
      ++positives, total += rank[i];
  auto negatives = static_cast<double>(outcome.size()) - positives;
  return positives > 0 && negatives > 0 ? (total - positives * (positives + 1) / 2) / (positives * negatives)
                                        : nan;
}

double log_loss(std::span<const int> outcome, std::span<const double> p) {
  double total = 0;
  for (std::size_t i = 0; i < outcome.size(); ++i) {
    auto clipped = std::clamp(p[i], 1e-15, 1 - 1e-15);
    total -= std::log(outcome[i] == 1 ? clipped : 1 - clipped);
  }
  return outcome.empty() ? nan : total / static_cast<double>(outcome.size());
}

double brier(std::span<const int> outcome, std::span<const double> p) {
  double total = 0;
  for (std::size_t i = 0; i < outcome.size(); ++i)
    total += (p[i] - outcome[i]) * (p[i] - outcome[i]);
  return outcome.empty() ? nan : total / static_cast<double>(outcome.size());
}

double brier_skill(std::span<const int> outcome, std::span<const double> p) {
  auto rate = base_rate(outcome);
  auto reference = rate * (1 - rate);
  return reference > 0 ? 1 - brier(outcome, p) / reference : nan;
}

Calibration calibration(std::span<const int> outcome, std::span<const double> p) {
  constexpr std::size_t bins = 10;
  std::array<CalibrationBin, bins> all{};
  for (std::size_t i = 0; i < outcome.size(); ++i) {
    auto& bin = all[std::min(bins - 1, static_cast<std::size_t>(std::max(0.0, p[i]) * bins))];
    ++bin.count;
    bin.mean_p += p[i];
    bin.mean_outcome += outcome[i];
  }
  Calibration result;
  auto rate = base_rate(outcome);
  result.uncertainty = rate * (1 - rate);
  for (std::size_t k = 0; k < bins; ++k) {
    auto bin = all[k];
    if (bin.count == 0)
      continue;
    bin.bin = k;
    bin.mean_p /= static_cast<double>(bin.count);
    bin.mean_outcome /= static_cast<double>(bin.count);
    auto weight = static_cast<double>(bin.count) / static_cast<double>(outcome.size());
    result.reliability += weight * (bin.mean_p - bin.mean_outcome) * (bin.mean_p - bin.mean_outcome);
    result.resolution += weight * (bin.mean_outcome - rate) * (bin.mean_outcome - rate);
    result.expected_error += weight * std::abs(bin.mean_p - bin.mean_outcome);
    result.bins.push_back(bin);
  }
  return result;
}

Thresholds evaluate_thresholds(std::span<const double> p, std::span<const double> forward_return, double cost,
                               double tau_long, double tau_short) {
  Thresholds result{tau_long, tau_short, 0, 0, 0, nan};
  double total = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] < tau_long && p[i] > tau_short)
      continue;
    ++result.signals;
    total += (p[i] >= tau_long ? forward_return[i] : -forward_return[i]) - cost;
  }
  auto bars = static_cast<double>(p.size()), signals = static_cast<double>(result.signals);
  result.abstention = 1 - share(signals, bars);
  result.value_per_bar = share(total, bars);
  if (result.signals > 0)
    result.value_per_trade = total / signals;
  return result;
}

std::vector<Thresholds> threshold_grid(std::span<const double> p, std::span<const double> forward_return,
                                       double cost, double step) {
  std::vector<Thresholds> result;
  auto steps = std::lround(0.3 / step);
  // Counting steps, and rounding to six decimals, keeps 0.55 the number a person would write.
  auto at = [&](double start, long i) {
    return std::round((start + static_cast<double>(i) * step) * 1e6) / 1e6;
  };
  for (long i = 0; i <= steps; ++i)
    for (long j = 0; j <= steps; ++j)
      result.push_back(evaluate_thresholds(p, forward_return, cost, at(0.5, i), at(0.2, j)));
  return result;
}

Result<Thresholds> best_thresholds(std::span<const Thresholds> grid, std::size_t min_signals) {
  const Thresholds* best = nullptr;
  for (const auto& candidate : grid) {
    if (candidate.signals < min_signals)
      continue;
    auto width = candidate.tau_long - candidate.tau_short;
    if (!best || candidate.value_per_bar > best->value_per_bar ||
        (candidate.value_per_bar == best->value_per_bar && width > best->tau_long - best->tau_short))
      best = &candidate;
  }
  if (!best)
    return fail(Category::failed, fmt::format("no pair of thresholds gives {} signals", min_signals),
                "validate on more bars or ask for fewer signals");
  return *best;
}

double analytic_threshold(double win, double loss, double cost) noexcept {
  return (loss + cost) / (win + loss);
}

} // namespace finch::statistics
