#include "bench/scalar_screen.hpp"

#include "actors/accounting/order_id.hpp"
#include "actors/market/decimal.hpp"

#include <algorithm>
#include <cmath>

namespace finch::bench {
namespace {

using backtest::History;
using backtest::ScreenJob;
using market::Round;

/// One bar of one instrument with the vote cast at its close.
struct Bar {
  Round round = 0;
  std::int64_t open = 0, high = 0, low = 0, close = 0;
  bool traded = false;
  fb::Vote vote;
  broker::LiquidityFigures before, after;
};

struct Paid {
  Round round = 0;
  double rate = 0;
};

/// One instrument under one strategy.
class Loop {
public:
  Loop(const ScreenJob& job, const accounting::HoldingRules& rules, market::Timeframe timeframe,
       const market::Instrument& instrument)
      : job_{job}, rules_{rules}, instrument_{instrument}, minutes_{timeframe.minutes} {}

  std::vector<fb::Trade> run(const std::vector<Bar>& bars, const std::vector<Paid>& settlements) {
    for (const auto& bar : bars) {
      for (; paid_ < settlements.size() && settlements[paid_].round <= bar.round; ++paid_)
        pay(settlements[paid_], bar);
      if (bar.traded)
        play(bar);
      else if (entering_)
        entering_ = false;
      if (bar.close > 0)
        mark_ = bar.close;
      decide(bar);
      last_round_ = bar.round;
    }
    if (position_.is_open())
      leave({fb::ExitReason::end, mark_, false}, market::round_close(job_.last), bars.back().after);
    return std::move(trades_);
  }

private:
  struct Order {
    std::uint64_t id = 0;
    Round round = 0;
    int side = 0;
    std::int64_t quantity = 0;
    fb::ExitReason reason = fb::ExitReason::rule;
    fb::Vote vote;
    broker::LiquidityFigures figures;
  };

  market::TimeNs fill_time(const Bar& bar) const {
    auto arrival =
        market::round_close(order_.round) + job_.account.latency.sample_ns(job_.account.seed, order_.id);
    return std::max(market::round_begin(bar.round - minutes_ + 1), arrival);
  }

  void pay(const Paid& settlement, const Bar& bar) {
    if (!position_.is_open())
      return;
    auto value = market::notional(bar.traded ? bar.open : mark_, instrument_.price_decimals,
                                  position_.signed_quantity(), instrument_.quantity_decimals);
    funding_ += accounting::funding_payment(*value, settlement.rate)->units;
  }

  void play(const Bar& bar) {
    if (leaving_)
      leave({order_.reason, bar.open, false}, fill_time(bar), bar.before);
    if (entering_ && order_.round + 1 == bar.round - minutes_ + 1)
      enter(bar);
    entering_ = false;
    if (position_.is_open())
      if (auto trigger = position_.on_bar(bar.open, bar.high, bar.low))
        leave(*trigger, market::round_close(bar.round), bar.before);
  }

  void enter(const Bar& bar) {
    const auto& account = job_.account;
    auto lot = std::max<std::int64_t>(1, instrument_.lot_size);
    auto most =
        std::floor(std::min(9e18, order_.figures.day_volume * account.costs.impact.max_participation));
    if (!(most > 0))
      return;
    auto quantity = std::min(order_.quantity, static_cast<std::int64_t>(most)) / lot * lot;
    auto value =
        market::notional(bar.open, instrument_.price_decimals, quantity, instrument_.quantity_decimals);
    if (quantity <= 0 || !value)
      return;
    accounting::MarginTerms margin{account.leverage, account.maintenance,
                                   static_cast<double>(instrument_.taker_fee_e8) / 1e8};
    auto hold = static_cast<std::int32_t>(rules_.max_hold_bars * minutes_);
    fb::Bracket bracket{order_.vote.stop_distance(),
                        order_.vote.target_distance(),
                        order_.vote.trail_distance(),
                        rules_.break_even_r,
                        hold,
                        0};
    accounting::Position opened{instrument_, order_.side, quantity,
                                bar.open,    bracket,     instrument_.can_short() ? &margin : nullptr};
    if (!opened.stop_inside_liquidation())
      return;
    position_ = opened;
    costs_ = accounting::fill_costs(account.costs, instrument_, *value, false, order_.figures.spread_bps,
                                    order_.figures.day_sigma, static_cast<double>(quantity),
                                    order_.figures.day_volume);
    funding_ = 0;
    cost_ = order_.side * value->units;
    entry_id_ = order_.id;
    entry_time_ = fill_time(bar);
    hold_until_ = hold > 0 ? market::round_of(entry_time_) + hold - 1 : INT64_MAX;
    risk_ = market::notional(std::abs(bar.open - opened.initial_stop()), instrument_.price_decimals, quantity,
                             instrument_.quantity_decimals)
                ->units;
  }

  void leave(const accounting::Trigger& trigger, market::TimeNs time,
             const broker::LiquidityFigures& figures) {
    time = std::max(time, entry_time_);
    auto quantity = position_.quantity();
    auto value =
        *market::notional(trigger.price, instrument_.price_decimals, quantity, instrument_.quantity_decimals);
    auto costs = trigger.reason == fb::ExitReason::liquidation
                     ? accounting::FillCosts{}
                     : accounting::fill_costs(job_.account.costs, instrument_, value, trigger.maker,
                                              figures.spread_bps, figures.day_sigma,
                                              static_cast<double>(quantity), figures.day_volume);
    auto side = position_.side();
    auto fees = costs_.fee.units + costs.fee.units, spread = costs_.spread.units + costs.spread.units,
         slippage = costs_.slippage.units + costs.slippage.units;
    position_.note_exit(trigger.price);
    auto gross = side * value.units - cost_;
    trades_.emplace_back(
        entry_id_, instrument_.id, static_cast<std::int8_t>(side), trigger.reason, entry_time_, time,
        position_.entry_price(), trigger.price, quantity, position_.initial_stop(), gross, fees, spread,
        slippage, funding_, gross - fees - spread - slippage - funding_,
        static_cast<double>(position_.favourable()), static_cast<double>(position_.adverse()), risk_, 0,
        fb::Regime::unknown, fb::Regime::unknown);
    position_ = {};
    leaving_ = false;
    last_exit_ = market::round_of(time);
  }

  void order_exit(const Bar& bar, std::uint32_t sequence, fb::ExitReason reason) {
    order_ = {};
    order_.id = accounting::order_id(bar.round, instrument_.id, sequence);
    order_.round = bar.round;
    order_.reason = reason;
    leaving_ = true;
  }

  void decide(const Bar& bar) {
    const auto& vote = bar.vote;
    if (position_.is_open()) {
      if (!leaving_ && bar.round >= hold_until_)
        order_exit(bar, accounting::first_own_sequence, fb::ExitReason::max_hold);
      auto rule = position_.side() > 0 ? vote.exit_long() != 0 : vote.exit_short() != 0;
      if (!leaving_ && (rule || vote.side() == -position_.side()))
        order_exit(bar, 0, rule ? fb::ExitReason::rule : fb::ExitReason::opposite);
      return;
    }
    auto contradicts = vote.side() > 0 ? vote.exit_long() != 0 : vote.exit_short() != 0;
    if (vote.side() == 0 || contradicts || (vote.side() < 0 && !instrument_.can_short()) || bar.close <= 0 ||
        bar.round - last_exit_ < rules_.cooldown_bars * minutes_)
      return;
    auto stop = vote.stop_distance() > 0 ? vote.stop_distance() : vote.trail_distance();
    auto size = broker::size_entry(job_.account, job_.sizing, instrument_, bar.close, stop, bar.after);
    auto value =
        market::notional(bar.close, instrument_.price_decimals, size.quantity, instrument_.quantity_decimals);
    if (size.quantity <= 0 || !value || value->units < instrument_.min_notional_e8)
      return;
    order_ = {.id = accounting::order_id(bar.round, instrument_.id, 0),
              .round = bar.round,
              .side = vote.side(),
              .quantity = size.quantity,
              .vote = vote,
              .figures = bar.after};
    entering_ = true;
  }

  const ScreenJob& job_;
  const accounting::HoldingRules& rules_;
  const market::Instrument& instrument_;
  std::int32_t minutes_;
  accounting::Position position_;
  accounting::FillCosts costs_;
  Order order_;
  bool entering_ = false, leaving_ = false;
  std::int64_t mark_ = 0, cost_ = 0, funding_ = 0, risk_ = 0;
  std::uint64_t entry_id_ = 0;
  market::TimeNs entry_time_ = 0;
  Round hold_until_ = INT64_MAX, last_exit_ = -1'000'000'000, last_round_ = 0;
  std::size_t paid_ = 0;
  std::vector<fb::Trade> trades_;
};

/// Votes of one instance over the whole history, as bars of each instrument.
Result<std::vector<std::vector<Bar>>> bars_of(const ScreenJob& job, const strategies::Instance& instance,
                                              const History& history) {
  auto evaluator = strategies::Evaluator::make(instance.spec, instance.timeframe, history.layout());
  if (!evaluator)
    return tl::unexpected(evaluator.error());
  auto lanes = history.instruments().size();
  std::vector<std::vector<Bar>> bars(lanes);
  std::vector<fb::Vote> votes;
  const backtest::HistoryWindow* before = nullptr;
  for (const auto& window : history.windows()) {
    std::vector<strategies::Evaluator::Columns> others;
    for (const auto& block : window.blocks)
      if (block.timeframe != instance.timeframe)
        others.push_back({block.timeframe, block.rounds, block.values});
    const auto& own = window.block(instance.timeframe);
    votes.resize(own.rounds.size() * lanes);
    evaluator->vote_columns({instance.timeframe, own.rounds, own.values}, others, votes);
    auto figures = [&](Round round, std::size_t lane) -> broker::LiquidityFigures {
      const auto* from = round >= window.first ? &window : before;
      return from == nullptr || round < from->first
                 ? broker::LiquidityFigures{}
                 : from->liquidity[static_cast<std::size_t>(round - from->first) * lanes + lane];
    };
    auto column = [&](std::size_t field) { return own.column(field, lanes); };
    const auto& fields = history.fields();
    for (std::size_t row = 0; row < own.rounds.size(); ++row)
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        auto round = own.rounds[row];
        if (round < job.trade_from || round > job.last)
          continue;
        auto scale = market::pow10_double[history.instruments()[lane].price_decimals];
        auto at = row * lanes + lane;
        auto units = [&](std::size_t field) {
          auto price = column(field)[at];
          return price == price ? std::llround(price * scale) : std::int64_t{0};
        };
        auto word = own.traded[row * history.words() + lane / 64];
        bars[lane].push_back({round, units(fields.open), units(fields.high), units(fields.low),
                              units(fields.close), (word >> lane % 64 & 1U) != 0, votes[at],
                              figures(round - instance.timeframe.minutes, lane), figures(round, lane)});
      }
    before = &window;
  }
  return bars;
}

} // namespace

Result<std::vector<std::vector<fb::Trade>>> scalar_screen(const ScreenJob& job, const History& history) {
  std::vector<std::vector<Paid>> settlements(history.instruments().size());
  for (const auto& window : history.windows())
    for (const auto& settlement : window.settlements)
      if (settlement.round >= job.trade_from)
        settlements[settlement.lane].push_back({settlement.round, settlement.rate});
  std::vector<std::vector<fb::Trade>> out;
  for (const auto& instance : job.instances) {
    auto rules = strategies::holding_rules(instance.spec);
    auto bars = bars_of(job, instance, history);
    if (!bars)
      return tl::unexpected(bars.error());
    auto& trades = out.emplace_back();
    for (std::size_t lane = 0; lane < bars->size(); ++lane) {
      if ((*bars)[lane].empty())
        continue;
      auto more = Loop{job, rules, instance.timeframe, history.instruments()[lane]}.run((*bars)[lane],
                                                                                        settlements[lane]);
      for (auto& trade : more)
        trade.mutate_instance(static_cast<std::uint32_t>(out.size() - 1));
      trades.insert(trades.end(), more.begin(), more.end());
    }
  }
  return out;
}

} // namespace finch::bench
