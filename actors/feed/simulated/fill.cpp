#include "actors/feed/simulated/fill.hpp"

#include <fmt/format.h>

#include <charconv>
#include <sstream>

namespace finch::feed {
namespace {

constexpr const char* cursor_name = "simulated-history";

std::string describe(const FillConfig& config) {
  return fmt::format("1 {} {} {} {} {} {} {}", config.exchange.seed, config.exchange.symbols,
                     config.exchange.start, config.exchange.ticks_per_second,
                     config.exchange.quote_interval_ns, config.days, config.tick_days);
}

/// Everything one instrument did on one day.
struct DayRows {
  market::TickColumns ticks;
  market::QuoteColumns quotes;
  market::BarColumns bars;
  market::FundingColumns funding;
};

class Filler {
public:
  Filler(storage::TickStore& store, const FillConfig& config, SimulatedExchange exchange)
      : store_{store}, config_{config}, exchange_{std::move(exchange)} {
    for (std::size_t slot = 0; slot < exchange_.instruments().size(); ++slot)
      tapes_.push_back(exchange_.tape(slot));
  }

  Status register_instruments() {
    for (const auto& instrument : exchange_.instruments()) {
      auto stored = store_.ensure_instrument(instrument);
      if (!stored)
        return tl::unexpected(stored.error());
      ids_.push_back(stored->id);
    }
    return {};
  }

  /// Plans and stores one day, as ticks or as bars.
  Status day(bool as_ticks, FillReport& report) {
    std::vector<DayRows> rows;
    for (const auto& instrument : exchange_.instruments())
      rows.push_back({tick_columns(instrument), quote_columns(instrument), bar_columns(instrument), {}});
    for (market::Round minute = 0; minute < market::rounds_per_day; ++minute) {
      const auto& plans = exchange_.advance();
      for (std::size_t slot = 0; slot < plans.size(); ++slot) {
        if (as_ticks)
          tapes_[slot].draw(plans[slot], rows[slot].ticks, rows[slot].quotes);
        else
          append_bar(plans[slot], rows[slot].bars);
        append_funding(plans[slot], rows[slot].funding);
      }
    }
    return store(rows, report);
  }

private:
  Status store(const std::vector<DayRows>& rows, FillReport& report) {
    auto session = store_.begin_import({.replace = true});
    if (!session)
      return tl::unexpected(session.error());
    for (std::size_t slot = 0; slot < rows.size(); ++slot) {
      const auto& [ticks, quotes, bars, funding] = rows[slot];
      auto keep = [&](const auto& columns, std::uint64_t& count, auto&&... kind) -> Status {
        count += columns.size();
        return columns.size() == 0 ? Status{} : session->add(ids_[slot], kind..., columns);
      };
      for (const auto& kept : {keep(ticks, report.ticks, storage::Kind::trades), keep(quotes, report.quotes),
                               keep(bars, report.bars), keep(funding, report.funding)})
        if (!kept)
          return kept;
    }
    auto stored = session->finish();
    return stored ? Status{} : Status{tl::unexpected(stored.error())};
  }

  storage::TickStore& store_;
  const FillConfig& config_;
  SimulatedExchange exchange_;
  std::vector<Tape> tapes_;
  std::vector<market::InstrumentId> ids_;
};

} // namespace

Result<std::optional<FillConfig>> filled_history(const storage::TickStore& store) {
  auto text = store.cursor(cursor_name);
  if (!text)
    return tl::unexpected(text.error());
  if (!*text)
    return std::optional<FillConfig>{};
  std::istringstream words{**text};
  FillConfig config;
  int version = 0;
  words >> version >> config.exchange.seed >> config.exchange.symbols >> config.exchange.start >>
      config.exchange.ticks_per_second >> config.exchange.quote_interval_ns >> config.days >>
      config.tick_days;
  if (!words || version != 1)
    return fail(Category::failed,
                fmt::format("the store's note on its simulated history is unreadable: '{}'", **text),
                "fill a new data directory");
  return std::optional{config};
}

Result<FillReport> fill_history(storage::TickStore& store, const FillConfig& config,
                                const std::function<bool(double)>& progress) {
  FillReport report{.next = market::round_of(config.exchange.start) + config.days * market::rounds_per_day};
  auto before = filled_history(store);
  if (!before)
    return tl::unexpected(before.error());
  if (*before) {
    if (describe(**before) == describe(config))
      return report;
    return fail(Category::usage,
                fmt::format("the store already holds another simulated history ({})", describe(**before)),
                "choose another data directory with --data, or the same settings");
  }
  auto exchange = SimulatedExchange::make(config.exchange);
  if (!exchange)
    return tl::unexpected(exchange.error());
  Filler filler{store, config, std::move(*exchange)};
  if (auto known = filler.register_instruments(); !known)
    return tl::unexpected(known.error());
  for (std::int32_t day = 0; day < config.days; ++day) {
    if (progress && !progress(static_cast<double>(day) / config.days))
      return fail(Category::interrupted, "filling the store was interrupted",
                  "run it again to complete the history");
    if (auto stored = filler.day(day >= config.days - config.tick_days, report); !stored)
      return tl::unexpected(stored.error());
  }
  // Written last, so that an interrupted fill is started over; days already there are replaced by themselves.
  store.put_cursor(cursor_name, describe(config));
  if (auto synced = store.commit(); !synced)
    return tl::unexpected(synced.error());
  report.filled = true;
  return report;
}

} // namespace finch::feed
