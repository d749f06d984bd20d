#include "actors/backtest/screen_book.hpp"

#include "actors/accounting/order_id.hpp"
#include "actors/backtest/lane_bits.hpp"
#include "actors/market/decimal.hpp"

#include <algorithm>
#include <cmath>

namespace finch::backtest {

using market::Round;

namespace {

constexpr double never_low = -std::numeric_limits<double>::infinity();
constexpr double never_high = std::numeric_limits<double>::infinity();

} // namespace

ScreenBook::ScreenBook(ScreenTerms terms, const History& history, const std::vector<LaneWord>& listed)
    : terms_{std::move(terms)}, instruments_{history.instruments()},
      lane_count_{instruments_.size()}, fields_{history.fields()}, words_(history.words()),
      lanes_(instruments_.size()), cash_{terms_.account.start_equity.units}, peak_{cash_} {
  auto padded = words_.size() * lanes_per_word;
  low_at_.assign(padded, never_low);
  high_at_.assign(padded, never_high);
  highest_.assign(padded, 0);
  lowest_.assign(padded, 0);
  marks_.assign(padded, 0);
  for (std::size_t lane = 0; lane < lane_count_; ++lane) {
    auto& word = words_[lane / lanes_per_word];
    auto bit = bit_of(lane % lanes_per_word);
    word.lanes |= bit;
    word.listed = listed[lane / lanes_per_word];
    word.can_short |= instruments_[lane].can_short() ? bit : 0;
    scale_.push_back(market::pow10_double[instruments_[lane].price_decimals]);
  }
  // The exact account's curve begins with the hour before it trades.
  auto first = std::max(terms_.trade_from - 60, terms_.account.first_round);
  next_hour_ = market::floor_div(first + 60, 60) * 60 - 1;
}

void ScreenBook::fail_money() {
  if (status_)
    status_ = fail(Category::failed,
                   "account " + terms_.account.name + ": a position or the equity does not fit 64 bits",
                   "trade smaller quantities");
}

std::int64_t ScreenBook::units(std::size_t lane, double price) const noexcept {
  // As llround, without the call: what is cut off is exact.
  auto exact = price * scale_[lane], whole = std::trunc(exact);
  return static_cast<std::int64_t>(whole) + (exact - whole >= 0.5 ? 1 : 0) - (whole - exact >= 0.5 ? 1 : 0);
}

const broker::LiquidityFigures& ScreenBook::liquidity(Round round, std::size_t lane) const noexcept {
  static const broker::LiquidityFigures none{0, 0, std::numeric_limits<double>::quiet_NaN()};
  const auto* window = round >= window_->first ? window_ : before_;
  return window == nullptr || round < window->first
             ? none
             : window->liquidity[static_cast<std::size_t>(round - window->first) * lane_count_ + lane];
}

void ScreenBook::open_window(const HistoryWindow& window) {
  before_ = window_;
  window_ = &window;
  block_ = &window.block({terms_.account.minutes});
  settlement_ = 0;
}

ScreenBook::Bars ScreenBook::bars_of(std::size_t row, std::size_t word) const noexcept {
  auto first = row * lane_count_ + word * lanes_per_word;
  auto column = [&](std::size_t field) { return block_->column(field, lane_count_) + first; };
  return {column(fields_.open),
          column(fields_.high),
          column(fields_.low),
          column(fields_.close),
          block_->traded[row * words_.size() + word],
          block_->rounds[row]};
}

void ScreenBook::take(RowRules& rules, std::size_t first, std::size_t count) {
  const auto* rounds = block_->rounds.data() + first;
  auto from = static_cast<std::size_t>(std::lower_bound(rounds, rounds + count, terms_.trade_from) - rounds);
  auto to = static_cast<std::size_t>(std::upper_bound(rounds, rounds + count, terms_.last) - rounds);
  if (from >= to)
    return;
  auto words = words_.size();
  const auto* wants = rules.wants();
  for (auto row = from; row < to && status_; ++row) {
    if (is_idle()) {
      auto next = std::find_if(wants + row * words, wants + to * words, [](auto bits) { return bits != 0; });
      auto eventful = static_cast<std::size_t>(next - wants) / words;
      skip(first + row, first + eventful);
      row = eventful;
      if (row == to)
        break;
    }
    take_row(first + row, rules, row);
  }
}

bool ScreenBook::is_idle() const noexcept {
  LaneWord busy = 0;
  for (const auto& word : words_)
    busy |= word.open() | word.entering;
  return busy == 0;
}

/// Rows in which nothing is held, nothing on its way and nothing wanted: only time passes.
void ScreenBook::skip(std::size_t first, std::size_t end) {
  if (first == end)
    return;
  auto last = block_->rounds[end - 1];
  mark_hours(last + 1);
  const auto& due = window_->settlements;
  while (settlement_ < due.size() && due[settlement_].round <= last)
    ++settlement_;
  rows_ += end - first;
}

void ScreenBook::take_row(std::size_t row, RowRules& rules, std::size_t at) {
  auto round = block_->rounds[row];
  mark_hours(round);
  row_trades_ = trades_.size();
  settle(round, row);
  for (std::size_t word = 0; word < words_.size(); ++word) {
    if ((words_[word].open() | words_[word].entering) == 0)
      continue;
    auto bars = bars_of(row, word);
    if ((words_[word].entering | words_[word].leaving) != 0)
      fill_orders(word, bars);
    if (words_[word].open() != 0) {
      check_exits(word, bars);
      note_extremes(word, bars);
    }
  }
  if (trades_.size() > row_trades_ + 1)
    std::stable_sort(trades_.begin() + static_cast<std::ptrdiff_t>(row_trades_), trades_.end(),
                     [](const auto& a, const auto& b) { return a.exit_time_ns() < b.exit_time_ns(); });
  if (round == next_hour_)
    mark(round);
  if (round >= next_hold_)
    order_overdue_exits(round);
  rows_ += 1;
  for (std::size_t word = 0; word < words_.size(); ++word)
    decide(word, bars_of(row, word), rules, at);
}

void ScreenBook::order_overdue_exits(Round round) {
  next_hold_ = INT64_MAX;
  for (std::size_t word = 0; word < words_.size(); ++word)
    for_each_bit(words_[word].open() & ~words_[word].leaving, [&](std::size_t bit) {
      auto hold_until = lanes_[word * lanes_per_word + bit].hold_until;
      if (round >= hold_until)
        order_exit(word, bit, round, accounting::first_own_sequence, fb::ExitReason::max_hold);
      else
        next_hold_ = std::min(next_hold_, hold_until);
    });
}

void ScreenBook::order_exit(std::size_t word, std::size_t bit, Round round, std::uint32_t sequence,
                            fb::ExitReason reason) {
  auto lane = word * lanes_per_word + bit;
  auto& order = lanes_[lane].order;
  order.id = accounting::order_id(round, instruments_[lane].id, sequence);
  order.round = round;
  order.reason = reason;
  words_[word].leaving |= bit_of(bit);
  ++orders_;
}

void ScreenBook::decide(std::size_t word, const Bars& bars, RowRules& rules, std::size_t at) {
  auto& w = words_[word];
  auto place = at * words_.size() + word;
  auto wants = rules.wants()[place] & w.listed;
  if ((wants | w.open()) == 0)
    return;
  auto longs = rules.longs()[place] & wants, shorts = wants & ~longs;
  // An exit rule is looked at only where somebody holds that side or wants to.
  auto leaves = [&](int side, LaneWord concerned) {
    concerned &= w.listed;
    return concerned != 0 ? rules.leaves(side, at, word, concerned) : LaneWord{0};
  };
  auto out_long = leaves(1, w.longs | longs), out_short = leaves(-1, w.shorts | shorts);

  auto flat = w.lanes & ~w.open();
  auto by_rule = ((w.longs & out_long) | (w.shorts & out_short)) & ~w.leaving;
  auto opposite = ((w.longs & shorts) | (w.shorts & longs)) & ~w.leaving & ~by_rule;
  for_each_bit(by_rule, [&](std::size_t bit) { order_exit(word, bit, bars.round, 0, fb::ExitReason::rule); });
  for_each_bit(opposite, [&](std::size_t bit) {
    if (rules.entry(at, word * lanes_per_word + bit).usable)
      order_exit(word, bit, bars.round, 0, fb::ExitReason::opposite);
  });
  // A row that would close the very position it asks for asks for nothing.
  auto candidates = wants & flat & ~((longs & out_long) | (shorts & out_short)) & (longs | w.can_short);
  for_each_bit(candidates, [&](std::size_t bit) {
    consider(word, bit, (longs & bit_of(bit)) != 0 ? 1 : -1, bars, rules, at);
  });
}

void ScreenBook::consider(std::size_t word, std::size_t bit, int side, const Bars& bars, RowRules& rules,
                          std::size_t at) {
  auto lane = word * lanes_per_word + bit;
  auto& state = lanes_[lane];
  const auto& instrument = instruments_[lane];
  if (bars.round - state.last_exit_round < terms_.cooldown_bars * terms_.account.minutes)
    return;
  auto entry = rules.entry(at, lane);
  if (!entry.usable)
    return;
  ++decisions_;
  auto mark = units(lane, bars.close[bit]);
  if (!(bars.close[bit] > 0) || mark <= 0 || ruined())
    return;
  auto size = broker::size_entry(terms_.account, terms_.sizing, instrument, mark,
                                 entry.stop > 0 ? entry.stop : entry.trail, liquidity(bars.round, lane));
  auto lot = std::max<std::int64_t>(1, instrument.lot_size);
  auto quantity = size.quantity / lot * lot;
  auto value = market::notional(mark, instrument.price_decimals, quantity, instrument.quantity_decimals);
  if (quantity <= 0 || !value || value->units < instrument.min_notional_e8)
    return;
  state.order = {.id = accounting::order_id(bars.round, instrument.id, 0),
                 .round = bars.round,
                 .side = side,
                 .quantity = quantity,
                 .stop = entry.stop,
                 .target = entry.target,
                 .trail = entry.trail};
  words_[word].entering |= bit_of(bit);
  ++orders_;
}

bool ScreenBook::ruined() {
  // Doubles decide wherever the answer is not close.
  auto estimate = static_cast<double>(cash_) / 1e8;
  for (std::size_t word = 0; word < words_.size(); ++word)
    for_each_bit(words_[word].open(), [&](std::size_t bit) {
      auto lane = word * lanes_per_word + bit;
      estimate += static_cast<double>(lanes_[lane].position.signed_quantity()) * marks_[lane] /
                  market::pow10_double[instruments_[lane].quantity_decimals];
    });
  if (estimate > 0.001 * terms_.account.start_equity.value())
    return false;
  return equity_units() <= 0;
}

market::Int128 ScreenBook::equity_units() {
  market::Int128 equity = cash_;
  for (std::size_t word = 0; word < words_.size(); ++word)
    for_each_bit(words_[word].open(), [&](std::size_t bit) {
      auto lane = word * lanes_per_word + bit;
      auto value =
          market::notional(units(lane, marks_[lane]), instruments_[lane].price_decimals,
                           lanes_[lane].position.signed_quantity(), instruments_[lane].quantity_decimals);
      if (!value)
        fail_money();
      equity += value.value_or(market::Money{}).units;
    });
  return equity;
}

void ScreenBook::mark_hours(Round before) {
  while (next_hour_ < before)
    mark(next_hour_);
}

void ScreenBook::mark(Round round) {
  auto equity = market::narrow(equity_units());
  if (!equity)
    return fail_money();
  peak_ = std::max(peak_, equity->units);
  auto fall =
      equity->units <= 0 ? 1.0 : static_cast<double>(peak_ - equity->units) / static_cast<double>(peak_);
  max_drawdown_ = std::max(max_drawdown_, fall);
  equity_.emplace_back(round, equity->units, cash_);
  next_hour_ = round + 60;
}

void ScreenBook::finish() {
  mark_hours(terms_.last + 1);
  for (std::size_t word = 0; word < words_.size(); ++word)
    for_each_bit(words_[word].open(), [&](std::size_t bit) {
      auto lane = word * lanes_per_word + bit;
      leave(lane, {fb::ExitReason::end, units(lane, marks_[lane]), false}, market::round_close(terms_.last),
            liquidity(terms_.last, lane));
    });
  if (!equity_.empty() && equity_.back().round() == terms_.last)
    equity_.pop_back();
  next_hour_ = terms_.last;
  mark(terms_.last);
}

ResultFrame ScreenBook::result() const {
  flatbuffers::FlatBufferBuilder builder{1'024 + trades_.size() * sizeof(fb::Trade)};
  auto name = builder.CreateString(terms_.account.name);
  auto trades = builder.CreateVectorOfStructs(trades_);
  auto equity = builder.CreateVectorOfStructs(equity_);
  fb::AccountResultBuilder table{builder};
  table.add_instance(terms_.account.instance);
  table.add_name(name);
  table.add_rounds(static_cast<std::uint64_t>(terms_.last - terms_.trade_from + 1));
  table.add_votes(rows_ * lane_count_);
  table.add_decisions(decisions_);
  table.add_orders(orders_);
  table.add_fills(fills_);
  table.add_fees_units(fees_);
  table.add_spread_units(spread_);
  table.add_slippage_units(slippage_);
  table.add_funding_units(funding_);
  table.add_equity_start_units(terms_.account.start_equity.units);
  table.add_equity_end_units(cash_);
  table.add_max_drawdown(max_drawdown_);
  table.add_trades(trades);
  table.add_equity(equity);
  auto root = table.Finish();
  return Frame<fb::AccountResult>::own(builder, root);
}

} // namespace finch::backtest
