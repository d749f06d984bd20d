/// What an import changes of the days that are stored. Internal to the room.
#pragma once

#include "actors/storage/gathered_days.hpp"
#include "actors/storage/import_session.hpp"

namespace finch::storage {

/// Decides day by day: kept as it is, replaced, or merged with what is there. Changes nothing; whoever makes
/// the changes must see that the days still are what they were decided from.
class ImportDecision {
public:
  /// Instruments by id, with the decimals they will have.
  using Instruments = std::map<market::InstrumentId, market::Instrument>;

  ImportDecision(std::shared_ptr<StoreState> state, Stager& stager, const ImportOptions& options,
                 const Instruments& planned, std::uint64_t source, const ImportReport& begun)
      : report{begun}, state_{std::move(state)}, stager_{stager}, options_{options}, planned_{planned},
        source_{source} {}

  template <AnyColumns C>
  [[nodiscard]] Status decide(const DayKey& key, const GatheredDay<C>& day);
  /// Whether all days are still as the changes were worked out from; the caller holds the store's mutex.
  [[nodiscard]] bool still_holds() const;

  std::vector<DayChange> changes;
  ImportReport report;

private:
  template <AnyColumns C>
  Result<DayRow> merge(const DayKey& key, const GatheredDay<C>& day, const std::optional<DayRow>& base);
  Status cut_competitors(const DayKey& key, market::TimeNs first, market::TimeNs last);

  std::shared_ptr<StoreState> state_;
  Stager& stager_;
  ImportOptions options_;
  const Instruments& planned_;
  std::uint64_t source_; ///< hash of the file; 0 where there is none
};

} // namespace finch::storage
