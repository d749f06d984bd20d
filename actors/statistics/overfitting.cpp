#include "actors/statistics/overfitting.hpp"

#include "actors/statistics/moments.hpp"
#include "actors/statistics/quantiles.hpp"
#include "actors/statistics/splits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace finch::statistics {

namespace {

// Sums of one trial over one block, so that a split costs additions and not another pass over the rows. They
// are taken about the trial's overall mean, which keeps the variance free of cancellation.
struct Sums {
  double first = 0, second = 0;
};

class Blocks {
public:
  Blocks(TrialMatrix matrix, std::size_t blocks)
      : trials_{matrix.trials}, length_{matrix.rows() / blocks}, sums_(blocks * trials_), centre_(trials_) {
    auto skip = matrix.rows() - length_ * blocks;
    auto rows = matrix.values.subspan(skip * trials_);
    for (std::size_t i = 0; i < rows.size(); ++i)
      centre_[i % trials_] += rows[i] / static_cast<double>(length_ * blocks);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto& sums = sums_[i / trials_ / length_ * trials_ + i % trials_];
      auto d = rows[i] - centre_[i % trials_];
      sums.first += d;
      sums.second += d * d;
    }
  }

  // Sharpe per observation of every trial over the chosen blocks; a constant trial has 0.
  void sharpes(std::span<const std::size_t> chosen, std::vector<double>& out) const {
    auto n = static_cast<double>(chosen.size() * length_);
    for (std::size_t trial = 0; trial < trials_; ++trial) {
      Sums total;
      for (auto block : chosen) {
        total.first += sums_[block * trials_ + trial].first;
        total.second += sums_[block * trials_ + trial].second;
      }
      auto average = total.first / n;
      auto spread = (total.second - n * average * average) / (n - 1);
      out[trial] = spread > 1e-14 * total.second / n && total.second > 0
                       ? (centre_[trial] + average) / std::sqrt(spread)
                       : 0;
    }
  }

private:
  std::size_t trials_, length_;
  std::vector<Sums> sums_;
  std::vector<double> centre_;
};

} // namespace

Result<Overfitting> backtest_overfitting(TrialMatrix matrix, std::size_t blocks) {
  if (matrix.trials < 2 || matrix.rows() < 2 * blocks || blocks < 2 || blocks % 2 != 0 || blocks > 20)
    return fail(Category::usage,
                fmt::format("overfitting cannot be judged on {} rows of {} trials in {} blocks",
                            matrix.rows(), matrix.trials, blocks),
                "give at least two trials, an even number of blocks up to 20, and two rows a block");
  Blocks sums{matrix, blocks};
  Overfitting result;
  std::vector<double> train(matrix.trials), test(matrix.trials);
  for (const auto& chosen : combinations(blocks, blocks / 2)) {
    std::vector<std::size_t> rest;
    for (std::size_t block = 0; block < blocks; ++block)
      if (!std::binary_search(chosen.begin(), chosen.end(), block))
        rest.push_back(block);
    sums.sharpes(chosen, train);
    sums.sharpes(rest, test);
    auto best = static_cast<std::size_t>(std::max_element(train.begin(), train.end()) - train.begin());
    double below = 0, equal = 0;
    for (auto value : test)
      below += value < test[best] ? 1 : 0, equal += value == test[best] ? 1 : 0;
    auto rank = below + (equal + 1) / 2;
    auto omega = rank / static_cast<double>(matrix.trials + 1);
    result.logits.push_back(std::log(omega / (1 - omega)));
    result.inside.push_back(train[best]);
    result.outside.push_back(test[best]);
    result.probability += result.logits.back() <= 0 ? 1 : 0;
    result.probability_of_loss += test[best] < 0 ? 1 : 0;
  }
  auto splits = static_cast<double>(result.logits.size());
  result.probability /= splits;
  result.probability_of_loss /= splits;
  auto line = least_squares(result.inside, result.outside);
  result.slope = line.slope;
  result.intercept = line.intercept;
  return result;
}

} // namespace finch::statistics
