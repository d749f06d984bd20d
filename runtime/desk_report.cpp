#include "runtime/desk_report.hpp"

#include "actors/market/money.hpp"
#include "actors/market/timeframe.hpp"
#include "actors/risk/reason.hpp"
#include "actors/statistics/returns.hpp"
#include "actors/statistics/sharpe.hpp"
#include "runtime/build_info.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace finch::runtime {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_charts = 12;

double quote(std::int64_t units) { return market::Money{units}.value(); }

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

/// Annual Sharpe ratio of the hourly equity; NaN below 30 trades or hours, as in research.
double sharpe_of(const fb::AccountResult& account) {
  if (!account.trades() || account.trades()->size() < statistics::min_observations)
    return reporting::unknown;
  std::vector<double> equity;
  if (account.equity())
    for (const auto* point : *account.equity())
      equity.push_back(quote(point->equity_units()));
  return statistics::annual_sharpe(statistics::returns_of(equity), statistics::periods_per_year(60));
}

/// What was refused, most frequent first. Risk's codes and the broker's share one range.
std::vector<reporting::RefusalLine> refusals_of(const fb::AccountResult& account) {
  std::vector<reporting::RefusalLine> lines;
  if (account.refused())
    for (const auto* refused : *account.refused()) {
      std::string reason{refused->reason() < risk::reason_count
                             ? risk::text(static_cast<risk::Reason>(refused->reason()))
                             : broker::to_string(static_cast<broker::Reason>(refused->reason()))};
      std::replace(reason.begin(), reason.end(), '_', ' ');
      lines.push_back({std::move(reason), static_cast<std::int64_t>(refused->count())});
    }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  return lines;
}

/// `12 trades`, `1 trade`.
std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", human_count(static_cast<std::int64_t>(count)), noun, count == 1 ? "" : "s");
}

/// Figures of one account. Votes reach the desk's consensus as well as the books, so the desk's count is
/// their sum.
Json account_document(const fb::AccountResult& account, double wall_seconds) {
  auto trades = account.trades() ? account.trades()->size() : 0;
  auto refused = Json::object();
  for (const auto& line : refusals_of(account))
    refused[line.reason] = line.count;
  return {{"name", account.name()->str()},
          {"digest", fmt::format("{:016x}{:016x}", account.digest_high(), account.digest_low())},
          {"ticks", account.ticks()},
          {"bars", account.bars()},
          {"rounds", account.rounds()},
          {"votes", account.votes()},
          {"decisions", account.decisions()},
          {"orders", account.orders()},
          {"refusals", account.refusals()},
          {"fills", account.fills()},
          {"trades", trades},
          {"fees_quote", quote(account.fees_units())},
          {"spread_quote", quote(account.spread_units())},
          {"slippage_quote", quote(account.slippage_units())},
          {"funding_quote", quote(account.funding_units())},
          {"equity_start", quote(account.equity_start_units())},
          {"equity_end", quote(account.equity_end_units())},
          {"max_drawdown", account.max_drawdown()},
          {"sharpe", number(sharpe_of(account))},
          {"refused", refused},
          {"wall_seconds", wall_seconds},
          {"ticks_per_second", wall_seconds > 0 ? static_cast<double>(account.ticks()) / wall_seconds : 0}};
}

std::uint64_t all_votes(const desk::DeskResult& result) {
  std::uint64_t votes = 0;
  for (const auto& book : result.books)
    votes += book->votes();
  return votes;
}

bool synthetic(const desk::DeskConfig& config) {
  return std::any_of(config.instruments.begin(), config.instruments.end(),
                     [](const market::Instrument& instrument) { return instrument.synthetic; });
}

reporting::Account account_of(const fb::AccountResult& result,
                              const std::vector<market::Instrument>& instruments) {
  auto account = reporting::read_account(result, instruments);
  account.sharpe = sharpe_of(result);
  account.refused = refusals_of(result);
  return account;
}

/// What a reader must know to judge this run.
std::vector<std::string> notes_of(const DeskRun& run) {
  std::vector<std::string> notes;
  if (run.result.desk->bars() > 0)
    notes.push_back(
        "Where only bars are stored, entries fill at the next bar's open, and a bar that reaches both "
        "stop and target counts as stopped.");
  auto ruined = std::count_if(run.result.books.begin(), run.result.books.end(),
                              [](const auto& book) { return book->equity_end_units() <= 0; });
  if (ruined > 0)
    notes.push_back(
        plural(static_cast<std::uint64_t>(ruined), "strategy account") +
        " lost all it had and stopped trading. A loss above 100 % is what closing the last positions "
        "cost beyond that.");
  if (const auto* trades = run.result.desk->trades(); trades && trades->size() > 0) {
    auto end = market::round_close(run.last);
    auto span = end - market::round_begin(run.config.trade_from);
    market::TimeNs last = 0;
    for (const auto* trade : *trades)
      last = std::max(last, trade->exit_time_ns());
    if (end - last > span / 4)
      notes.push_back(
          fmt::format("The desk last traded on {}. Votes that prove no better than chance weigh nothing, so "
                      "a consensus of them stays below its threshold; what it still decided was refused.",
                      market::format_day(market::day_of(last))));
  }
  if (auto hours = run.config.risk.acknowledge_after_hours; hours > 0)
    notes.push_back(
        fmt::format("After a second drawdown stop within seven days the desk waits for a person's word; "
                    "here that was taken as given after {} hours.",
                    hours));
  return notes;
}

void account_row(Table& table, const fb::AccountResult& account) {
  auto trades = account.trades() ? account.trades()->size() : 0;
  auto start = quote(account.equity_start_units()), end = quote(account.equity_end_units());
  table.row({account.name()->str(), human_count(static_cast<std::int64_t>(account.orders())),
             human_count(static_cast<std::int64_t>(account.fills())),
             human_count(static_cast<std::int64_t>(trades)), human_money(end - start),
             human_percent(start > 0 ? end / start - 1 : 0),
             fmt::format("{:.2f} %", 100 * account.max_drawdown()), human_money(quote(account.fees_units())),
             human_money(quote(account.funding_units()))});
}

/// Instruments that traded most, on the desk first.
std::vector<market::Instrument> worth_drawing(const DeskRun& run) {
  std::map<market::InstrumentId, std::size_t> counts;
  auto count = [&](const fb::AccountResult& account, std::size_t weight) {
    if (account.trades())
      for (const auto* trade : *account.trades())
        counts[trade->instrument()] += weight;
  };
  for (const auto& book : run.result.books)
    count(*book, 1);
  count(*run.result.desk, 1'000);
  auto instruments = run.config.instruments;
  std::stable_sort(instruments.begin(), instruments.end(),
                   [&](const auto& a, const auto& b) { return counts[a.id] > counts[b.id]; });
  std::erase_if(instruments, [&](const auto& instrument) { return counts[instrument.id] == 0; });
  if (instruments.size() > most_charts)
    instruments.resize(most_charts);
  return instruments;
}

/// Adds what is stored of one instrument: bars, and ticks as bars of a minute.
Status draw(reporting::PriceSeries& series, const storage::TickStore& store,
            const market::Instrument& instrument, market::TimeNs from, market::TimeNs to) {
  auto scale = market::pow10_double[instrument.price_decimals];
  for (const auto& span : store.spans()) {
    if (span.instrument != instrument.id || span.kind != storage::Kind::bars)
      continue;
    auto reader = store.bars(instrument.id, span.timeframe, from, to);
    market::BarColumns bars;
    for (;;) {
      auto more = reader.next(bars);
      if (!more)
        return tl::unexpected(more.error());
      if (!*more)
        break;
      for (std::size_t i = 0; i < bars.size(); ++i)
        series.add(bars.open_time_ns[i], static_cast<double>(bars.high[i]) / scale,
                   static_cast<double>(bars.low[i]) / scale, static_cast<double>(bars.close[i]) / scale);
    }
  }
  auto reader = store.ticks(instrument.id, from, to, {.quantity = false, .id = false});
  market::TickColumns ticks;
  for (;;) {
    auto more = reader.next(ticks);
    if (!more)
      return tl::unexpected(more.error());
    if (!*more)
      return {};
    for (std::size_t i = 0; i < ticks.size();) {
      auto minute = market::round_of(ticks.time_ns[i]);
      auto low = ticks.price[i], high = low, close = low;
      for (; i < ticks.size() && market::round_of(ticks.time_ns[i]) == minute; ++i) {
        close = ticks.price[i];
        low = std::min(low, close);
        high = std::max(high, close);
      }
      series.add(market::round_begin(minute), static_cast<double>(high) / scale,
                 static_cast<double>(low) / scale, static_cast<double>(close) / scale);
    }
  }
}

} // namespace

Result<std::vector<reporting::PriceSeries>> draw_prices(const storage::TickStore& store,
                                                        const std::vector<market::Instrument>& instruments,
                                                        market::TimeNs from, market::TimeNs to) {
  std::vector<reporting::PriceSeries> all;
  for (const auto& instrument : instruments) {
    reporting::PriceSeries series{market::format_name(instrument.name), instrument.price_decimals, from, to};
    if (auto drawn = draw(series, store, instrument, from, to); !drawn)
      return tl::unexpected(drawn.error());
    all.push_back(std::move(series));
  }
  return all;
}

Json desk_document(const DeskRun& run) {
  auto document = account_document(*run.result.desk, run.wall_seconds);
  document["digest"] = run.result.digest;
  document["votes"] = all_votes(run.result);
  document["from"] = market::format_time(market::round_begin(run.config.trade_from));
  document["to"] = market::format_time(market::round_close(run.last));
  document["instruments"] = run.config.instruments.size();
  document["currency"] = run.config.risk.currency;
  document["synthetic"] = synthetic(run.config);
  auto books = Json::array();
  for (const auto& book : run.result.books)
    books.push_back(account_document(*book, run.wall_seconds));
  document["books"] = std::move(books);
  return document;
}

void print_desk(const Console& console, const DeskRun& run) {
  const auto& desk = *run.result.desk;
  if (synthetic(run.config))
    console.line(console.paint("SYNTHETIC DATA: made by the simulated exchange", "33"));
  console.line(fmt::format(
      "{} .. {}, {}, {}, account in {}", market::format_time(market::round_begin(run.config.trade_from)),
      market::format_time(market::round_close(run.last)), plural(run.config.instruments.size(), "instrument"),
      plural(run.result.books.size(), "instance"), run.config.risk.currency));
  // Whichever the data mostly is says how fast it was read.
  auto ticks = desk.ticks() >= desk.bars();
  console.line(fmt::format(
      "{}, {}, {}, {}, {} in {} ({} {}/s)", plural(desk.ticks(), "tick"), plural(desk.bars(), "bar"),
      plural(desk.rounds(), "round"), plural(all_votes(run.result), "vote"),
      plural(desk.decisions(), "decision"), human_duration(run.wall_seconds),
      human_short(static_cast<double>(ticks ? desk.ticks() : desk.bars()) / std::max(run.wall_seconds, 1e-9)),
      ticks ? "ticks" : "bars"));
  console.line();
  Table table{"account", "orders", "fills", "trades", "net", "return", "max drawdown", "fees", "funding"};
  account_row(table, desk);
  for (const auto& book : run.result.books)
    account_row(table, *book);
  console.table(table);
  console.line();
  if (auto refused = refusals_of(desk); !refused.empty()) {
    std::string reasons;
    for (const auto& line : refused)
      reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", human_count(line.count), line.reason);
    console.line(fmt::format("the desk refused {}: {}", plural(desk.refusals(), "decision"), reasons));
  }
  console.line("digest " + run.result.digest);
}

Result<reporting::ReplayReport> desk_page(const DeskRun& run, const storage::TickStore& store,
                                          std::string command) {
  reporting::ReplayReport page;
  page.command = std::move(command);
  auto build = build_info();
  page.build = build.version + " " + build.build_id;
  page.digest = run.result.digest;
  page.from_ns = market::round_begin(run.config.trade_from);
  page.to_ns = market::round_close(run.last);
  page.currency = run.config.risk.currency;
  page.synthetic = synthetic(run.config);
  page.provisional_weights = std::none_of(run.config.instances.begin(), run.config.instances.end(),
                                          [](const auto& instance) { return instance.tier >= 2; });
  for (auto timeframe : run.config.timeframes)
    page.timeframes.push_back(market::format_timeframe(timeframe));
  page.title = run.config.instruments.size() == 1 ? market::format_name(run.config.instruments.front().name)
                                                  : fmt::format("{} instruments, account in {}",
                                                                run.config.instruments.size(), page.currency);
  page.desk = account_of(*run.result.desk, run.config.instruments);
  for (const auto& book : run.result.books)
    page.books.push_back(account_of(*book, run.config.instruments));
  page.notes = notes_of(run);
  page.desk.votes = static_cast<std::int64_t>(all_votes(run.result));
  auto prices = draw_prices(store, worth_drawing(run), page.from_ns, page.to_ns);
  if (!prices)
    return tl::unexpected(prices.error());
  page.prices = std::move(*prices);
  return page;
}

} // namespace finch::runtime
