#include "actors/statistics/calibration.hpp"

#include "actors/statistics/moments.hpp"
#include "actors/statistics/quantiles.hpp"

#include <algorithm>
#include <cmath>

namespace finch::statistics {

namespace {

// Mean loss of the sigmoid, its gradient and its curvature at (a, b), against smoothed targets.
struct PlattStep {
  double loss = 0, ga = 0, gb = 0, haa = 0, hab = 0, hbb = 0;
};

PlattStep platt_step(std::span<const int> outcome, std::span<const double> score, double high, double low,
                     Platt at) {
  PlattStep s;
  for (std::size_t i = 0; i < outcome.size(); ++i) {
    auto z = at.a * score[i] + at.b;
    auto target = outcome[i] == 1 ? high : low;
    auto p = at(score[i]);
    // log(1 + e^z) - (1 - target)·z, written so that neither side overflows.
    s.loss += (z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z))) - (1 - target) * z;
    auto d = target - p, w = p * (1 - p);
    s.ga += d * score[i], s.gb += d;
    s.haa += w * score[i] * score[i], s.hab += w * score[i], s.hbb += w;
  }
  return s;
}

} // namespace

double Platt::operator()(double score) const noexcept { return 1 / (1 + std::exp(a * score + b)); }

Platt fit_platt(std::span<const int> outcome, std::span<const double> score) {
  double positives = 0;
  for (auto y : outcome)
    positives += y;
  auto negatives = static_cast<double>(outcome.size()) - positives;
  auto high = (positives + 1) / (positives + 2), low = 1 / (negatives + 2);
  Platt fit{0, std::log((negatives + 1) / (positives + 1))};
  auto here = platt_step(outcome, score, high, low, fit);
  for (int iteration = 0; iteration < 100; ++iteration) {
    // A small ridge keeps the Newton step defined when all scores are equal.
    auto haa = here.haa + 1e-12, hbb = here.hbb + 1e-12;
    auto determinant = haa * hbb - here.hab * here.hab;
    auto da = -(hbb * here.ga - here.hab * here.gb) / determinant;
    auto db = -(haa * here.gb - here.hab * here.ga) / determinant;
    auto accepted = false;
    for (double step = 1; step > 1e-10 && !accepted; step /= 2) {
      Platt next{fit.a + step * da, fit.b + step * db};
      auto there = platt_step(outcome, score, high, low, next);
      if (there.loss < here.loss) {
        accepted = true;
        fit = next;
        here = there;
      }
    }
    if (!accepted || std::abs(here.ga) + std::abs(here.gb) < 1e-10)
      break;
  }
  return fit;
}

Isotonic fit_isotonic(std::span<const int> outcome, std::span<const double> score) {
  struct Block {
    double score = 0, positives = 0, count = 0;
    [[nodiscard]] double p() const { return positives / count; }
  };
  auto merge = [](Block& into, const Block& from) {
    into.score = (into.score * into.count + from.score * from.count) / (into.count + from.count);
    into.positives += from.positives;
    into.count += from.count;
  };
  // Equal scores are one point: two probabilities for one score would not be a function.
  std::vector<Block> points;
  for (auto i : ascending_order(score)) {
    if (points.empty() || points.back().score != score[i])
      points.push_back({score[i], 0, 0});
    points.back().positives += outcome[i];
    points.back().count += 1;
  }
  std::vector<Block> blocks;
  for (const auto& point : points) {
    blocks.push_back(point);
    while (blocks.size() > 1 && blocks[blocks.size() - 2].p() >= blocks.back().p()) {
      auto last = blocks.back();
      blocks.pop_back();
      merge(blocks.back(), last);
    }
  }
  Isotonic fit;
  for (const auto& block : blocks) {
    fit.score.push_back(block.score);
    fit.p.push_back(block.p());
  }
  return fit;
}

double Isotonic::operator()(double at) const noexcept {
  if (score.empty())
    return nan;
  auto upper = static_cast<std::size_t>(std::upper_bound(score.begin(), score.end(), at) - score.begin());
  if (upper == 0 || upper == score.size())
    return upper == 0 ? p.front() : p.back();
  auto share = (at - score[upper - 1]) / (score[upper] - score[upper - 1]);
  return p[upper - 1] + share * (p[upper] - p[upper - 1]);
}

} // namespace finch::statistics
