/// Rows into an import session of the tick store.
#pragma once

#include "actors/feed/import/row_sink.hpp"
#include "actors/storage/tick_store.hpp"

#include <optional>

namespace finch::feed {

/// Hands batches to a session and gathers the facts of the instrument that its rows show.
class StoreSink final : public RowSink {
public:
  explicit StoreSink(storage::ImportSession& session) : session_(session) {}

  Status begin(const Target& target) override;
  Status ticks(const market::TickColumns& batch) override { return session_.add(id_, kind_, batch); }
  Status quotes(const market::QuoteColumns& batch) override { return session_.add(id_, batch); }
  Status bars(const market::BarColumns& batch) override;
  Status funding(const market::FundingColumns& batch) override;

  /// Tells the session what only all rows together show: the lot size that bars' volumes are multiples of.
  /// Once, after the last batch of a target.
  [[nodiscard]] Status finish_target();
  /// Minutes between the last two settlements of a funding file.
  [[nodiscard]] std::optional<std::int32_t> funding_interval_min() const noexcept;

private:
  storage::ImportSession& session_;
  market::Instrument wanted_;
  market::InstrumentId id_ = 0;
  storage::Kind kind_ = storage::Kind::trades;
  std::uint8_t volume_decimals_ = 0;
  market::TimeNs last_funding_ns_ = 0, previous_funding_ns_ = 0;
};

/// The facts an instrument starts with: decimals 0, to be raised by its rows; funding every 8 hours for
/// derivatives only.
[[nodiscard]] market::Instrument first_facts(const market::InstrumentName& name);

} // namespace finch::feed
