#include "runtime/paper_journal.hpp"

#include "runtime/build_info.hpp"

#include <algorithm>

namespace finch::runtime {
namespace {

journal::Trade trade_row(std::int64_t session, const std::string& account, const fb::Trade& trade) {
  journal::Trade row;
  row.session = session;
  row.account = account;
  row.id = static_cast<std::int64_t>(trade.id());
  row.instrument = trade.instrument();
  row.side = trade.side();
  row.exit_reason = fb::EnumNameExitReason(trade.exit_reason());
  row.entry_time_ns = trade.entry_time_ns();
  row.exit_time_ns = trade.exit_time_ns();
  row.entry_price = trade.entry_price();
  row.exit_price = trade.exit_price();
  row.quantity = trade.quantity();
  row.stop_price = trade.stop_price();
  row.gross_units = trade.gross_units();
  row.fees_units = trade.fees_units();
  row.spread_units = trade.spread_units();
  row.slippage_units = trade.slippage_units();
  row.funding_units = trade.funding_units();
  row.net_units = trade.net_units();
  row.mfe = trade.mfe();
  row.mae = trade.mae();
  row.planned_risk_units = trade.planned_risk_units();
  return row;
}

} // namespace

Status PaperJournal::keep(std::int64_t session, const fb::AccountResult& account) {
  auto name = account.name()->str();
  auto& written = written_[name];
  auto trades = account.trades() ? account.trades()->size() : 0;
  auto points = account.equity() ? account.equity()->size() : 0;
  // A rebuilt desk tells its story from the beginning.
  written = {std::min(written.trades, trades), std::min(written.points, points)};
  std::vector<journal::Trade> trade_rows;
  for (auto i = written.trades; i < trades; ++i)
    trade_rows.push_back(trade_row(session, name, *account.trades()->Get(i)));
  std::vector<journal::EquityPoint> point_rows;
  for (auto i = written.points; i < points; ++i) {
    const auto* point = account.equity()->Get(i);
    point_rows.push_back({session, name, point->round(), point->equity_units(), point->cash_units()});
  }
  if (auto put = journal_.put(std::span<const journal::Trade>{trade_rows}); !put)
    return put;
  if (auto put = journal_.put(std::span<const journal::EquityPoint>{point_rows}); !put)
    return put;
  written = {trades, points};
  return {};
}

Status PaperJournal::control(market::Round session, market::Round round, const std::string& kind,
                             const std::string& subject, const std::string& detail) {
  control_sequence_ = round == control_round_ ? control_sequence_ : 0;
  control_round_ = round;
  return journal_.put(journal::ControlEvent{session, round, control_sequence_++, kind, subject, detail});
}

Status PaperJournal::keep(const desk::DeskConfig& config, const desk::DeskResult& result) {
  return journal_.transact([&]() -> Status {
    journal::Session session;
    session.id = config.trade_from;
    session.kind = "live";
    session.build = build_info().build_id;
    session.first_round = config.trade_from;
    session.snapshot = "session.json";
    if (auto put = journal_.put(session); !put)
      return put;
    for (const auto& book : result.books)
      if (auto kept = keep(config.trade_from, *book); !kept)
        return kept;
    return keep(config.trade_from, *result.desk);
  });
}

} // namespace finch::runtime
