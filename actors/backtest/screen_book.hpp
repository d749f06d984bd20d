/// The position pass of a screen: one instance's book over all instruments in lock step, row by row.
#pragma once

#include "actors/accounting/position.hpp"
#include "actors/backtest/history.hpp"
#include "actors/backtest/screen_rules.hpp"

#include <vector>

namespace finch::backtest {

/// What makes a screened book.
struct ScreenTerms {
  broker::AccountConfig account; ///< with the instance's name, index and timeframe
  double break_even_r = 0;
  std::int64_t max_hold_bars = 0, cooldown_bars = 0;
  broker::BookTerms sizing = {};
  market::Round trade_from = 0, last = -1;
};

/// Takes the bars of the instance's own timeframe for all that happened. An entry or exit decided at a row's
/// close fills at the next bar's open; stop before target inside a bar, also in the bar of the entry;
/// trailing stop and break-even move at the bar's close. Everything else (sizes, costs, funding, liquidation,
/// cooldown, maximum hold, ruin) is the exact book's. On an instrument of which only one-minute bars are
/// known an instance on one minute therefore trades as its exact book does, to the bit.
///
/// Equity is marked at full hours only, so a drawdown inside an hour is not seen.
class ScreenBook {
public:
  /// `listed`: the instruments in the spec's universe, a bit each.
  ScreenBook(ScreenTerms terms, const History& history, const std::vector<LaneWord>& listed);

  /// The rows that follow are of this window.
  void open_window(const HistoryWindow& window);
  /// The next `count` rows of the window, from row `first` of it on, and what the rules say of them.
  void take(RowRules& rules, std::size_t first, std::size_t count);
  /// Closes what is open at its mark. Nothing may be taken after it.
  void finish();
  [[nodiscard]] ResultFrame result() const;
  /// An error once money would have overflowed; from then on nothing is traded.
  [[nodiscard]] const Status& status() const noexcept { return status_; }

private:
  /// An order decided at the close of `round`.
  struct Pending {
    std::uint64_t id = 0;
    market::Round round = 0;
    int side = 0;
    std::int64_t quantity = 0;
    fb::ExitReason reason = fb::ExitReason::rule;
    double stop = 0, target = 0, trail = 0;
  };
  struct Lane {
    accounting::Position position;
    Pending order;
    std::uint64_t entry_id = 0;
    market::TimeNs entry_time_ns = 0;
    market::Round hold_until = INT64_MAX, last_exit_round = -1'000'000'000;
    market::Money cost{}, fees{}, spread{}, slippage{}, funding{}, planned_risk{};
  };
  struct Word {
    LaneWord lanes = 0, listed = 0, can_short = 0;
    LaneWord longs = 0, shorts = 0;     ///< open positions by side
    LaneWord entering = 0, leaving = 0; ///< orders on their way
    LaneWord moving = 0;                ///< positions whose stop can move

    [[nodiscard]] LaneWord open() const noexcept { return longs | shorts; }
  };
  /// One row's bars of one word's instruments.
  struct Bars {
    const double *open, *high, *low, *close;
    LaneWord traded;
    market::Round round;
  };

  [[nodiscard]] bool is_idle() const noexcept;
  void skip(std::size_t first, std::size_t end);
  void take_row(std::size_t row, RowRules& rules, std::size_t at);
  [[nodiscard]] Bars bars_of(std::size_t row, std::size_t word) const noexcept;
  void settle(market::Round round, std::size_t row);
  void fill_orders(std::size_t word, const Bars& bars);
  void enter(std::size_t word, std::size_t bit, const Bars& bars);
  void leave(std::size_t lane, const accounting::Trigger& trigger, market::TimeNs time,
             const broker::LiquidityFigures& liquidity);
  void check_exits(std::size_t word, const Bars& bars);
  void leave_in_bar(std::size_t word, std::size_t bit, const Bars& bars);
  void move_stops(std::size_t word, LaneWord lanes, const Bars& bars);
  void note_extremes(std::size_t word, const Bars& bars);
  void order_overdue_exits(market::Round round);
  void decide(std::size_t word, const Bars& bars, RowRules& rules, std::size_t at);
  void consider(std::size_t word, std::size_t bit, int side, const Bars& bars, RowRules& rules,
                std::size_t at);
  void order_exit(std::size_t word, std::size_t bit, market::Round round, std::uint32_t sequence,
                  fb::ExitReason reason);
  void mark_hours(market::Round before);
  void mark(market::Round round);
  [[nodiscard]] bool ruined();
  [[nodiscard]] market::Int128 equity_units();
  void set_limits(std::size_t lane);
  void fail_money();
  [[nodiscard]] std::int64_t units(std::size_t lane, double price) const noexcept;
  [[nodiscard]] const broker::LiquidityFigures& liquidity(market::Round round,
                                                          std::size_t lane) const noexcept;

  ScreenTerms terms_;
  const std::vector<market::Instrument>& instruments_;
  std::size_t lane_count_;
  History::Fields fields_;
  std::vector<double> scale_; ///< price units per quote, by lane
  std::vector<Word> words_;
  std::vector<Lane> lanes_;
  // By lane, padded: a bar fires an exit where its low reaches `low_at` or its high `high_at`.
  std::vector<double> low_at_, high_at_, highest_, lowest_, marks_;

  const HistoryWindow* window_ = nullptr;
  const HistoryWindow* before_ = nullptr;
  const HistoryBlock* block_ = nullptr;
  std::size_t settlement_ = 0;
  market::Round next_hold_ = INT64_MAX, next_hour_;
  std::vector<fb::Trade> trades_;
  std::vector<fb::EquityPoint> equity_;
  std::size_t row_trades_ = 0; ///< trades before this row
  std::int64_t cash_, peak_;
  std::int64_t fees_ = 0, spread_ = 0, slippage_ = 0, funding_ = 0;
  std::uint64_t rows_ = 0, decisions_ = 0, orders_ = 0, fills_ = 0;
  double max_drawdown_ = 0;
  Status status_;
};

} // namespace finch::backtest
