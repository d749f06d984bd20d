#include "actors/storage/import_decision.hpp"

#include "actors/storage/merge.hpp"

namespace finch::storage {

template <AnyColumns C>
Result<DayRow> ImportDecision::merge(const DayKey& key, const GatheredDay<C>& day,
                                     const std::optional<DayRow>& base) {
  const auto& instrument = planned_.at(key.series.instrument);
  auto reader = [&](const DayRow& row, market::TimeNs from, market::TimeNs to, Wanted wanted = {}) {
    return read_day<C>(state_, key, row, from, to, instrument.price_decimals, instrument.quantity_decimals,
                       wanted);
  };
  std::vector<MergeSource<C>> sources;
  IdSet ids;
  std::uint64_t kept = 0;
  if (base) {
    // With `replace`, what was stored inside the new rows' span gives way.
    std::vector<std::pair<market::TimeNs, market::TimeNs>> spans{{INT64_MIN, INT64_MAX}};
    if (options_.replace)
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
    report.replaced += base->rows - kept;
  }
  auto trusted = sources.size();
  for (const auto& run : day.runs)
    sources.emplace_back(reader(run.row, INT64_MIN, INT64_MAX));
  auto merged = stager_.start(key, day.kind);
  auto status = merge_rows<C>(std::move(sources), trusted, ids,
                              [&](const C& rows) { return stager_.write(merged, rows, 0, rows.size()); });
  if (!status)
    return tl::unexpected(status.error());
  report.added += merged.row.rows - kept;
  report.duplicates += day.rows - (merged.row.rows - kept);
  return merged.row;
}

Status ImportDecision::cut_competitors(const DayKey& key, market::TimeNs first, market::TimeNs last) {
  std::vector<std::pair<DayKey, DayRow>> others;
  {
    std::shared_lock lock{state_->mutex};
    for (const auto& other : competing_days(*state_, key, first, last))
      others.emplace_back(other, state_->days.at(other));
  }
  for (const auto& [other, row] : others) {
    // A bar gives way where any part of it lies in the span, a tick where it lies under one of the new bars.
    auto length = std::max<market::TimeNs>(other.series.minutes * market::ns_per_minute, 1);
    auto own = std::max<market::TimeNs>(key.series.minutes * market::ns_per_minute, 1);
    auto change = rewrite_without(state_, stager_, other, row, first - length + 1, last + own);
    if (!change)
      return tl::unexpected(change.error());
    report.replaced += row.rows - change->after.rows;
    changes.push_back(std::move(*change));
  }
  return {};
}

template <AnyColumns C>
Status ImportDecision::decide(const DayKey& key, const GatheredDay<C>& day) {
  std::optional<DayRow> base;
  {
    std::shared_lock lock{state_->mutex};
    if (auto found = state_->days.find(key); found != state_->days.end())
      base = found->second;
    auto known = base && source_ != 0 &&
                 std::find(base->sources.begin(), base->sources.end(), source_) != base->sources.end();
    if (known && !options_.replace && !state_->quarantined.contains(key)) {
      report.duplicates += day.rows;
      return {};
    }
    if (!options_.replace)
      if (auto conflict = kind_conflict(*state_, key, day.kind, day.first_ns, day.last_ns))
        return tl::unexpected(std::move(*conflict));
  }
  DayChange change{key, base, {}, false};
  if (options_.replace) {
    if (auto cut = cut_competitors(key, day.first_ns, day.last_ns); !cut)
      return cut;
    std::shared_lock lock{state_->mutex};
    // A damaged day, or one of the other kind, is not merged with: it goes as a whole.
    if (base && (base->kind != day.kind || state_->quarantined.contains(key))) {
      report.replaced += base->rows;
      base.reset();
    }
  }
  auto single = day.runs.size() == 1 && (unique_times<C> ? day.runs[0].times_rise : day.runs[0].ids_rise);
  auto covered = base && options_.replace && day.first_ns <= base->first_ns && day.last_ns >= base->last_ns;
  if (single && (!base || covered)) {
    change.after = day.runs[0].row;
    report.replaced += base ? base->rows : 0;
    report.added += day.rows;
  } else {
    auto merged = merge(key, day, base);
    if (!merged)
      return tl::unexpected(merged.error());
    change.after = *merged;
    if (base && change.after.rows == base->rows && !options_.replace) {
      // Nothing new: the day stays as it is, and learns the file's hash if there is one.
      change.after = *base;
      change.keeps_order = true;
    }
  }
  change.after.sources = base && !covered ? base->sources : std::vector<std::uint64_t>{};
  if (source_ != 0)
    change.after.sources.push_back(source_);
  if (!base || change.after != *base)
    changes.push_back(std::move(change));
  return {};
}

bool ImportDecision::still_holds() const {
  return std::all_of(changes.begin(), changes.end(), [&](const DayChange& change) {
    auto found = state_->days.find(change.key);
    return found == state_->days.end() ? !change.before : change.before == found->second;
  });
}

template Status ImportDecision::decide(const DayKey&, const GatheredDay<market::TickColumns>&);
template Status ImportDecision::decide(const DayKey&, const GatheredDay<market::QuoteColumns>&);
template Status ImportDecision::decide(const DayKey&, const GatheredDay<market::BarColumns>&);
template Status ImportDecision::decide(const DayKey&, const GatheredDay<market::FundingColumns>&);

} // namespace finch::storage
