#include "actors/statistics/clusters.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace finch::statistics {

namespace {

// Columns less their mean, scaled to length 1; a constant column becomes zero and correlates with nothing.
std::vector<double> unit_columns(TrialMatrix returns) {
  auto n = returns.trials, rows = returns.rows();
  std::vector<double> columns(n * rows);
  for (std::size_t k = 0; k < n; ++k) {
    auto* column = columns.data() + k * rows;
    double mean = 0, square = 0, raw = 0;
    for (std::size_t i = 0; i < rows; ++i)
      mean += (column[i] = returns.values[i * n + k]) / static_cast<double>(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      raw += column[i] * column[i];
      column[i] -= mean;
      square += column[i] * column[i];
    }
    auto scale = square > 1e-24 * raw ? 1 / std::sqrt(square) : 0;
    for (std::size_t i = 0; i < rows; ++i)
      column[i] *= scale;
  }
  return columns;
}

class Linkage {
public:
  explicit Linkage(TrialMatrix returns)
      : n_{returns.trials}, distance_(n_ * n_), weight_(n_, 1), alive_(n_, true) {
    auto rows = returns.rows();
    auto columns = unit_columns(returns);
    for (std::size_t a = 0; a < n_; ++a)
      for (std::size_t b = 0; b < a; ++b) {
        auto rho = std::inner_product(columns.begin() + static_cast<std::ptrdiff_t>(a * rows),
                                      columns.begin() + static_cast<std::ptrdiff_t>((a + 1) * rows),
                                      columns.begin() + static_cast<std::ptrdiff_t>(b * rows), 0.0);
        at(a, b) = at(b, a) = std::sqrt(std::max(0.0, (1 - rho) / 2));
      }
  }

  // Follows nearest neighbours until two point at each other and joins them, until one cluster is left.
  // Average linkage keeps heights in order along every branch, so joins below the cut are exactly the
  // clusters at the cut.
  std::vector<std::size_t> labels(double cut) {
    std::vector<std::size_t> label(n_);
    std::iota(label.begin(), label.end(), std::size_t{0});
    std::vector<std::size_t> chain;
    for (auto left = n_; left > 1; --left) {
      if (chain.empty())
        chain.push_back(
            static_cast<std::size_t>(std::find(alive_.begin(), alive_.end(), true) - alive_.begin()));
      auto b = nearest(chain);
      while (chain.size() < 2 || b != chain[chain.size() - 2]) {
        chain.push_back(b);
        b = nearest(chain);
      }
      auto a = chain.back();
      chain.resize(chain.size() - 2);
      if (at(a, b) <= cut)
        std::replace(label.begin(), label.end(), std::max(label[a], label[b]), std::min(label[a], label[b]));
      join(a, b);
    }
    return label;
  }

private:
  double& at(std::size_t a, std::size_t b) { return distance_[a * n_ + b]; }

  std::size_t nearest(const std::vector<std::size_t>& chain) {
    auto from = chain.back();
    // On ties the way back wins, or equal distances would be walked in circles.
    auto best = chain.size() > 1 ? chain[chain.size() - 2] : n_;
    for (std::size_t k = 0; k < n_; ++k)
      if (alive_[k] && k != from && (best == n_ || at(from, k) < at(from, best)))
        best = k;
    return best;
  }

  void join(std::size_t a, std::size_t b) {
    alive_[b] = false;
    for (std::size_t k = 0; k < n_; ++k)
      if (alive_[k] && k != a)
        at(a, k) = at(k, a) = (weight_[a] * at(a, k) + weight_[b] * at(b, k)) / (weight_[a] + weight_[b]);
    weight_[a] += weight_[b];
  }

  std::size_t n_;
  std::vector<double> distance_, weight_;
  std::vector<bool> alive_;
};

} // namespace

EffectiveTrials effective_trials(TrialMatrix returns, double least_correlation) {
  EffectiveTrials result;
  if (returns.trials == 0)
    return result;
  auto labels = Linkage{returns}.labels(std::sqrt((1 - least_correlation) / 2));
  // A label is the least column of its cluster.
  for (std::size_t k = 0; k < labels.size(); ++k)
    if (labels[k] == k)
      result.representatives.push_back(k);
  result.count = std::max(static_cast<double>(result.representatives.size()),
                          std::sqrt(static_cast<double>(returns.trials)));
  return result;
}

} // namespace finch::statistics
