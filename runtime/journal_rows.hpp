/// From what accounts say to rows of the journal.
#pragma once

#include "actors/desk/desk.hpp"
#include "actors/storage/journal/account_records.hpp"
#include "actors/storage/journal/session_records.hpp"
#include "actors/storage/journal/trading_records.hpp"

#include <string>
#include <vector>

namespace finch::runtime {

/// Everything `records` and `result` hold of one session, as rows. Built in memory, written in one
/// transaction.
struct JournalRows {
  std::vector<journal::Decision> decisions;
  std::vector<journal::DecisionVote> votes;
  std::vector<journal::Order> orders;
  std::vector<journal::Refusal> refusals;
  std::vector<journal::Fill> fills;
  std::vector<journal::BreakerEvent> breakers;
};

/// Instances by index are named as `momentum@5m`; an index past their end is no name.
[[nodiscard]] std::vector<std::string> instance_names(const desk::DeskConfig& config);
/// Appends the records of one account.
void add_records(JournalRows& rows, std::int64_t session, const std::vector<std::string>& instances,
                 const fb::AccountRecords& records);
/// The trades of a result from number `first` on, with the names of the features they were entered on.
[[nodiscard]] std::vector<journal::Trade> trade_rows(std::int64_t session, const desk::DeskConfig& config,
                                                     const fb::AccountResult& account, std::uint32_t first);
/// Wins and losses of the days from `first_day` on, by day and instrument of the exit.
[[nodiscard]] std::vector<journal::WinLoss>
win_loss_rows(std::int64_t session, const fb::AccountResult& account, std::int64_t first_day);
/// Figures of the days from `first_day` on: equity and return from the hourly curve, the rest from trades by
/// exit.
[[nodiscard]] std::vector<journal::DailyMetric>
daily_rows(std::int64_t session, const fb::AccountResult& account, std::int64_t first_day);
/// What turns stored integers into prices.
[[nodiscard]] journal::InstrumentFacts facts_of(const market::Instrument& instrument);

} // namespace finch::runtime
