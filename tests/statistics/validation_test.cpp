#include "actors/statistics/calibration.hpp"
#include "actors/statistics/classification.hpp"
#include "actors/statistics/random.hpp"
#include "actors/statistics/splits.hpp"
#include "tests/statistics/vectors.hpp"

#include <doctest/doctest.h>

using namespace finch::statistics;
using finch::test::close;

namespace {

Span span_of(const nlohmann::json& j) { return {j[0], j[1]}; }

void check_fold(const WalkFold& fold, const nlohmann::json& e) {
  CHECK(fold.train == span_of(e["train"]));
  CHECK(fold.purge == span_of(e["purge"]));
  CHECK(fold.test == span_of(e["test"]));
}

} // namespace

TEST_CASE("splits match their vector, index for index") {
  auto all = finch::test::read_json("cv_splits.json");
  auto k = all["purged_kfold"];
  std::vector<std::size_t> label_end;
  auto n = k["N"].get<std::size_t>();
  for (std::size_t i = 0; i < n; ++i)
    label_end.push_back(std::min(n - 1, i + k["label_horizon"].get<std::size_t>()));
  auto folds = purged_folds(label_end, k["k"], k["embargo"]);
  REQUIRE(folds.has_value());
  for (std::size_t i = 0; i < folds->size(); ++i) {
    CHECK((*folds)[i].test == span_of(k["expected"][i]["test"]));
    CHECK((*folds)[i].train == k["expected"][i]["train"].get<std::vector<std::size_t>>());
  }
  auto c = all["cpcv"];
  auto splits = combinatorial_splits(c["N_groups"], c["k_test"]);
  REQUIRE(splits.test_groups.size() == c["n_splits"].get<std::size_t>());
  for (std::size_t i = 0; i < splits.test_groups.size(); ++i)
    CHECK(splits.test_groups[i] == c["splits"][i]["test_groups"].get<std::vector<std::size_t>>());
  CHECK(splits.paths == c["path_uses_split_for_each_group"].get<std::vector<std::vector<std::size_t>>>());

  auto full = walk_forward(365, {});
  REQUIRE(full.size() == all["walk_forward_full"].size());
  for (std::size_t i = 0; i < full.size(); ++i)
    check_fold(full[i], all["walk_forward_full"][i]);
  for (const auto& e : all["walk_forward_scaled"]) {
    auto lengths = scaled_walk_forward(e["days"]);
    CHECK(lengths.train == e["train"].get<std::size_t>());
    CHECK(lengths.purge == e["purge"].get<std::size_t>());
    CHECK(lengths.test == e["test"].get<std::size_t>());
    auto scaled = walk_forward(e["days"], lengths);
    REQUIRE(scaled.size() == e["folds"].get<std::size_t>());
    check_fold(scaled.front(), e["first"]);
    check_fold(scaled.back(), e["last"]);
  }
}

TEST_CASE("combinatorial splits are purged and embargoed at every border, and of nothing else") {
  auto c = finch::test::read_json("cv_splits.json")["cpcv"];
  std::size_t groups = c["N_groups"], tested = c["k_test"], n = 62, embargo = 2;
  std::vector<std::size_t> ends(n), points(n);
  for (std::size_t i = 0; i < n; ++i)
    ends[i] = std::min(n - 1, i + i % 5), points[i] = i; // labels of unequal length
  auto folds = purged_combinatorial_folds(ends, groups, tested, embargo);
  auto splits = combinatorial_splits(groups, tested);
  REQUIRE(folds.has_value());
  REQUIRE(folds->size() == c["n_splits"].get<std::size_t>());
  for (std::size_t s = 0; s < folds->size(); ++s) {
    const auto& fold = (*folds)[s];
    REQUIRE(fold.tests.size() == tested);
    for (std::size_t j = 0; j < tested; ++j)
      CHECK(fold.tests[j].first ==
            splits.test_groups[s][j] * 10 + std::min<std::size_t>(splits.test_groups[s][j], 2));
    for (std::size_t i = 0; i < n; ++i) {
      auto allowed = true;
      for (const auto& test : fold.tests) {
        auto last = test.last;
        for (auto k = test.first; k <= test.last; ++k)
          last = std::max(last, ends[k]);
        for (auto k = i; k <= ends[i]; ++k)
          allowed = allowed && (k < test.first || k > last);
        allowed = allowed && (i <= last || i > last + embargo);
      }
      CHECK(std::binary_search(fold.train.begin(), fold.train.end(), i) == allowed);
    }
  }
  // Labels that end where they begin, without embargo: everything but the test groups is left.
  auto whole = purged_combinatorial_folds(std::span{points}.first(60), groups, tested, 0);
  REQUIRE(whole.has_value());
  for (const auto& fold : *whole)
    CHECK(close(static_cast<double>(fold.train.size()) / 60, c["train_fraction_before_purge"]));
  CHECK_FALSE(purged_combinatorial_folds(ends, 6, 6, 0).has_value());
  CHECK_FALSE(purged_combinatorial_folds(ends, 6, 0, 0).has_value());
  CHECK_FALSE(purged_combinatorial_folds(std::vector<std::size_t>(12, 11), 6, 2, 0).has_value());
}

TEST_CASE("splits refuse what cannot be split and respect the horizon") {
  std::vector<std::size_t> ends(10, 9);
  CHECK_FALSE(purged_folds(ends, 5, 0).has_value());
  CHECK_FALSE(purged_folds(ends, 1, 0).has_value());
  CHECK(scaled_walk_forward(7, 4).purge == 4);
  CHECK(walk_forward(3, {3, 1, 1}).empty());
  CHECK(walk_forward(7, {3, 1, 1}, true).back().train.first == 0);
  CHECK(combinations(3, 4).empty());
  CHECK(default_embargo(250) == 3);
}

TEST_CASE("classification metrics match their vector") {
  auto all = finch::test::read_json("classification.json");
  auto y = all["y"].get<std::vector<int>>();
  auto p = all["p"].get<std::vector<double>>();
  auto e = all["expected"];
  auto c = confusion(y, p, all["threshold"]);
  CHECK(c.true_positive == e["tp"].get<std::size_t>());
  CHECK(c.false_positive == e["fp"].get<std::size_t>());
  CHECK(c.false_negative == e["fn"].get<std::size_t>());
  CHECK(c.true_negative == e["tn"].get<std::size_t>());
  CHECK(close(c.accuracy, e["accuracy"]));
  CHECK(close(c.precision, e["precision"]));
  CHECK(close(c.recall, e["recall"]));
  CHECK(close(c.f1, e["f1"]));
  CHECK(close(c.mcc, e["mcc"]));
  CHECK(close(area_under_curve(y, p), e["auc"]));
  CHECK(close(log_loss(y, p), e["log_loss"]));
  CHECK(close(brier(y, p), e["brier"]));
  CHECK(close(brier_skill(y, p), e["brier_skill"]));
  auto cal = calibration(y, p);
  CHECK(close(cal.expected_error, e["ece_10"]));
  CHECK(close(cal.reliability, e["reliability_10"]));
  CHECK(close(cal.resolution, e["resolution_10"]));
  CHECK(close(cal.uncertainty, e["uncertainty"]));
  REQUIRE(cal.bins.size() == e["bins"].size());
  for (std::size_t i = 0; i < cal.bins.size(); ++i) {
    CHECK(cal.bins[i].bin == e["bins"][i][0].get<std::size_t>());
    CHECK(cal.bins[i].count == e["bins"][i][1].get<std::size_t>());
    CHECK(close(cal.bins[i].mean_p, e["bins"][i][2]));
    CHECK(close(cal.bins[i].mean_outcome, e["bins"][i][3]));
  }

  auto t = all["threshold_search"];
  auto grid = threshold_grid(p, t["fwd_ret"].get<std::vector<double>>(), t["round_trip_cost"], 0.05);
  REQUIRE(grid.size() == t["grid"].size());
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const auto& g = t["grid"][i];
    CHECK(close(grid[i].tau_long, g["tau_long"]));
    CHECK(close(grid[i].tau_short, g["tau_short"]));
    CHECK(grid[i].signals == g["n"].get<std::size_t>());
    CHECK(close(grid[i].abstention, g["abstention"]));
    CHECK(close(grid[i].value_per_bar, g["ev_per_bar"]));
    if (grid[i].signals > 0)
      CHECK(close(grid[i].value_per_trade, g["ev_per_trade"]));
  }
  auto best = best_thresholds(grid, t["min_signals"]);
  REQUIRE(best.has_value());
  CHECK(close(best->tau_long, t["best"]["tau_long"]));
  CHECK(close(best->tau_short, t["best"]["tau_short"]));
  CHECK(close(best->value_per_bar, t["best"]["ev_per_bar"]));
  CHECK(close(best->value_per_trade, t["best"]["ev_per_trade"]));
  CHECK(best->signals == t["best"]["n"].get<std::size_t>());
  CHECK(close(best->abstention, t["best"]["abstention"]));
  CHECK_FALSE(best_thresholds(grid, 41).has_value());
}

TEST_CASE("classification of one class only is defined") {
  std::vector<int> ones{1, 1};
  std::vector<double> p{0.2, 0.4};
  CHECK(std::isnan(area_under_curve(ones, p)));
  CHECK(std::isnan(brier_skill(ones, p)));
  CHECK(confusion(ones, p).precision == 0);
  CHECK(confusion(ones, p).mcc == 0);
  CHECK(analytic_threshold(2, 1, 0) == doctest::Approx(1.0 / 3));
}

TEST_CASE("calibrators recover the probabilities behind the outcomes") {
  Draws draws{9, 0};
  std::vector<int> y;
  std::vector<double> score;
  for (int i = 0; i < 4'000; ++i) {
    score.push_back(4 * draws.uniform() - 2);
    y.push_back(draws.uniform() < 1 / (1 + std::exp(-1.5 * score.back() - 0.3)) ? 1 : 0);
  }
  auto platt = fit_platt(y, score);
  CHECK(platt.a == doctest::Approx(-1.5).epsilon(0.08));
  CHECK(platt.b == doctest::Approx(-0.3).epsilon(0.25));
  auto isotonic = fit_isotonic(y, score);
  for (double at : {-1.5, -0.5, 0.5, 1.5})
    CHECK(std::abs(isotonic(at) - 1 / (1 + std::exp(-1.5 * at - 0.3))) < 0.12);
  CHECK(std::is_sorted(isotonic.p.begin(), isotonic.p.end()));
  auto tied = fit_isotonic(std::vector<int>{0, 1, 1}, std::vector<double>{0.5, 0.5, 0.7});
  CHECK(tied(0.5) == 0.5);
  CHECK(tied(0.6) == doctest::Approx(0.75));
  CHECK(fit_platt(std::vector<int>{1, 1}, std::vector<double>{2, 2})(2) == doctest::Approx(0.75));
}
