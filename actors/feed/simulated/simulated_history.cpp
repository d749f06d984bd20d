#include "actors/feed/simulated/simulated_history.hpp"

#include <fmt/format.h>

namespace finch::feed {
namespace {

/// Rows of one instrument that are not in the session yet.
struct Gathered {
  market::InstrumentId id = 0;
  Tape tape;
  market::TickColumns ticks;
  market::QuoteColumns quotes;
  market::BarColumns bars;
  market::FundingColumns funding;
};

/// Moves what was gathered into the session.
Status hand_over(storage::ImportSession& session, Gathered& own) {
  Status status;
  auto add = [&](auto& rows, auto... kind) {
    if (!status || storage::times_of(rows).empty())
      return;
    status = session.add(own.id, kind..., rows);
    storage::clear_rows(rows);
  };
  add(own.bars);
  add(own.ticks, storage::Kind::trades);
  add(own.quotes);
  add(own.funding);
  return status;
}

} // namespace

Result<storage::ImportReport> write_history(storage::TickStore& store, const SimulatedConfig& config,
                                            HistoryRange range, const HistoryProgress& progress) {
  auto exchange = SimulatedExchange::make(config);
  if (!exchange)
    return tl::unexpected(exchange.error());
  auto session = store.begin_import();
  if (!session)
    return tl::unexpected(session.error());
  std::vector<Gathered> gathered;
  for (std::size_t slot = 0; slot < exchange->instruments().size(); ++slot) {
    const auto& listed = exchange->instruments()[slot];
    auto id = session->instrument(listed);
    if (!id)
      return tl::unexpected(id.error());
    gathered.push_back(
        {*id, exchange->tape(slot), tick_columns(listed), quote_columns(listed), bar_columns(listed), {}});
  }
  while (exchange->next_round() < range.end) {
    auto round = exchange->next_round();
    for (const auto& plan : exchange->advance()) {
      auto& own = gathered[plan.slot];
      append_funding(plan, own.funding);
      if (round < range.ticks_from)
        append_bar(plan, own.bars);
      else
        own.tape.draw(plan, own.ticks, own.quotes);
    }
    // By the hour with ticks and by the day without: few calls, little memory.
    if (auto due = round < range.ticks_from ? market::rounds_per_day : 60;
        (round + 1) % due == 0 || round + 1 == range.end || round + 1 == range.ticks_from)
      for (auto& own : gathered)
        if (auto handed = hand_over(*session, own); !handed)
          return tl::unexpected(handed.error());
    if (progress && (round + 1) % 60 == 0 && !progress(round))
      return fail(Category::interrupted,
                  fmt::format("stopped at {}: nothing of the simulated history was kept",
                              market::format_time(market::round_begin(round))));
  }
  return session->finish();
}

} // namespace finch::feed
