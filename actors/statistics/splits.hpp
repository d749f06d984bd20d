/// Validation splits over time: purged k-fold, walk-forward, combinatorial (reference 4.1–4.3). Spans are
/// inclusive.
#pragma once

#include "schemas/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace finch::statistics {

/// Indices first .. last, both included.
struct Span {
  std::size_t first = 0, last = 0;

  bool operator==(const Span&) const = default;
};

struct Fold {
  Span test;
  std::vector<std::size_t> train;
};
/// Contiguous test blocks; training samples whose label span [i, label_end[i]] meets a test block's span, or
/// that follow it within `embargo`, are left out. Fails when a fold has nothing left to train on.
[[nodiscard]] Result<std::vector<Fold>> purged_folds(std::span<const std::size_t> label_end,
                                                     std::size_t folds, std::size_t embargo);
/// Default embargo: one percent of the samples, rounded up.
[[nodiscard]] constexpr std::size_t default_embargo(std::size_t samples) noexcept {
  return (samples + 99) / 100;
}

/// Lengths of a walk-forward window, in days.
struct WalkForward {
  std::size_t train = 120, purge = 5, test = 30;
};
/// 120/5/30 scaled down to `days` of data so that three folds fit; the purge never falls below `horizon`.
[[nodiscard]] WalkForward scaled_walk_forward(std::size_t days, std::size_t horizon = 1);
struct WalkFold {
  Span train, purge, test;
};
/// Folds that fit into `days`, stepping by the test length; `anchored` keeps every training span's start at
/// 0.
[[nodiscard]] std::vector<WalkFold> walk_forward(std::size_t days, WalkForward lengths,
                                                 bool anchored = false);

/// All ways to choose k of 0..n-1, in lexicographic order.
[[nodiscard]] std::vector<std::vector<std::size_t>> combinations(std::size_t n, std::size_t k);
/// Combinatorial purged cross-validation: the splits' test groups, and for each path the split it takes per
/// group.
struct Combinatorial {
  std::vector<std::vector<std::size_t>> test_groups;
  std::vector<std::vector<std::size_t>> paths;
};
[[nodiscard]] Combinatorial combinatorial_splits(std::size_t groups, std::size_t test_groups);

/// One split over samples: its test groups as blocks in order, and what may be trained on.
struct CombinatorialFold {
  std::vector<Span> tests;
  std::vector<std::size_t> train;
};
/// The samples of every split, in the order of `combinatorial_splits`, purged and embargoed at each border
/// between training and test as in `purged_folds`, which is the case of one test group. Fails where a split
/// has nothing left to train on.
[[nodiscard]] Result<std::vector<CombinatorialFold>>
purged_combinatorial_folds(std::span<const std::size_t> label_end, std::size_t groups,
                           std::size_t test_groups, std::size_t embargo);

} // namespace finch::statistics
