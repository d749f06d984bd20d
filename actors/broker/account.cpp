#include "actors/broker/account.hpp"

#include "actors/accounting/order_id.hpp"

#include <algorithm>

namespace finch::broker {

namespace {

constexpr std::uint32_t hold_sequence = accounting::first_own_sequence;

} // namespace

Account::Account(AccountConfig config, std::vector<market::Instrument> instruments)
    : config_{std::make_shared<const AccountConfig>(std::move(config))}, context_{config_->context,
                                                                                  instruments.size()},
      ledger_{config_->start_equity}, next_round_{config_->first_round}, equity_{config_->start_equity},
      peak_{equity_}, day_start_{equity_}, peak_today_{equity_} {
  std::sort(instruments.begin(), instruments.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  executions_.reserve(instruments.size());
  for (auto& instrument : instruments)
    executions_.emplace_back(std::move(instrument), config_);
  listings_.resize(executions_.size());
  closed_through_.resize(executions_.size(), std::numeric_limits<Round>::min());
  busy_.resize(executions_.size());
  if (config_->record_from != INT64_MAX)
    records_.emplace(config_->record_from);
}

void Account::play(std::size_t at, Round round) {
  auto& execution = executions_[at];
  execution.run(round);
  closed_through_[at] = execution.closed_through();
  busy_[at] = !execution.is_idle();
}

const Execution* Account::find(InstrumentId instrument) const noexcept {
  auto at = std::lower_bound(executions_.begin(), executions_.end(), instrument,
                             [](const Execution& one, InstrumentId id) { return one.instrument().id < id; });
  return at != executions_.end() && at->instrument().id == instrument ? &*at : nullptr;
}

Execution* Account::execution_of(InstrumentId instrument) noexcept {
  const auto* found = find(instrument);
  return found == nullptr ? nullptr : &executions_[static_cast<std::size_t>(found - executions_.data())];
}

void Account::set_listing(InstrumentId instrument, Round first, Round last) {
  if (const auto* execution = find(instrument))
    listings_[static_cast<std::size_t>(execution - executions_.data())] = {first, last};
}

Result<std::size_t> Account::consume(const Frame<fb::MarketBlock>& block) {
  auto* execution = execution_of(block->instrument());
  if (execution == nullptr)
    return 0U;
  if (auto pushed = execution->push(block); !pushed)
    return tl::unexpected(pushed.error());
  auto before = std::ssize(execution->events());
  // Until the last close is decided, its orders are unknown and ticks after it must wait.
  play(static_cast<std::size_t>(execution - executions_.data()), released_ ? next_round_ : next_round_ - 1);
  const auto& events = execution->events();
  return static_cast<std::size_t>(
      std::count_if(events.begin() + before, events.end(),
                    [](const Event& event) { return event.kind == Event::Kind::fill; }));
}

bool Account::ready(Round round) const noexcept {
  if (!released_ || round != next_round_)
    return false;
  for (std::size_t at = 0; at < executions_.size(); ++at)
    if (closed_through_[at] < round && round >= listings_[at].first && round <= listings_[at].last)
      return false;
  return true;
}

const RoundSummary& Account::close_round(Round round) {
  summary_.round = round;
  summary_.fills.clear();
  summary_.trades.clear();
  summary_.refusals.clear();
  post_events(round);
  mark_account(round);
  note_controls(round);
  ++rounds_;
  next_round_ = round + 1;
  released_ = false;
  order_overdue_exits(round);
  return summary_;
}

void Account::post_events(Round round) {
  postings_.clear();
  for (std::uint32_t at = 0; at < executions_.size(); ++at) {
    if (busy_[at] == 0)
      continue;
    for (std::uint32_t sequence = 0; sequence < executions_[at].events().size(); ++sequence) {
      const auto& event = executions_[at].events()[sequence];
      // Walked in (instrument, sequence) order, which is the order of the digest; posting sorts by time
      // below.
      record(round, event, executions_[at].instrument().id, sequence);
      postings_.push_back({at, sequence, event.time_ns});
    }
  }
  if (postings_.empty())
    return;
  std::stable_sort(postings_.begin(), postings_.end(),
                   [](const Posting& a, const Posting& b) { return a.time_ns < b.time_ns; });
  for (const auto& posting : postings_)
    post(executions_[posting.execution].events()[posting.sequence], executions_[posting.execution]);
  for (const auto& posting : postings_)
    executions_[posting.execution].clear_events();
}

void Account::record(Round round, const Event& event, InstrumentId instrument, std::uint32_t sequence) {
  const auto& fill = event.fill;
  switch (event.kind) {
  case Event::Kind::fill:
    digest_.add(RecordKind::fill, round, instrument, sequence, fill.order_id, fill.time_ns, fill.price,
                fill.quantity, static_cast<std::int8_t>(fill.side), static_cast<std::uint8_t>(fill.closes),
                static_cast<std::uint8_t>(fill.maker), static_cast<std::uint8_t>(fill.reason),
                fill.value.units, fill.fee.units, fill.spread.units, fill.slippage.units);
    break;
  case Event::Kind::funding:
    digest_.add(RecordKind::funding, round, instrument, sequence, event.time_ns, event.payment.units);
    break;
  case Event::Kind::refusal:
    digest_.add(RecordKind::refusal, round, instrument, sequence, event.order_id,
                static_cast<std::uint16_t>(event.reason));
    break;
  case Event::Kind::failure:
    break;
  }
}

void Account::check(Status status) {
  if (!status && status_)
    status_ = tl::unexpected(Error{status.error().category,
                                   "account " + config_->name + ": " + status.error().message,
                                   status.error().remedy});
}

void Account::post(const Event& event, const Execution& execution) {
  if (!status_)
    return;
  const auto& fill = event.fill;
  switch (event.kind) {
  case Event::Kind::fill:
    check(accounting::post_fill(ledger_, {Money{fill.side * fill.value.units}, event.cost_closed, fill.fee,
                                          fill.spread, fill.slippage, fill.closes}));
    ++fills_;
    summary_.fills.push_back(fill);
    if (records_)
      records_->fill(summary_.round, {fill.order_id, fill.instrument, fill.time_ns, fill.price, fill.quantity,
                                      static_cast<std::int8_t>(fill.side), fill.closes, fill.maker,
                                      fill.reason, fill.fee.units, fill.spread.units, fill.slippage.units});
    if (fill.closes) {
      auto trade = execution.trades()[event.trade];
      context_.complete(static_cast<std::size_t>(&execution - executions_.data()), trade);
      summary_.trades.push_back(trade);
      trades_.push_back(trade);
      realised_today_.units += trade.net_units();
      losses_in_a_row_ = trade.net_units() < 0   ? losses_in_a_row_ + 1
                         : trade.net_units() > 0 ? 0
                                                 : losses_in_a_row_;
    }
    break;
  case Event::Kind::funding:
    check(accounting::post_funding(ledger_, event.payment));
    break;
  case Event::Kind::refusal:
    summary_.refusals.push_back({summary_.round, execution.instrument().id, event.order_id, event.reason});
    if (records_)
      records_->refusal(summary_.round, execution.instrument().id, event.order_id,
                        static_cast<std::uint16_t>(event.reason));
    ++refusals_;
    ++refused_[static_cast<std::uint16_t>(event.reason)];
    break;
  case Event::Kind::failure:
    check(fail(Category::failed,
               "a fill or funding payment of " + market::format_name(execution.instrument().name) +
                   " does not fit 64 bits",
               "trade smaller quantities"));
    break;
  }
}

void Account::mark_account(Round round) {
  market::Int128 equity = ledger_.balance(accounting::Entry::cash).units;
  for (std::size_t at = 0; at < executions_.size(); ++at)
    if (const auto& execution = executions_[at]; busy_[at] != 0 && execution.position().is_open()) {
      auto value =
          market::notional(execution.mark(), execution.instrument().price_decimals,
                           execution.position().signed_quantity(), execution.instrument().quantity_decimals);
      if (!value)
        check(fail(Category::failed, "the value of a position does not fit 64 bits",
                   "trade smaller quantities"));
      equity += value.value_or(Money{}).units;
    }
  auto marked = market::narrow(equity);
  if (!marked)
    check(fail(Category::failed, "the account's equity does not fit 64 bits", "start with less equity"));
  equity_ = marked.value_or(equity_);
  peak_ = std::max(peak_, equity_);
  peak_today_ = std::max(peak_today_, equity_);
  auto drawdown = equity_.units <= 0
                      ? 1.0
                      : static_cast<double>(peak_.units - equity_.units) / static_cast<double>(peak_.units);
  max_drawdown_ = std::max(max_drawdown_, drawdown);
  // The close at midnight is the first moment of the new day.
  if ((round + 1) % market::rounds_per_day == 0) {
    day_start_ = peak_today_ = equity_;
    realised_today_ = {};
  }
  summary_.cash = ledger_.balance(accounting::Entry::cash);
  summary_.equity = equity_;
  if ((round + 1) % 60 == 0 && round + 60 >= config_->trade_from) {
    // The end of a run marks the last round a second time.
    if (!equity_points_.empty() && equity_points_.back().round() == round)
      equity_points_.pop_back();
    equity_points_.emplace_back(round, equity_.units, ledger_.balance(accounting::Entry::cash).units);
  }
  if (round >= config_->trade_from)
    digest_.add(RecordKind::equity, round, summary_.cash.units, equity_.units);
}

void Account::submit_exit(Execution& execution, Round round, std::uint32_t sequence, fb::ExitReason reason) {
  auto id = accounting::order_id(round, execution.instrument().id, sequence);
  auto decided = market::round_close(round);
  const auto& position = execution.position();
  digest_.add(RecordKind::order, round, execution.instrument().id, id,
              static_cast<std::int8_t>(-position.side()), static_cast<std::uint8_t>(reason),
              position.quantity());
  ++orders_;
  if (records_)
    records_->order({id, round, execution.instrument().id, static_cast<std::int8_t>(-position.side()), 1,
                     position.quantity(), fb::Bracket{}},
                    reason == fb::ExitReason::max_hold ? fb::OrderKind::max_hold : fb::OrderKind::flatten);
  execution.submit({.id = id,
                    .decided_ns = decided,
                    .arrival_ns = decided + config_->latency.sample_ns(config_->seed, id),
                    .expiry_ns = INT64_MAX,
                    .quantity = position.quantity(),
                    .side = -position.side(),
                    .closes = true,
                    .reason = reason,
                    .bracket = {}});
}

void Account::order_overdue_exits(Round round) {
  for (std::size_t at = 0; at < executions_.size(); ++at)
    if (auto& execution = executions_[at];
        busy_[at] != 0 && execution.hold_is_over(round) && !execution.exit_pending())
      submit_exit(execution, round, hold_sequence, fb::ExitReason::max_hold);
}

void Account::note_controls(Round round) {
  const auto& controls = config_->controls;
  for (; next_control_ < controls.size() && controls[next_control_].round <= round; ++next_control_)
    if (const auto& note = controls[next_control_]; note.round == round)
      digest_.add(RecordKind::control, round, note.kind, note.subject_hash, note.detail_hash);
}

void Account::finish() {
  auto round = next_round_ - 1;
  summary_ = {};
  summary_.round = round;
  for (std::size_t at = 0; at < executions_.size(); ++at) {
    executions_[at].finish(market::round_close(round));
    busy_[at] = !executions_[at].is_idle();
  }
  post_events(round);
  mark_account(round);
}

} // namespace finch::broker
