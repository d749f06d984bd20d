#include "actors/evolution/forward.hpp"
#include "actors/statistics/moments.hpp"
#include "tests/evolution/books.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace finch;
using namespace finch::evolution;

namespace {

ForwardVerdict verdict(const test::BookPlan& before, const test::BookPlan& after) {
  return judge_forward(test::judge("i", before), test::make_book(before), test::judge("i", after),
                       test::make_book(after));
}

} // namespace

TEST_CASE("the same edge does not demote, a lost one does, and a handful of trades decides nothing") {
  test::BookPlan backtest{.edge_r = 0.5};
  auto same = verdict(backtest, {.seed = 9, .days = 14, .edge_r = 0.5});
  CHECK(same.demote.empty());
  CHECK(same.ks_p > 0.1);
  auto lost = verdict(backtest, {.seed = 9, .edge_r = -0.4});
  CHECK(lost.drift.overall > 0.2);
  CHECK(lost.win_rate_z < -1.6);
  CHECK(lost.demote.find("forward trades") != std::string::npos);
  auto young = verdict(backtest, {.seed = 9, .days = 2, .edge_r = -0.4});
  CHECK(std::isnan(young.drift.overall));
  CHECK(young.demote.empty());
  auto none = judge_forward(test::judge("i", backtest), test::make_book(backtest),
                            score("i", {}, {}, {}, statistics::nan), {});
  CHECK(none.demote.empty());
}
