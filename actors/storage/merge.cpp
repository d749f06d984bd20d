#include "actors/storage/merge.hpp"

#include "actors/market/decimal.hpp"

#include <numeric>

namespace finch::storage {
namespace {

using market::BarColumns;
using market::FundingColumns;
using market::QuoteColumns;
using market::TickColumns;

/// Ticks and quotes of one merge have one set of decimals, so their columns compare as integers.
template <AnyColumns C>
bool same_row(const C& a, std::size_t i, const C& b, std::size_t j) {
  bool same = true;
  std::size_t column = 0;
  constexpr std::size_t id_column = std::same_as<C, TickColumns>    ? 4
                                    : std::same_as<C, QuoteColumns> ? 5
                                                                    : SIZE_MAX;
  each_pair(a, b, [&](const auto& left, const auto& right) {
    if (column++ != id_column)
      same = same && left[i] == right[j];
  });
  return same;
}

/// The rows of one time, gathered from all sources.
template <AnyColumns C>
class Group {
public:
  void clear() {
    clear_rows(rows_);
    runs_.clear();
    origin_.clear();
  }
  void add(const C& rows, std::size_t at, std::size_t source) {
    if (runs_.empty() || layout_of(runs_.back()) != layout_of(rows))
      runs_.emplace_back();
    append_rows(runs_.back(), rows, at, at + 1);
    origin_.push_back(source);
  }
  /// Finds an equal row of another source that stands for no row of `source` yet, and lets it stand for one.
  bool covers(const C& rows, std::size_t at, std::size_t source) {
    covered_by_.resize(origin_.size(), SIZE_MAX);
    std::size_t index = 0;
    for (const auto& run : runs_)
      for (std::size_t i = 0; i < run.size(); ++i, ++index)
        if (origin_[index] != source && covered_by_[index] != source && same_row(run, i, rows, at)) {
          covered_by_[index] = source;
          return true;
        }
    return false;
  }
  void begin_source() { covered_by_.assign(origin_.size(), SIZE_MAX); }
  [[nodiscard]] bool empty() const { return origin_.empty(); }
  /// With ids, rows of one time go by id, so that the order of imports leaves no trace.
  void order_by_id() {
    if (runs_.size() != 1 || ids_of(runs_[0]).size() < 2)
      return;
    auto ids = ids_of(runs_[0]);
    if (std::is_sorted(ids.begin(), ids.end()))
      return;
    std::vector<std::size_t> order(ids.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return ids[a] < ids[b]; });
    C sorted;
    for (auto i : order)
      append_rows(sorted, runs_[0], i, i + 1);
    runs_[0] = std::move(sorted);
  }
  [[nodiscard]] const std::vector<C>& runs() const { return runs_; }

private:
  C rows_;
  std::vector<C> runs_;             ///< of one layout each
  std::vector<std::size_t> origin_; ///< source of each row
  std::vector<std::size_t> covered_by_;
};

/// Whether the row must be left out.
template <AnyColumns C>
bool is_double(Group<C>& group, const MergeSource<C>& source, std::size_t index, std::size_t trusted,
               IdSet& ids) {
  auto row_ids = ids_of(source.rows());
  if (index < trusted) // their ids are in the set already
    return false;
  if constexpr (unique_times<C>)
    return !group.empty();
  else if (!row_ids.empty() && !ids.insert(row_ids[source.at()]))
    return true;
  else if (row_ids.empty())
    return group.covers(source.rows(), source.at(), index);
  else
    return false;
}

} // namespace

template <AnyColumns C>
void sort_rows(C& rows) {
  const auto& times = times_of(rows);
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return times[a] < times[b]; });
  each_column(rows, [&](std::size_t, auto& column) {
    if (column.empty())
      return;
    auto sorted = column;
    for (std::size_t i = 0; i < order.size(); ++i)
      sorted[i] = column[order[i]];
    column = std::move(sorted);
  });
}

template <AnyColumns C>
Status merge_rows(std::vector<MergeSource<C>> sources, std::size_t trusted, IdSet& trusted_ids,
                  const RowSink<C>& sink) {
  C out;
  Group<C> group;
  for (;;) {
    auto now = INT64_MAX;
    bool any = false;
    for (auto& source : sources) {
      auto more = source.load();
      if (!more)
        return tl::unexpected(more.error());
      if (*more) {
        now = std::min(now, source.time());
        any = true;
      }
    }
    if (!any)
      break;
    group.clear();
    for (std::size_t s = 0; s < sources.size(); ++s) {
      group.begin_source();
      for (;; sources[s].advance()) {
        auto more = sources[s].load();
        if (!more)
          return tl::unexpected(more.error());
        if (!*more || sources[s].time() != now)
          break;
        if (!is_double(group, sources[s], s, trusted, trusted_ids))
          group.add(sources[s].rows(), sources[s].at(), s);
      }
    }
    group.order_by_id();
    for (const auto& run : group.runs()) {
      if (!times_of(out).empty() &&
          (layout_of(out) != layout_of(run) || out.size() + run.size() > full_block_rows)) {
        if (auto taken = sink(out); !taken)
          return taken;
        clear_rows(out);
      }
      append_rows(out, run, 0, run.size());
    }
  }
  return times_of(out).empty() ? Status{} : sink(out);
}

template void sort_rows(TickColumns&);
template void sort_rows(QuoteColumns&);
template void sort_rows(BarColumns&);
template void sort_rows(FundingColumns&);
template Status merge_rows(std::vector<MergeSource<TickColumns>>, std::size_t, IdSet&,
                           const RowSink<TickColumns>&);
template Status merge_rows(std::vector<MergeSource<QuoteColumns>>, std::size_t, IdSet&,
                           const RowSink<QuoteColumns>&);
template Status merge_rows(std::vector<MergeSource<BarColumns>>, std::size_t, IdSet&,
                           const RowSink<BarColumns>&);
template Status merge_rows(std::vector<MergeSource<FundingColumns>>, std::size_t, IdSet&,
                           const RowSink<FundingColumns>&);

} // namespace finch::storage
