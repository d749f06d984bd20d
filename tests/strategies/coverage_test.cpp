#include "actors/strategies/coverage.hpp"
#include "tests/strategies/support.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::strategies;

namespace {

constexpr std::size_t rows = 100, lanes = 3;

/// Counts a spec over 100 rows of three instruments: rsi climbs from 0 to 99 on all, ret_5 is missing on the
/// third.
Coverage count(const std::string& changes, std::size_t counted = 0) {
  auto layout = test::layout();
  std::vector<double> values(layout.names.size() * rows * lanes);
  for (std::size_t f = 0; f < layout.names.size(); ++f)
    for (std::size_t i = 0; i < rows * lanes; ++i) {
      auto row = static_cast<double>(i / lanes);
      const auto& name = layout.names[f];
      values[f * rows * lanes + i] = name == "rsi_14"                    ? row
                                     : name == "ret_5" && i % lanes == 2 ? test::nan
                                                                         : 1;
    }
  std::vector<std::int64_t> rounds(rows);
  for (std::size_t row = 0; row < rows; ++row)
    rounds[row] = static_cast<std::int64_t>(row) * 5 + 4;
  Instance instance{test::spec_of(changes), {5}};
  auto meter = CoverageMeter::make(instance, layout);
  REQUIRE(meter.has_value());
  Evaluator::Columns own{{5}, rounds, values.data()};
  std::vector<fb::Vote> votes(rows * lanes);
  Evaluator::make(instance.spec, {5}, layout)->vote_columns(own, {}, votes);
  meter->take(own, {}, votes, {}, counted);
  return meter->coverage();
}

} // namespace

TEST_CASE("coverage counts signals, and how often each condition of a rule holds") {
  auto coverage = count(R"j({"enter_long": "rsi_14 < low and (rsi_14 > 10 or ret_5 > 2) and ret_5 > 0"})j");
  CHECK(coverage.rows == rows * lanes);
  CHECK(coverage.longs == 2 * 19); // rsi 11 .. 29 where ret_5 is known
  CHECK(coverage.shorts == 2 * 29);
  CHECK(coverage.abstained == rows);
  REQUIRE(coverage.long_terms.size() == 3);
  CHECK(coverage.long_terms[0].text == "rsi_14 < low");
  CHECK(coverage.long_terms[0].holds == 30 * lanes);
  CHECK(coverage.long_terms[0].alone == 70 * 2);
  CHECK(coverage.long_terms[1].unknown == rows);
  CHECK(coverage.long_terms[2].holds == rows * 2);
  REQUIRE(coverage.short_terms.size() == 1);
  REQUIRE(coverage.inputs.size() == 2);
  CHECK(coverage.inputs[1].text == "ret_5");
  CHECK(coverage.inputs[1].missing == rows);
  CHECK(count("{}", 60).rows == 40 * lanes);
  CHECK(count(R"j({"universe": ["ETH-USDT"]})j").rows == rows);
}

TEST_CASE("coverage shows what never holds and what is never there") {
  auto never = count(R"j({"enter_long": "rsi_14 > 200 and ret_5 > 0", "enter_short": null,
                          "parameters": {"low": null}})j");
  CHECK(never.longs == 0);
  CHECK(never.long_terms[0].holds == 0);
  CHECK(never.long_terms[0].alone == 2 * rows);
  auto untrained = count(R"j({"enter_long": "model.direction.p_up > 0.6 and rsi_14 < low"})j");
  CHECK(untrained.abstained == rows * lanes);
  CHECK(untrained.inputs[0].text == "model.direction.p_up");
  CHECK(untrained.inputs[0].missing == rows * lanes);
}
