#include "actors/statistics/splits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace finch::statistics {

namespace {

/// A test block with the last label that begins in it, and what may not be trained on because of it.
struct Block {
  Span span;
  std::size_t label_end = 0;

  [[nodiscard]] bool bars(std::size_t sample, std::size_t sample_end, std::size_t embargo) const noexcept {
    auto meets = sample <= label_end && sample_end >= span.first;
    return meets || (sample > label_end && sample <= label_end + embargo);
  }
};

/// Contiguous blocks of all samples, the first ones longer by one where they do not divide.
Result<std::vector<Block>> blocks_of(std::span<const std::size_t> label_end, std::size_t count) {
  auto n = label_end.size();
  if (count < 2 || count > n)
    return fail(Category::usage, fmt::format("cannot cut {} samples into {} folds", n, count),
                "use at least two folds and no more than there are samples");
  std::vector<Block> blocks;
  std::size_t first = 0;
  for (std::size_t k = 0; k < count; ++k) {
    auto length = n / count + (k < n % count ? 1 : 0);
    auto labels = label_end.subspan(first, length);
    blocks.push_back({{first, first + length - 1}, *std::max_element(labels.begin(), labels.end())});
    first += length;
  }
  return blocks;
}

} // namespace

Result<std::vector<CombinatorialFold>> purged_combinatorial_folds(std::span<const std::size_t> label_end,
                                                                  std::size_t groups, std::size_t test_groups,
                                                                  std::size_t embargo) {
  auto blocks = blocks_of(label_end, groups);
  if (!blocks)
    return tl::unexpected(blocks.error());
  if (test_groups == 0 || test_groups >= groups)
    return fail(Category::usage, fmt::format("cannot test on {} of {} groups", test_groups, groups),
                "test on at least one group and train on at least one");
  std::vector<CombinatorialFold> folds;
  for (const auto& tested : combinations(groups, test_groups)) {
    auto& fold = folds.emplace_back();
    for (auto group : tested)
      fold.tests.push_back((*blocks)[group].span);
    for (std::size_t i = 0; i < label_end.size(); ++i)
      if (std::none_of(tested.begin(), tested.end(),
                       [&](std::size_t group) { return (*blocks)[group].bars(i, label_end[i], embargo); }))
        fold.train.push_back(i);
    if (fold.train.empty())
      return fail(Category::usage,
                  fmt::format("fold {} of {} has nothing left to train on", folds.size(),
                              combinations(groups, test_groups).size()),
                  "use shorter labels, a shorter embargo or more data");
  }
  return folds;
}

Result<std::vector<Fold>> purged_folds(std::span<const std::size_t> label_end, std::size_t folds,
                                       std::size_t embargo) {
  return purged_combinatorial_folds(label_end, folds, 1, embargo).map([](auto&& splits) {
    std::vector<Fold> result;
    for (auto& split : splits)
      result.push_back({split.tests.front(), std::move(split.train)});
    return result;
  });
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
