#include "actors/storage/import_session.hpp"

#include "actors/market/decimal.hpp"
#include "actors/storage/import_decision.hpp"
#include "actors/storage/live_writer.hpp"
#include "actors/storage/tick_store.hpp"

#include <fmt/format.h>

namespace finch::storage {

using market::InstrumentId;

struct ImportSession::Impl {
  Impl(std::shared_ptr<StoreState> shared, ImportOptions wanted)
      : state{std::move(shared)}, options{wanted}, stager{state}, days{state, stager} {}
  ~Impl() {
    std::unique_lock lock{state->mutex};
    for (const auto& [id, instrument] : planned)
      state->reserved.erase(id);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::shared_ptr<StoreState> state;
  ImportOptions options;
  Stager stager;
  std::uint64_t source = 0;
  ImportDecision::Instruments planned;
  GatheredDays days;
  ImportReport report;

  template <AnyColumns C>
  Status add(Kind kind, const Series& series, const C& rows);
  void plan_decimals();
  Status plan_instruments(Batch& batch) const;
  void note_span(ImportReport& out) const;
};

template <AnyColumns C>
Status ImportSession::Impl::add(Kind kind, const Series& series, const C& rows) {
  if (!well_formed(rows))
    return fail(Category::failed, fmt::format("columns of {} have different lengths", name_of(kind)));
  if (!planned.contains(series.instrument)) {
    std::shared_lock lock{state->mutex};
    auto known = state->instrument(series.instrument);
    if (!known)
      return tl::unexpected(known.error());
    planned.emplace(series.instrument, *known);
  }
  report.rows += rows.size();
  return days.add(kind, series, rows);
}

void ImportSession::Impl::plan_decimals() {
  for (auto& [id, instrument] : planned) {
    auto [price, quantity] = stager.needs(id);
    raise_decimals(instrument, price, quantity);
  }
}

/// Puts new and changed instruments into the batch; the caller holds the store's mutex.
Status ImportSession::Impl::plan_instruments(Batch& batch) const {
  for (const auto& [id, instrument] : planned) {
    auto twin = std::any_of(state->instruments.begin(), state->instruments.end(), [&](const auto& known) {
      return known.second.name == instrument.name && known.first != id;
    });
    if (twin)
      return fail(
          Category::unavailable,
          fmt::format("{} was created by another import meanwhile", market::format_name(instrument.name)),
          "import again");
    auto stored = state->instruments.find(id);
    if (stored == state->instruments.end() || stored->second != instrument)
      batch.put(Table::instruments, instrument_key(id), to_bytes(instrument));
  }
  return {};
}

void ImportSession::Impl::note_span(ImportReport& out) const {
  static_cast<void>(days.each([&](const DayKey&, const auto& day) -> Status {
    out.first_ns = out.first_ns == 0 ? day.first_ns : std::min(out.first_ns, day.first_ns);
    out.last_ns = out.last_ns == 0 ? day.last_ns : std::max(out.last_ns, day.last_ns);
    return {};
  }));
}

ImportSession::ImportSession(std::shared_ptr<StoreState> state, ImportOptions options)
    : impl_{std::make_unique<Impl>(std::move(state), options)} {}
ImportSession::ImportSession(ImportSession&&) noexcept = default;
ImportSession& ImportSession::operator=(ImportSession&&) noexcept = default;
ImportSession::~ImportSession() = default;

void ImportSession::abort() noexcept { impl_.reset(); }
void ImportSession::set_source(std::uint64_t hash) noexcept {
  if (impl_)
    impl_->source = hash;
}

Result<InstrumentId> ImportSession::instrument(const market::Instrument& wanted) {
  if (!impl_)
    return fail(Category::failed, "the import is over");
  auto& planned = impl_->planned;
  auto by_name = [&](const auto& entry) { return entry.second.name == wanted.name; };
  auto found = std::find_if(planned.begin(), planned.end(), by_name);
  if (found == planned.end()) {
    std::unique_lock lock{impl_->state->mutex};
    auto& known = impl_->state->instruments;
    auto stored = std::find_if(known.begin(), known.end(), by_name);
    auto facts = stored == known.end() ? wanted : stored->second;
    if (stored == known.end()) {
      facts.id = impl_->state->next_instrument();
      impl_->state->reserved.insert(facts.id);
    }
    found = planned.emplace(facts.id, facts).first;
  }
  raise_decimals(found->second, wanted.price_decimals, wanted.quantity_decimals);
  return found->first;
}

Status ImportSession::add(InstrumentId instrument, Kind kind, const market::TickColumns& rows) {
  if (!impl_ || family_of(kind) != Family::ticks)
    return fail(Category::failed, impl_ ? "ticks are trades or aggTrades" : "the import is over");
  return impl_->add(kind, {instrument, Family::ticks, 0}, rows);
}
Status ImportSession::add(InstrumentId instrument, const market::QuoteColumns& rows) {
  return impl_ ? impl_->add(Kind::quotes, {instrument, Family::quotes, 0}, rows)
               : fail(Category::failed, "the import is over");
}
Status ImportSession::add(InstrumentId instrument, const market::BarColumns& rows) {
  return impl_ ? impl_->add(Kind::bars,
                            {instrument, Family::bars, static_cast<std::uint16_t>(rows.timeframe.minutes)},
                            rows)
               : fail(Category::failed, "the import is over");
}
Status ImportSession::add(InstrumentId instrument, const market::FundingColumns& rows) {
  return impl_ ? impl_->add(Kind::funding, {instrument, Family::funding, 0}, rows)
               : fail(Category::failed, "the import is over");
}

Result<ImportReport> ImportSession::finish() {
  if (!impl_)
    return fail(Category::failed, "the import is over");
  auto impl = std::move(impl_); // whatever happens, the session is over and its runs are let go
  if (auto flushed = impl->days.flush(); !flushed)
    return tl::unexpected(flushed.error());
  if (auto flushed = impl->stager.flush(); !flushed)
    return tl::unexpected(flushed.error());
  impl->plan_decimals();
  for (int attempt = 0; attempt < 5; ++attempt) {
    ImportDecision decision{impl->state,   impl->stager, impl->options,
                            impl->planned, impl->source, impl->report};
    auto decided =
        impl->days.each([&](const DayKey& key, const auto& day) { return decision.decide(key, day); });
    if (!decided)
      return tl::unexpected(decided.error());
    const auto& changes = decision.changes;
    auto report = decision.report;
    if (auto flushed = impl->stager.flush(); !flushed)
      return tl::unexpected(flushed.error());
    auto& state = *impl->state;
    std::unique_lock lock{state.mutex};
    // Recording may go on beside an import: what it queued is stored first, and a day it changed is decided
    // anew.
    if (auto committed = state.live->commit(); !committed)
      return tl::unexpected(committed.error());
    if (!decision.still_holds())
      continue;
    Batch batch{*state.db};
    if (auto planned = impl->plan_instruments(batch); !planned)
      return tl::unexpected(planned.error());
    if (!batch.empty() || !changes.empty())
      if (auto applied = apply_changes(state, batch, changes); !applied)
        return tl::unexpected(applied.error());
    for (const auto& [id, instrument] : impl->planned)
      state.instruments[id] = instrument;
    report.days = static_cast<std::uint32_t>(changes.size());
    for (const auto& change : changes)
      report.bytes += change.after.bytes;
    impl->note_span(report);
    return report;
  }
  return fail(Category::unavailable, "the days being imported are recorded live at the same time",
              "import days that are over, or stop recording while importing");
}

} // namespace finch::storage
