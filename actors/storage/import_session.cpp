#include "actors/storage/import_session.hpp"

#include "actors/market/decimal.hpp"
#include "actors/storage/live_writer.hpp"
#include "actors/storage/merge.hpp"
#include "actors/storage/staging.hpp"
#include "actors/storage/tick_store.hpp"

#include <fmt/format.h>

namespace finch::storage {
namespace {

using market::InstrumentId;

/// Rows of unsorted input gathered before they are sorted and written as one run.
constexpr std::size_t sort_rows_at_once = 65'536;

template <AnyColumns C>
struct StagedDay {
  Kind kind = Kind::trades;
  C pending; ///< of one layout
  bool sorted = true;
  std::vector<StagedRun> runs; ///< each sorted by time
  std::uint64_t rows = 0;
  market::TimeNs first_ns = INT64_MAX, last_ns = INT64_MIN;
};

template <AnyColumns C>
using StagedDays = std::map<DayKey, StagedDay<C>>;

} // namespace

struct ImportSession::Impl {
  Impl(std::shared_ptr<StoreState> shared, ImportOptions wanted)
      : state{std::move(shared)}, options{wanted}, stager{state} {}
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
  std::map<InstrumentId, market::Instrument> planned;
  std::tuple<StagedDays<market::TickColumns>, StagedDays<market::QuoteColumns>,
             StagedDays<market::BarColumns>, StagedDays<market::FundingColumns>>
      days;
  std::size_t rows_in_memory = 0;
  ImportReport report;

  template <AnyColumns C>
  Status add(Kind kind, Series series, const C& rows);
  template <AnyColumns C>
  Status add_stretch(StagedDay<C>& day, const DayKey& key, const C& rows, std::size_t first,
                     std::size_t last);
  template <AnyColumns C>
  Status write_run(StagedDay<C>& day, const DayKey& key, const C& rows, std::size_t first, std::size_t last);
  template <AnyColumns C>
  Status flush(StagedDay<C>& day, const DayKey& key);
  Status flush_all();

  void plan_decimals();
  Status decide_all(std::vector<DayChange>& changes, ImportReport& out);
  template <AnyColumns C>
  Status decide(const DayKey& key, StagedDay<C>& day, std::vector<DayChange>& changes, ImportReport& out);
  template <AnyColumns C>
  Result<DayRow> merge(const DayKey& key, StagedDay<C>& day, const std::optional<DayRow>& base,
                       ImportReport& out);
  Status cut_competitors(const DayKey& key, market::TimeNs first, market::TimeNs last,
                         std::vector<DayChange>& changes, ImportReport& out);
  [[nodiscard]] bool still_holds(const std::vector<DayChange>& changes) const;
};

template <AnyColumns C>
Status ImportSession::Impl::write_run(StagedDay<C>& day, const DayKey& key, const C& rows, std::size_t first,
                                      std::size_t last) {
  if (day.runs.empty() || times_of(rows)[first] < day.runs.back().row.last_ns)
    day.runs.push_back(stager.start(key, day.kind));
  return stager.write(day.runs.back(), rows, first, last);
}

template <AnyColumns C>
Status ImportSession::Impl::flush(StagedDay<C>& day, const DayKey& key) {
  auto rows = day.pending.size();
  if (rows == 0)
    return {};
  if (!day.sorted)
    sort_rows(day.pending);
  auto written = write_run(day, key, day.pending, 0, rows);
  clear_rows(day.pending);
  day.sorted = true;
  rows_in_memory -= rows;
  return written;
}

Status ImportSession::Impl::flush_all() {
  Status status;
  auto each = [&](auto& map) {
    for (auto& [key, day] : map)
      if (status)
        status = flush(day, key);
  };
  std::apply([&](auto&... maps) { (each(maps), ...); }, days);
  return status;
}

template <AnyColumns C>
Status ImportSession::Impl::add_stretch(StagedDay<C>& day, const DayKey& key, const C& rows,
                                        std::size_t first, std::size_t last) {
  auto times = std::span{times_of(rows)}.subspan(first, last - first);
  auto low = times.front(), high = times.front();
  auto sorted = true;
  for (auto time : times) {
    sorted = sorted && time >= high;
    low = std::min(low, time);
    high = std::max(high, time);
  }
  day.rows += times.size();
  day.first_ns = std::min(day.first_ns, low), day.last_ns = std::max(day.last_ns, high);
  if (day.pending.size() > 0 && layout_of(day.pending) != layout_of(rows))
    if (auto flushed = flush(day, key); !flushed)
      return flushed;
  auto& held = times_of(day.pending);
  day.sorted = day.sorted && sorted && (held.empty() || held.back() <= times.front());
  auto hold = [&](std::size_t end) {
    append_rows(day.pending, rows, first, end);
    rows_in_memory += end - first;
    first = end;
  };
  if (!day.sorted) {
    hold(last);
    return held.size() < sort_rows_at_once ? Status{} : flush(day, key);
  }
  if (!held.empty()) {
    hold(std::min(last, first + full_block_rows - std::min(full_block_rows, held.size())));
    if (held.size() >= full_block_rows)
      if (auto flushed = flush(day, key); !flushed)
        return flushed;
  }
  // Full blocks are packed straight from the caller's columns.
  if (auto whole = (last - first) / full_block_rows * full_block_rows; held.empty() && whole > 0) {
    if (auto written = write_run(day, key, rows, first, first + whole); !written)
      return written;
    first += whole;
  }
  hold(last);
  return {};
}

template <AnyColumns C>
Status ImportSession::Impl::add(Kind kind, Series series, const C& rows) {
  if (!well_formed(rows))
    return fail(Category::failed, fmt::format("columns of {} have different lengths", name_of(kind)));
  if (!planned.contains(series.instrument)) {
    std::shared_lock lock{state->mutex};
    auto known = state->instrument(series.instrument);
    if (!known)
      return tl::unexpected(known.error());
    planned.emplace(series.instrument, *known);
  }
  const auto& times = times_of(rows);
  report.rows += rows.size();
  auto& map = std::get<StagedDays<C>>(days);
  for (std::size_t first = 0, last = 0; first < rows.size(); first = last) {
    DayKey key{series, market::day_of(times[first])};
    auto begin = key.day * market::ns_per_day, end = begin + market::ns_per_day;
    for (last = first + 1; last < rows.size() && times[last] >= begin && times[last] < end;)
      ++last;
    auto [at, fresh] = map.try_emplace(key);
    if (fresh)
      at->second.kind = kind;
    if (at->second.kind != kind)
      return fail(Category::bad_input, fmt::format("{}: {} and {} in one import", state->describe(key),
                                                   name_of(at->second.kind), name_of(kind)));
    if (auto added = add_stretch(at->second, key, rows, first, last); !added)
      return added;
  }
  return rows_in_memory <= state->options.import_rows_in_memory ? Status{} : flush_all();
}

void ImportSession::Impl::plan_decimals() {
  for (auto& [id, instrument] : planned) {
    auto [price, quantity] = stager.needs(id);
    raise_decimals(instrument, price, quantity);
  }
}

template <AnyColumns C>
Result<DayRow> ImportSession::Impl::merge(const DayKey& key, StagedDay<C>& day,
                                          const std::optional<DayRow>& base, ImportReport& out) {
  const auto& instrument = planned.at(key.series.instrument);
  auto reader = [&](const DayRow& row, market::TimeNs from, market::TimeNs to, Wanted wanted = {}) {
    return read_day<C>(state, key, row, from, to, instrument.price_decimals, instrument.quantity_decimals,
                       wanted);
  };
  std::vector<MergeSource<C>> sources;
  IdSet ids;
  std::uint64_t kept = 0;
  if (base) {
    // With `replace`, what was stored inside the new rows' span gives way.
    std::vector<std::pair<market::TimeNs, market::TimeNs>> spans{{INT64_MIN, INT64_MAX}};
    if (options.replace)
      spans = {{INT64_MIN, day.first_ns}, {day.last_ns + 1, INT64_MAX}};
    for (auto [from, to] : spans) {
      auto counting = reader(*base, from, to, {false, false, true});
      for (C rows;;) {
        auto more = counting.next(rows);
        if (!more)
          return tl::unexpected(more.error());
        if (!*more)
          break;
        kept += rows.size();
        for (auto id : ids_of(rows))
          ids.insert(id);
      }
      if (base->in_order) {
        sources.emplace_back(reader(*base, from, to));
        continue;
      }
      // Only a day recorded live can be out of order; it is sorted in memory.
      C all, rows;
      for (auto whole = reader(*base, from, to);;) {
        auto more = whole.next(rows);
        if (!more)
          return tl::unexpected(more.error());
        if (!*more)
          break;
        if (!times_of(all).empty() && layout_of(all) != layout_of(rows)) {
          sort_rows(all);
          sources.emplace_back(std::exchange(all, C{}));
        }
        append_rows(all, rows, 0, rows.size());
      }
      sort_rows(all);
      sources.emplace_back(std::move(all));
    }
    out.replaced += base->rows - kept;
  }
  auto trusted = sources.size();
  for (const auto& run : day.runs)
    sources.emplace_back(reader(run.row, INT64_MIN, INT64_MAX));
  auto merged = stager.start(key, day.kind);
  auto status = merge_rows<C>(std::move(sources), trusted, ids,
                              [&](const C& rows) { return stager.write(merged, rows, 0, rows.size()); });
  if (!status)
    return tl::unexpected(status.error());
  out.added += merged.row.rows - kept;
  out.duplicates += day.rows - (merged.row.rows - kept);
  return merged.row;
}

Status ImportSession::Impl::cut_competitors(const DayKey& key, market::TimeNs first, market::TimeNs last,
                                            std::vector<DayChange>& changes, ImportReport& out) {
  std::vector<std::pair<DayKey, DayRow>> others;
  {
    std::shared_lock lock{state->mutex};
    for (const auto& other : competing_days(*state, key, first, last))
      others.emplace_back(other, state->days.at(other));
  }
  for (const auto& [other, row] : others) {
    // A bar gives way where any part of it lies in the span, a tick where it lies under one of the new bars.
    auto length = std::max<market::TimeNs>(other.series.minutes * market::ns_per_minute, 1);
    auto own = std::max<market::TimeNs>(key.series.minutes * market::ns_per_minute, 1);
    auto change = rewrite_without(state, stager, other, row, first - length + 1, last + own);
    if (!change)
      return tl::unexpected(change.error());
    out.replaced += row.rows - change->after.rows;
    changes.push_back(std::move(*change));
  }
  return {};
}

template <AnyColumns C>
Status ImportSession::Impl::decide(const DayKey& key, StagedDay<C>& day, std::vector<DayChange>& changes,
                                   ImportReport& out) {
  std::optional<DayRow> base;
  {
    std::shared_lock lock{state->mutex};
    if (auto found = state->days.find(key); found != state->days.end())
      base = found->second;
    auto known = base && source != 0 &&
                 std::find(base->sources.begin(), base->sources.end(), source) != base->sources.end();
    if (known && !options.replace && !state->quarantined.contains(key)) {
      out.duplicates += day.rows;
      return {};
    }
    if (!options.replace)
      if (auto conflict = kind_conflict(*state, key, day.kind, day.first_ns, day.last_ns))
        return tl::unexpected(std::move(*conflict));
  }
  DayChange change{key, base, {}, false};
  if (options.replace) {
    if (auto cut = cut_competitors(key, day.first_ns, day.last_ns, changes, out); !cut)
      return cut;
    std::shared_lock lock{state->mutex};
    // A damaged day, or one of the other kind, is not merged with: it goes as a whole.
    if (base && (base->kind != day.kind || state->quarantined.contains(key))) {
      out.replaced += base->rows;
      base.reset();
    }
  }
  auto single = day.runs.size() == 1 && (unique_times<C> ? day.runs[0].times_rise : day.runs[0].ids_rise);
  auto covered = base && options.replace && day.first_ns <= base->first_ns && day.last_ns >= base->last_ns;
  if (single && (!base || covered)) {
    change.after = day.runs[0].row;
    out.replaced += base ? base->rows : 0;
    out.added += day.rows;
  } else {
    auto merged = merge(key, day, base, out);
    if (!merged)
      return tl::unexpected(merged.error());
    change.after = *merged;
    if (base && change.after.rows == base->rows && !options.replace) {
      // Nothing new: the day stays as it is, and learns the file's hash if there is one.
      change.after = *base;
      change.keeps_order = true;
    }
  }
  change.after.sources = base && !covered ? base->sources : std::vector<std::uint64_t>{};
  if (source != 0)
    change.after.sources.push_back(source);
  if (!base || change.after != *base)
    changes.push_back(std::move(change));
  return {};
}

Status ImportSession::Impl::decide_all(std::vector<DayChange>& changes, ImportReport& out) {
  Status status;
  auto each = [&](auto& map) {
    for (auto& [key, day] : map)
      if (status)
        status = decide(key, day, changes, out);
  };
  std::apply([&](auto&... maps) { (each(maps), ...); }, days);
  return status;
}

bool ImportSession::Impl::still_holds(const std::vector<DayChange>& changes) const {
  return std::all_of(changes.begin(), changes.end(), [&](const DayChange& change) {
    auto found = state->days.find(change.key);
    return found == state->days.end() ? !change.before : change.before == found->second;
  });
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
  if (auto flushed = impl->flush_all(); !flushed)
    return tl::unexpected(flushed.error());
  if (auto flushed = impl->stager.flush(); !flushed)
    return tl::unexpected(flushed.error());
  impl->plan_decimals();
  for (int attempt = 0; attempt < 5; ++attempt) {
    std::vector<DayChange> changes;
    auto report = impl->report;
    if (auto decided = impl->decide_all(changes, report); !decided)
      return tl::unexpected(decided.error());
    if (auto flushed = impl->stager.flush(); !flushed)
      return tl::unexpected(flushed.error());
    auto& state = *impl->state;
    std::unique_lock lock{state.mutex};
    // Recording may go on beside an import: what it queued is stored first, and a day it changed is decided
    // anew.
    if (auto committed = state.live->commit(); !committed)
      return tl::unexpected(committed.error());
    if (!impl->still_holds(changes))
      continue;
    Batch batch{*state.db};
    for (const auto& [id, instrument] : impl->planned) {
      auto twin = std::any_of(state.instruments.begin(), state.instruments.end(), [&](const auto& known) {
        return known.second.name == instrument.name && known.first != id;
      });
      if (twin)
        return fail(
            Category::unavailable,
            fmt::format("{} was created by another import meanwhile", market::format_name(instrument.name)),
            "import again");
      auto stored = state.instruments.find(id);
      if (stored == state.instruments.end() || stored->second != instrument)
        batch.put(Table::instruments, instrument_key(id), to_bytes(instrument));
    }
    if (!batch.empty() || !changes.empty())
      if (auto applied = apply_changes(state, batch, changes); !applied)
        return tl::unexpected(applied.error());
    for (const auto& [id, instrument] : impl->planned)
      state.instruments[id] = instrument;
    report.days = static_cast<std::uint32_t>(changes.size());
    for (const auto& change : changes)
      report.bytes += change.after.bytes;
    auto span = [&](const auto& map) {
      for (const auto& [key, day] : map) {
        report.first_ns = report.first_ns == 0 ? day.first_ns : std::min(report.first_ns, day.first_ns);
        report.last_ns = report.last_ns == 0 ? day.last_ns : std::max(report.last_ns, day.last_ns);
      }
    };
    std::apply([&](const auto&... maps) { (span(maps), ...); }, impl->days);
    return report;
  }
  return fail(Category::unavailable, "the days being imported are recorded live at the same time",
              "import days that are over, or stop recording while importing");
}

} // namespace finch::storage
