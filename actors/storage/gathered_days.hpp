/// The rows of an import, gathered day by day into runs sorted by time. Internal to the room.
#pragma once

#include "actors/storage/staging.hpp"

#include <map>
#include <tuple>

namespace finch::storage {

/// What an import has of one day.
template <AnyColumns C>
struct GatheredDay {
  Kind kind = Kind::trades;
  C pending; ///< of one layout
  bool sorted = true;
  std::vector<StagedRun> runs; ///< each sorted by time
  std::uint64_t rows = 0;
  market::TimeNs first_ns = INT64_MAX, last_ns = INT64_MIN;
};

/// Takes rows in any order and writes them out as staged runs, so that an import of any size fits in memory.
class GatheredDays {
public:
  GatheredDays(std::shared_ptr<const StoreState> state, Stager& stager)
      : state_{std::move(state)}, stager_{stager} {}

  /// Adds rows of one series; fails where a day gets rows of two kinds.
  template <AnyColumns C>
  [[nodiscard]] Status add(Kind kind, const Series& series, const C& rows);
  /// Writes out what is held in memory.
  [[nodiscard]] Status flush();

  /// Calls f(key, day) for every day until it fails: ticks, quotes, bars, funding, each in order of keys.
  template <class F>
  [[nodiscard]] Status each(F&& f) const {
    Status status;
    auto all = [&](const auto& days) {
      for (const auto& [key, day] : days)
        if (status)
          status = f(key, day);
    };
    std::apply([&](const auto&... days) { (all(days), ...); }, days_);
    return status;
  }

private:
  template <AnyColumns C>
  using Days = std::map<DayKey, GatheredDay<C>>;

  template <AnyColumns C>
  Status add_stretch(GatheredDay<C>& day, const DayKey& key, const C& rows, std::size_t first,
                     std::size_t last);
  template <AnyColumns C>
  Status write_run(GatheredDay<C>& day, const DayKey& key, const C& rows, std::size_t first,
                   std::size_t last);
  template <AnyColumns C>
  Status flush(GatheredDay<C>& day, const DayKey& key);

  std::shared_ptr<const StoreState> state_;
  Stager& stager_;
  std::tuple<Days<market::TickColumns>, Days<market::QuoteColumns>, Days<market::BarColumns>,
             Days<market::FundingColumns>>
      days_;
  std::size_t rows_in_memory_ = 0;
};

} // namespace finch::storage
