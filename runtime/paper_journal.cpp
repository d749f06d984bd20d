#include "runtime/paper_journal.hpp"

#include "runtime/build_info.hpp"
#include "runtime/journal_rows.hpp"

#include <algorithm>

namespace finch::runtime {
namespace {

/// Writes each list of rows in place of those with the same keys; stops at the first error.
template <class... Rows>
Status put_all(journal::Journal& journal, const std::vector<Rows>&... rows) {
  Status status;
  auto put = [&](const auto& list) {
    if (status && !list.empty())
      status = journal.put(std::span{list});
  };
  (put(rows), ...);
  return status;
}

} // namespace

Result<market::Round> PaperJournal::begin(market::Round session, const std::string& kind,
                                          const std::string& snapshot, market::Round first_round,
                                          const std::vector<market::Instrument>& instruments) {
  auto known = journal_.select<journal::Session>(journal::Query{}.equal("id", session));
  if (!known)
    return tl::unexpected(known.error());
  session_ = known->empty() ? journal::Session{} : known->front();
  session_.id = session;
  session_.kind = kind;
  session_.build = build_info().build_id;
  session_.first_round = first_round;
  session_.snapshot = snapshot;
  std::vector<journal::InstrumentFacts> facts;
  std::vector<journal::UniverseChange> universe;
  for (const auto& instrument : instruments) {
    facts.push_back(facts_of(instrument));
    universe.push_back({session, first_round, instrument.id, true, "session start"});
  }
  auto put = journal_.transact([&] { return put_all(journal_, std::vector{session_}, facts, universe); });
  if (!put)
    return tl::unexpected(put.error());
  return session_.kept_round;
}

Status PaperJournal::write_now(const std::function<Status()>& put) {
  auto done = put();
  if (done || done.error().category != Category::unavailable || !journal_.reconnect())
    return done;
  return put();
}

Status PaperJournal::control(market::Round session, const desk::ControlEvent& event) {
  return write_now([&] {
    return journal_.put(journal::ControlEvent{session, event.round, event.sequence,
                                              fb::EnumNameControlKind(event.kind), event.subject,
                                              event.detail});
  });
}

Status PaperJournal::health(const journal::Health& change) {
  return write_now([&] { return journal_.put(change); });
}

Status PaperJournal::write(market::Round session, const desk::DeskConfig& config,
                           const fb::AccountResult& account) {
  auto name = account.name()->str();
  auto trades = account.trades()->size(), points = account.equity()->size();
  auto written = written_[name];
  // A rebuilt desk tells its story from the beginning.
  written = {std::min(written.trades, trades), std::min(written.points, points), written.day};
  std::vector<journal::EquityPoint> point_rows;
  for (auto i = written.points; i < points; ++i) {
    const auto* point = account.equity()->Get(i);
    point_rows.push_back({session, name, point->round(), point->equity_units(), point->cash_units()});
  }
  auto put = put_all(journal_, trade_rows(session, config, account, written.trades), point_rows,
                     win_loss_rows(session, account, written.day), daily_rows(session, account, written.day));
  // The last point is a mark between hours that the next call replaces, and its day is not over.
  auto day = points == 0 ? written.day
                         : market::day_of(market::round_begin(account.equity()->Get(points - 1)->round()));
  next_[name] = {trades, points == 0 ? 0 : points - 1, day};
  return put;
}

Status PaperJournal::write(market::Round session, const desk::DeskConfig& config,
                           const desk::DeskResult& result) {
  JournalRows rows;
  auto names = instance_names(config);
  for (const auto& records : waiting_) {
    for (const auto& book : records.books)
      add_records(rows, session, names, *book);
    add_records(rows, session, names, *records.desk);
  }
  if (auto put = put_all(journal_, rows.decisions, rows.votes, rows.orders, rows.refusals, rows.fills,
                         rows.breakers);
      !put)
    return put;
  for (const auto& book : result.books)
    if (auto put = write(session, config, *book); !put)
      return put;
  return write(session, config, *result.desk);
}

Status PaperJournal::keep(market::Round session, market::Round last, const desk::DeskConfig& config,
                          const desk::DeskResult& result, desk::DeskRecords records) {
  if (!waiting_.empty())
    if (auto connected = journal_.reconnect(); !connected && waiting_.size() >= most_behind)
      return connected;
  waiting_.push_back(std::move(records));
  auto now = session_;
  now.kept_round = std::max(now.kept_round, last);
  auto done = journal_.transact([&]() -> Status {
    if (auto put = journal_.put(now); !put)
      return put;
    return write(session, config, result);
  });
  if (!done)
    return done;
  session_ = now;
  written_ = std::exchange(next_, {});
  waiting_.clear();
  return {};
}

} // namespace finch::runtime
