#include "runtime/journal_rows.hpp"

#include "actors/broker/types.hpp"
#include "actors/market/decimal.hpp"
#include "actors/risk/reason.hpp"
#include "actors/strategies/entry_features.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <map>

namespace finch::runtime {
namespace {

std::string reason_text(std::uint16_t code) {
  return code >= 100 ? std::string{broker::to_string(static_cast<broker::Reason>(code))}
                     : std::string{risk::text(static_cast<risk::Reason>(code))};
}

std::string name_at(const std::vector<std::string>& instances, std::uint32_t index) {
  return index < instances.size() ? instances[index] : std::string{};
}

std::string regime_text(fb::Regime regime) {
  return regime == fb::Regime::unknown ? std::string{} : fb::EnumNameRegime(regime);
}

/// The features of trade `index` as a JSON object; values that were not warm are null.
std::string features_text(const fb::AccountResult& account, std::uint32_t index,
                          const std::vector<strategies::EntryFeature>& features) {
  const auto* ends = account.entry_feature_ends();
  const auto* values = account.entry_features();
  if (ends == nullptr || values == nullptr || index >= ends->size())
    return "{}";
  auto json = nlohmann::ordered_json::object();
  auto first = index == 0 ? 0U : ends->Get(index - 1);
  for (std::uint32_t i = 0; first + i < ends->Get(index) && i < features.size(); ++i) {
    auto value = values->Get(first + i);
    json[features[i].name] = std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json{};
  }
  return json.dump();
}

std::int64_t exit_day(const fb::Trade& trade) { return market::day_of(trade.exit_time_ns()); }

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
  row.regime_entry = regime_text(trade.regime_entry());
  row.regime_exit = regime_text(trade.regime_exit());
  return row;
}

journal::Fill fill_row(std::int64_t session, const std::string& account, const fb::FillRecord& fill) {
  journal::Fill row;
  row.session = session;
  row.account = account;
  row.order_id = static_cast<std::int64_t>(fill.order_id());
  // A resting exit fills under its entry's order.
  row.sequence = fill.closes() ? 1 : 0;
  row.time_ns = fill.time_ns();
  row.instrument = fill.instrument();
  row.side = fill.side();
  row.price = fill.price();
  row.quantity = fill.quantity();
  row.fee_units = fill.fee_units();
  row.spread_units = fill.spread_units();
  row.slippage_units = fill.slippage_units();
  row.kind = fill.closes() ? fb::EnumNameExitReason(fill.reason()) : "entry";
  return row;
}

journal::Order order_row(std::int64_t session, const std::string& account, const fb::OrderRecord& order) {
  const auto& fields = order.fields();
  journal::Order row;
  row.session = session;
  row.account = account;
  row.id = static_cast<std::int64_t>(fields.id());
  row.round = fields.round();
  row.instrument = fields.instrument();
  row.side = fields.side();
  row.kind = fb::EnumNameOrderKind(order.kind());
  row.quantity = fields.quantity();
  // No distance is 0 in a bracket and nothing in SQL.
  auto distance = [](double value) { return value > 0 ? value : std::nan(""); };
  row.stop_distance = distance(fields.bracket().stop_distance());
  row.target_distance = distance(fields.bracket().target_distance());
  row.trail_distance = distance(fields.bracket().trail_distance());
  row.max_hold_rounds = fields.bracket().max_hold_rounds();
  return row;
}

/// What became of decisions, by round and instrument.
using Outcomes = std::map<std::pair<std::int64_t, std::uint32_t>, std::pair<std::int64_t, std::string>>;

Outcomes outcomes_of(const fb::AccountRecords& records) {
  Outcomes outcomes;
  // The first refusal of a decided round is risk's; what the broker refuses later must not hide it.
  for (const auto* refusal : *records.refusals())
    outcomes.try_emplace({refusal->round(), refusal->instrument()}, 0, reason_text(refusal->reason()));
  for (const auto* order : *records.orders())
    if (order->kind() != fb::OrderKind::max_hold && order->kind() != fb::OrderKind::flatten)
      outcomes[{order->fields().round(), order->fields().instrument()}] = {
          static_cast<std::int64_t>(order->fields().id()), "order"};
  return outcomes;
}

journal::Decision decision_row(std::int64_t session, const std::vector<std::string>& instances,
                               const fb::Decision& decision, const Outcomes& outcomes) {
  journal::Decision row;
  row.session = session;
  row.round = decision.round();
  row.instrument = decision.instrument();
  row.side = decision.side();
  row.s = decision.s();
  row.threshold = decision.threshold();
  row.confidence_pct = decision.confidence_pct();
  row.reference_price = decision.reference_price();
  row.leader = decision.side() == 0 ? std::string{} : name_at(instances, decision.bracket().instance());
  row.outcome = "hold";
  if (auto found = outcomes.find({decision.round(), decision.instrument()}); found != outcomes.end())
    std::tie(row.order_id, row.outcome) = found->second;
  return row;
}

} // namespace

std::vector<std::string> instance_names(const desk::DeskConfig& config) {
  std::vector<std::string> names;
  for (const auto& instance : config.instances)
    names.push_back(instance.instance.id());
  return names;
}

void add_records(JournalRows& rows, std::int64_t session, const std::vector<std::string>& instances,
                 const fb::AccountRecords& records) {
  auto account = records.name()->str();
  for (const auto* order : *records.orders())
    rows.orders.push_back(order_row(session, account, *order));
  for (const auto* refusal : *records.refusals())
    rows.refusals.push_back({session, account, refusal->round(), refusal->sequence(), refusal->instrument(),
                             static_cast<std::int64_t>(refusal->order_id()), refusal->reason(),
                             reason_text(refusal->reason())});
  for (const auto* fill : *records.fills())
    rows.fills.push_back(fill_row(session, account, *fill));
  auto outcomes = records.decisions()->size() > 0 ? outcomes_of(records) : Outcomes{};
  for (const auto* decision : *records.decisions())
    // An exit wish for what nobody holds is no decision.
    if (auto row = decision_row(session, instances, *decision, outcomes);
        row.side != 0 || row.outcome != "hold")
      rows.decisions.push_back(std::move(row));
  for (const auto* voice : *records.voices())
    rows.votes.push_back({session, voice->round(), voice->instrument(), name_at(instances, voice->instance()),
                          voice->side(), voice->p(), voice->weight(), voice->reliability()});
  for (const auto* change : *records.breakers())
    rows.breakers.push_back(
        {session, change->round(), fb::EnumNameBreaker(change->breaker()), change->tripped(), {}});
}

std::vector<journal::Trade> trade_rows(std::int64_t session, const desk::DeskConfig& config,
                                       const fb::AccountResult& account, std::uint32_t first) {
  auto instances = instance_names(config);
  std::vector<std::vector<strategies::EntryFeature>> features;
  for (const auto& instance : config.instances)
    features.push_back(strategies::entry_features(instance.instance.spec));
  std::vector<journal::Trade> rows;
  for (auto i = first; i < account.trades()->size(); ++i) {
    const auto& trade = *account.trades()->Get(i);
    auto& row = rows.emplace_back(trade_row(session, account.name()->str(), trade));
    row.strategy = name_at(instances, trade.instance());
    row.features_entry =
        trade.instance() < features.size() ? features_text(account, i, features[trade.instance()]) : "{}";
  }
  return rows;
}

std::vector<journal::WinLoss> win_loss_rows(std::int64_t session, const fb::AccountResult& account,
                                            std::int64_t first_day) {
  std::map<std::pair<std::int64_t, std::uint32_t>, journal::WinLoss> cells;
  for (const auto* trade : *account.trades()) {
    if (exit_day(*trade) < first_day)
      continue;
    auto& cell = cells[{exit_day(*trade), trade->instrument()}];
    auto net = trade->net_units();
    cell.wins += net > 0 ? 1 : 0;
    cell.losses += net < 0 ? 1 : 0;
    cell.won_units += std::max<std::int64_t>(net, 0);
    cell.lost_units -= std::min<std::int64_t>(net, 0);
  }
  std::vector<journal::WinLoss> rows;
  for (auto& [key, cell] : cells) {
    cell.session = session;
    cell.account = account.name()->str();
    cell.day = key.first;
    cell.instrument = key.second;
    rows.push_back(cell);
  }
  return rows;
}

std::vector<journal::DailyMetric> daily_rows(std::int64_t session, const fb::AccountResult& account,
                                             std::int64_t first_day) {
  struct Day {
    std::int64_t trades = 0, wins = 0, net = 0, costs = 0, funding = 0, opened = 0, closed = 0;
    bool marked = false;
  };
  std::map<std::int64_t, Day> days;
  auto before = account.equity_start_units();
  for (const auto* point : *account.equity()) {
    // A point is named by the round it closes with, which at midnight still belongs to the day that ends.
    auto& day = days[market::day_of(market::round_begin(point->round()))];
    day.opened = day.marked ? day.opened : before;
    day.marked = true;
    day.closed = before = point->equity_units();
  }
  for (const auto* trade : *account.trades()) {
    auto& day = days[exit_day(*trade)];
    ++day.trades;
    day.wins += trade->net_units() > 0 ? 1 : 0;
    day.net += trade->net_units();
    day.costs += trade->fees_units() + trade->spread_units() + trade->slippage_units();
    day.funding += trade->funding_units();
  }
  std::vector<journal::DailyMetric> rows;
  for (auto at = days.lower_bound(first_day); at != days.end(); ++at) {
    const auto& [day, sums] = *at;
    auto add = [&](const char* metric, double amount) {
      rows.push_back({session, day, account.name()->str(), metric, amount});
    };
    auto quote = [](std::int64_t units) { return static_cast<double>(units) / 1e8; };
    add("trades", static_cast<double>(sums.trades));
    add("net_quote", quote(sums.net));
    add("costs_quote", quote(sums.costs));
    add("funding_quote", quote(sums.funding));
    if (sums.trades > 0)
      add("win_rate", static_cast<double>(sums.wins) / static_cast<double>(sums.trades));
    if (sums.marked) {
      add("equity_quote", quote(sums.closed));
      add("return", quote(sums.closed) / quote(sums.opened) - 1);
    }
  }
  return rows;
}

journal::InstrumentFacts facts_of(const market::Instrument& instrument) {
  journal::InstrumentFacts facts;
  facts.id = instrument.id;
  facts.name = market::format_name(instrument.name);
  facts.price_decimals = instrument.price_decimals;
  facts.quantity_decimals = instrument.quantity_decimals;
  facts.synthetic = instrument.synthetic;
  facts.price_scale = market::pow10_double[instrument.price_decimals];
  facts.quantity_scale = market::pow10_double[instrument.quantity_decimals];
  return facts;
}

} // namespace finch::runtime
