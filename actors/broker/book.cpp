#include "actors/broker/book.hpp"

#include "actors/accounting/order_id.hpp"

namespace finch::broker {

Book::Book(BookConfig config, std::vector<market::Instrument> instruments)
    : config_{std::move(config)}, account_{config_.account, std::move(instruments)},
      votes_through_{config_.account.first_round - 1} {}

Status Book::votes(const Frame<fb::VoteBlock>& block) {
  auto rows = block->rounds() == nullptr ? 0U : block->rounds()->size();
  auto columns = block->instruments() == nullptr ? 0U : block->instruments()->size();
  auto cells = block->votes() == nullptr ? 0U : block->votes()->size();
  if (static_cast<std::uint64_t>(rows) * columns != cells)
    return fail(Category::bad_input, "a vote block of " + config_.account.name + " has " +
                                         std::to_string(cells) + " votes for " + std::to_string(rows) +
                                         " rows of " + std::to_string(columns));
  if (block->first_round() > votes_through_ + 1 || block->last_round() <= votes_through_)
    return fail(Category::bad_input, "votes of " + config_.account.name + " for rounds " +
                                         std::to_string(block->first_round()) + " to " +
                                         std::to_string(block->last_round()) + " do not follow round " +
                                         std::to_string(votes_through_));
  votes_through_ = block->last_round();
  votes_.push_back(block);
  return {};
}

Round Book::advance() {
  while (advance_one())
    ;
  return account_.next_round() - 1;
}

bool Book::advance_one() {
  auto round = account_.next_round();
  if (round > votes_through_ || !account_.ready(round))
    return false;
  account_.close_round(round);
  orders_.clear();
  act(round);
  account_.submit(round, orders_);
  return true;
}

void Book::act(Round round) {
  while (!votes_.empty()) {
    const auto& block = *votes_.front();
    auto rows = block.rounds() == nullptr ? 0U : block.rounds()->size();
    for (; row_ < rows && block.rounds()->Get(row_) <= round; ++row_) {
      if (block.rounds()->Get(row_) != round || round < config_.trade_from)
        continue;
      auto columns = block.instruments()->size();
      account_.note_votes(columns);
      for (std::uint32_t column = 0; column < columns; ++column)
        act(round, block.instruments()->Get(column), *block.votes()->Get(row_ * columns + column));
    }
    if (block.last_round() > round)
      return;
    votes_.pop_front();
    row_ = 0;
  }
}

void Book::act(Round round, InstrumentId instrument, const fb::Vote& vote) {
  if (vote.side() == 0 && vote.exit_long() == 0 && vote.exit_short() == 0)
    return;
  const auto* execution = account_.find(instrument);
  if (execution == nullptr)
    return;
  const auto& position = execution->position();
  if (position.is_open()) {
    if (execution->exit_pending())
      return;
    bool rule = position.side() > 0 ? vote.exit_long() != 0 : vote.exit_short() != 0;
    if (rule || vote.side() == -position.side())
      order(round, *execution, -position.side(), rule ? 1 : 2, position.quantity(), {});
    return;
  }
  // A row that would close the very position it asks for asks for nothing.
  bool contradicts = vote.side() > 0 ? vote.exit_long() != 0 : vote.exit_short() != 0;
  if (vote.side() != 0 && !contradicts && !execution->has_orders())
    enter(round, *execution, vote);
}

void Book::enter(Round round, const Execution& execution, const fb::Vote& vote) {
  const auto& instrument = execution.instrument();
  const auto& rules = config_.rules;
  auto minutes = config_.account.minutes;
  if (round - execution.last_exit_round() < static_cast<Round>(rules.cooldown_bars) * minutes)
    return;
  account_.note_decisions(1);
  auto refuse = [&](Reason reason) { account_.refuse(instrument.id, static_cast<std::uint16_t>(reason)); };
  if (vote.side() < 0 && !instrument.can_short())
    return refuse(Reason::no_short);
  // A trailing stop without a fixed one limits the loss just as well.
  auto stop = vote.stop_distance() > 0 ? vote.stop_distance() : vote.trail_distance();
  if (!(stop > 0))
    return refuse(Reason::no_stop);
  if (execution.mark() <= 0)
    return refuse(Reason::no_price);
  if (account_.equity().units <= 0)
    return refuse(Reason::no_equity);

  const auto& liquidity = execution.liquidity();
  auto size = size_entry(config_.account, config_.terms, instrument, execution.mark(), stop,
                         {liquidity.day_volume(), liquidity.day_sigma(), liquidity.spread_bps()});
  if (size.quantity == 0)
    return refuse(size.binding == accounting::Limit::min_notional ? Reason::below_min_notional
                                                                  : Reason::zero_quantity);
  auto distance = [](double value) { return value > 0 ? value : 0.0; };
  order(round, execution, vote.side(), 0, size.quantity,
        {distance(vote.stop_distance()), distance(vote.target_distance()), distance(vote.trail_distance()),
         rules.break_even_r, rules.max_hold_bars * minutes,
         static_cast<std::uint32_t>(std::max(0, config_.account.instance))});
}

void Book::order(Round round, const Execution& execution, int side, int reduce, std::int64_t quantity,
                 const fb::Bracket& bracket) {
  auto instrument = execution.instrument().id;
  orders_.emplace_back(accounting::order_id(round, instrument, 0), round, instrument,
                       static_cast<std::int8_t>(side), static_cast<std::uint8_t>(reduce), quantity, bracket);
}

} // namespace finch::broker
