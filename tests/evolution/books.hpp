/// Made-up books with a known truth: an edge, or none.
#pragma once

#include "actors/evolution/plan.hpp"
#include "actors/statistics/random.hpp"

#include <string>
#include <vector>

namespace finch::test {

struct BookPlan {
  std::uint64_t seed = 1;
  std::size_t days = 60;
  double trades_per_hour = 0.25;
  double edge_r = 0; ///< mean gross result in R
  double cost_r = 0.1;
  std::size_t instruments = 6;
};

/// Trades risk 100 of 10,000 each and end at +2 R or -1 R, after excursions to match.
inline evolution::Evidence make_book(const BookPlan& plan) {
  statistics::Draws draws{plan.seed, 77};
  evolution::Evidence book;
  double equity = 10'000;
  book.hourly_equity.push_back(equity);
  std::vector<evolution::Cell> cells(plan.instruments);
  auto win_rate = (1 + plan.edge_r) / 3;
  for (std::size_t hour = 0; hour < plan.days * 24; ++hour) {
    if (draws.uniform() < plan.trades_per_hour) {
      auto win = draws.uniform() < win_rate;
      statistics::TradeOutcome trade{.side = 1,
                                     .close_time_ns = 0,
                                     .gross = win ? 200.0 : -100.0,
                                     .costs = 100 * plan.cost_r,
                                     .risk = 100,
                                     .fallback_risk = 0,
                                     .planned_reward = 2,
                                     .favourable = win ? 200.0 : 40.0,
                                     .adverse = win ? 30.0 : 100.0,
                                     .stopped = !win};
      auto& cell = cells[draws.below(plan.instruments)];
      (trade.net() > 0 ? cell.profit : cell.loss) += std::abs(trade.net());
      equity += trade.net();
      book.turnover += 5'000;
      book.trades.push_back(trade);
    }
    book.hourly_equity.push_back(equity);
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i].instrument = static_cast<std::uint32_t>(i + 1);
    book.cells.push_back(cells[i]);
  }
  return book;
}

inline evolution::Score judge(const std::string& name, const BookPlan& plan,
                              const evolution::Search& search = {}, double drift = statistics::nan) {
  auto book = make_book(plan);
  return evolution::score(name, book, book.cells, search, drift);
}

} // namespace finch::test
