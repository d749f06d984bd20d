#include "actors/statistics/reality_check.hpp"

#include "actors/statistics/moments.hpp"
#include "actors/statistics/quantiles.hpp"
#include "actors/statistics/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace finch::statistics {

namespace {

std::vector<double> column_means(TrialMatrix d) {
  std::vector<double> result(d.trials);
  for (std::size_t i = 0; i < d.values.size(); ++i)
    result[i % d.trials] += d.values[i];
  for (auto& value : result)
    value /= static_cast<double>(d.rows());
  return result;
}

std::vector<double> resampled_means(TrialMatrix d, std::span<const std::uint32_t> rows) {
  std::vector<double> result(d.trials);
  for (auto row : rows)
    for (std::size_t k = 0; k < d.trials; ++k)
      result[k] += d.values[row * d.trials + k];
  for (auto& value : result)
    value /= static_cast<double>(rows.size());
  return result;
}

// Deviation of √T·d̄ under the stationary bootstrap, from the sample autocovariances and its kernel.
double kernel_deviation(TrialMatrix d, std::size_t k, double centre, double q) {
  auto rows = d.rows();
  auto n = static_cast<double>(rows);
  auto at = [&](std::size_t i) { return d.values[i * d.trials + k] - centre; };
  auto covariance = [&](std::size_t lag) {
    double total = 0;
    for (std::size_t i = lag; i < rows; ++i)
      total += at(i) * at(i - lag);
    return total / n;
  };
  auto result = covariance(0);
  for (std::size_t i = 1; i < rows; ++i) {
    auto lag = static_cast<double>(i);
    auto kernel = (n - lag) / n * std::pow(1 - q, lag) + lag / n * std::pow(1 - q, n - lag);
    // Weights this small cannot move the sum any more and would make the sum quadratic in the rows.
    if (kernel < 1e-18 && lag < n / 2)
      continue;
    result += 2 * kernel * covariance(i);
  }
  return std::sqrt(std::max(result, 0.0));
}

Status check(TrialMatrix d, const BootstrapIndices& indices, double q) {
  if (d.trials == 0 || d.rows() < 2 || indices.empty() || !(q > 0 && q <= 1))
    return fail(
        Category::usage,
        fmt::format("a reality check needs strategies, rows and bootstraps (got {}, {}, {}) and 0 < q <= 1",
                    d.trials, d.rows(), indices.size()));
  for (const auto& list : indices)
    if (list.empty() || *std::max_element(list.begin(), list.end()) >= d.rows())
      return fail(Category::usage,
                  fmt::format("a bootstrap list is empty or points beyond {} rows", d.rows()));
  return {};
}

RealityCheck observed(TrialMatrix d, double q) {
  RealityCheck r;
  auto root = std::sqrt(static_cast<double>(d.rows()));
  r.mean = column_means(d);
  r.t_rc = root * *std::max_element(r.mean.begin(), r.mean.end());
  for (std::size_t k = 0; k < d.trials; ++k) {
    r.omega.push_back(kernel_deviation(d, k, r.mean[k], q));
    r.t.push_back(r.omega[k] > 0 ? root * r.mean[k] / r.omega[k] : 0);
    r.t_spa = std::max(r.t_spa, r.t[k]);
  }
  r.recentre_threshold = -std::sqrt(2 * std::log(std::log(static_cast<double>(d.rows()))));
  return r;
}

} // namespace

BootstrapIndices stationary_bootstrap(std::size_t rows, double mean_block, std::size_t repetitions,
                                      std::uint64_t seed) {
  BootstrapIndices result(repetitions);
  if (rows == 0)
    return result;
  auto q = 1 / std::max(mean_block, 1.0);
  for (std::size_t b = 0; b < repetitions; ++b) {
    Draws draws{seed, b};
    std::uint64_t row = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      auto restart = draws.uniform() < q;
      row = i == 0 || restart ? draws.below(rows) : (row + 1) % rows;
      result[b].push_back(static_cast<std::uint32_t>(row));
    }
  }
  return result;
}

Result<RealityCheck> reality_check(TrialMatrix d, const BootstrapIndices& indices, double q) {
  if (auto ok = check(d, indices, q); !ok)
    return tl::unexpected{ok.error()};
  auto r = observed(d, q);
  auto root = std::sqrt(static_cast<double>(d.rows()));
  double white = 0, lower = 0, consistent = 0, upper = 0;
  for (const auto& list : indices) {
    auto resampled = resampled_means(d, list);
    double most_white = -std::numeric_limits<double>::infinity(), most_lower = 0, most_consistent = 0,
           most_upper = 0;
    for (std::size_t k = 0; k < d.trials; ++k) {
      most_white = std::max(most_white, root * (resampled[k] - r.mean[k]));
      if (!(r.omega[k] > 0))
        continue;
      auto studentised = [&](double centre) { return root * (resampled[k] - centre) / r.omega[k]; };
      most_upper = std::max(most_upper, studentised(r.mean[k]));
      most_lower = std::max(most_lower, studentised(std::max(r.mean[k], 0.0)));
      most_consistent =
          std::max(most_consistent, studentised(r.t[k] >= r.recentre_threshold ? r.mean[k] : 0.0));
    }
    white += most_white > r.t_rc ? 1 : 0;
    lower += most_lower > r.t_spa ? 1 : 0;
    consistent += most_consistent > r.t_spa ? 1 : 0;
    upper += most_upper > r.t_spa ? 1 : 0;
  }
  auto repetitions = static_cast<double>(indices.size());
  r.p_white = white / repetitions;
  r.p_lower = lower / repetitions;
  r.p_consistent = consistent / repetitions;
  r.p_upper = upper / repetitions;
  return r;
}

Result<std::vector<std::size_t>> stepwise_superior(TrialMatrix d, const BootstrapIndices& indices, double q,
                                                   double alpha) {
  if (auto ok = check(d, indices, q); !ok)
    return tl::unexpected{ok.error()};
  auto r = observed(d, q);
  auto root = std::sqrt(static_cast<double>(d.rows()));
  std::vector<std::vector<double>> resampled;
  for (const auto& list : indices)
    resampled.push_back(resampled_means(d, list));
  std::vector<bool> rejected(d.trials);
  for (bool again = true; again;) {
    again = false;
    std::vector<double> maxima;
    for (const auto& means : resampled) {
      double most = 0;
      for (std::size_t k = 0; k < d.trials; ++k)
        if (!rejected[k] && r.omega[k] > 0)
          most = std::max(most, root * (means[k] - r.mean[k]) / r.omega[k]);
      maxima.push_back(most);
    }
    auto critical = quantile(maxima, 1 - alpha);
    for (std::size_t k = 0; k < d.trials; ++k)
      if (!rejected[k] && r.t[k] > critical)
        rejected[k] = again = true;
  }
  std::vector<std::size_t> result;
  for (std::size_t k = 0; k < d.trials; ++k)
    if (rejected[k])
      result.push_back(k);
  return result;
}

} // namespace finch::statistics
