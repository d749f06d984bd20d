#include "actors/consensus/formulas.hpp"
#include "actors/statistics/moments.hpp"
#include "tests/statistics/vectors.hpp"

#include <doctest/doctest.h>

using namespace finch::consensus;
using finch::test::close;

TEST_CASE("the vector's five votes give its weights, S, threshold and confidence") {
  auto all = finch::test::read_json("consensus.json");
  auto e = all["expected"];
  std::vector<int> sides;
  std::vector<double> p, weights, correlation;
  for (const auto& vote : all["votes"]) {
    sides.push_back(vote["side"]);
    p.push_back(vote["p_correct"]);
    weights.push_back(reliability(vote["brier"]));
    CHECK(close(weights.back(), e["reliability"][weights.size() - 1], 1e-12));
  }
  normalise(weights);
  for (std::size_t i = 0; i < weights.size(); ++i)
    CHECK(close(weights[i], e["weights"][i], 1e-12));
  auto s = weighted_sum(weights, sides, p);
  CHECK(close(s, e["S"], 1e-12));
  auto history = all["history"].get<std::vector<double>>();
  CHECK(close(finch::statistics::deviation(history), e["sigma_S_ddof1"], 1e-12));
  auto threshold = adaptive_threshold(history, 0.75, 0.02);
  CHECK(close(threshold, e["threshold"], 1e-12));
  CHECK((std::abs(s) > threshold) == e["trade"].get<bool>());
  auto share = agreement(weights, sides, 1);
  CHECK(close(share, e["agreement"], 1e-12));
  CHECK(close(confidence_pct(s, threshold, share), e["confidence_pct"], 1e-12));
  CHECK(majority(sides) == e["majority_vote"].get<int>());

  for (const auto& row : all["corr"])
    for (const auto& cell : row)
      correlation.push_back(cell);
  CHECK(close(effective_voters(correlation, weights.size()), e["n_eff_equal_weight"], 1e-12));
  penalise_correlation(weights, correlation);
  for (std::size_t i = 0; i < weights.size(); ++i)
    CHECK(close(weights[i], e["weights_corr_penalised"][i], 1e-12));
  CHECK(close(weighted_sum(weights, sides, p), e["S_corr_penalised"], 1e-12));
}

TEST_CASE("formulas at their edges") {
  CHECK(reliability(0.3) == 0);
  std::vector<double> none{0, 0};
  normalise(none);
  CHECK(none == std::vector<double>{0, 0});
  CHECK(adaptive_threshold({}, 0.75, 0.02) == doctest::Approx(0.015));
  CHECK(adaptive_threshold(std::vector<double>(50, 0.0), 0.75, 0.02) == doctest::Approx(0.015));
  CHECK(agreement(std::vector<double>{0.5, 0.5}, std::vector<int>{0, 0}, 1) == 0);
  CHECK(majority(std::vector<int>{1, -1}) == 0);
  CHECK(majority(std::vector<int>{1, 0, 0}) == 0);
  CHECK(majority(std::vector<int>{-1, -1, 1}) == -1);
}
