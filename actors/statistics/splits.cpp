#include "actors/statistics/splits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace finch::statistics {

Result<std::vector<Fold>> purged_folds(std::span<const std::size_t> label_end, std::size_t folds,
                                       std::size_t embargo) {
  auto n = label_end.size();
  if (folds < 2 || folds > n)
    return fail(Category::usage, fmt::format("cannot cut {} samples into {} folds", n, folds),
                "use at least two folds and no more than there are samples");
  std::vector<Fold> result;
  std::size_t first = 0;
  for (std::size_t k = 0; k < folds; ++k) {
    auto length = n / folds + (k < n % folds ? 1 : 0);
    Fold fold{{first, first + length - 1}, {}};
    auto end = *std::max_element(label_end.begin() + static_cast<std::ptrdiff_t>(first),
                                 label_end.begin() + static_cast<std::ptrdiff_t>(first + length));
    for (std::size_t i = 0; i < n; ++i) {
      auto meets = i <= end && label_end[i] >= first;
      auto embargoed = i > end && i <= end + embargo;
      if (!meets && !embargoed)
        fold.train.push_back(i);
    }
    if (fold.train.empty())
      return fail(Category::usage, fmt::format("fold {} of {} has nothing left to train on", k + 1, folds),
                  "use shorter labels, a shorter embargo or more data");
    first += length;
    result.push_back(std::move(fold));
  }
  return result;
}

WalkForward scaled_walk_forward(std::size_t days, std::size_t horizon) {
  constexpr WalkForward full;
  auto f =
      std::min(1.0, static_cast<double>(days) / static_cast<double>(full.train + full.purge + 3 * full.test));
  auto at_least_one = [](double value) { return static_cast<std::size_t>(std::max(1.0, value)); };
  return {at_least_one(std::floor(static_cast<double>(full.train) * f)),
          std::max(at_least_one(std::ceil(static_cast<double>(full.purge) * f)), horizon),
          at_least_one(std::floor(static_cast<double>(full.test) * f))};
}

std::vector<WalkFold> walk_forward(std::size_t days, WalkForward lengths, bool anchored) {
  std::vector<WalkFold> result;
  if (lengths.train == 0 || lengths.purge == 0 || lengths.test == 0)
    return result;
  auto whole = lengths.train + lengths.purge + lengths.test;
  for (std::size_t start = 0; start + whole <= days; start += lengths.test) {
    auto purge = start + lengths.train, test = purge + lengths.purge;
    result.push_back({{anchored ? 0 : start, purge - 1}, {purge, test - 1}, {test, test + lengths.test - 1}});
  }
  return result;
}

std::vector<std::vector<std::size_t>> combinations(std::size_t n, std::size_t k) {
  std::vector<std::vector<std::size_t>> result;
  if (k > n)
    return result;
  std::vector<std::size_t> chosen(k);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  while (true) {
    result.push_back(chosen);
    auto i = k;
    while (i > 0 && chosen[i - 1] == n - k + i - 1)
      --i;
    if (i == 0)
      return result;
    ++chosen[i - 1];
    for (; i < k; ++i)
      chosen[i] = chosen[i - 1] + 1;
  }
}

Combinatorial combinatorial_splits(std::size_t groups, std::size_t test_groups) {
  Combinatorial result{combinations(groups, test_groups), {}};
  std::vector<std::size_t> used(groups);
  for (std::size_t split = 0; split < result.test_groups.size(); ++split)
    for (auto group : result.test_groups[split]) {
      // The j-th split that tests a group serves path j.
      auto path = used[group]++;
      if (path == result.paths.size())
        result.paths.emplace_back(groups);
      result.paths[path][group] = split;
    }
  return result;
}

} // namespace finch::statistics
