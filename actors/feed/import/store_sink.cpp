#include "actors/feed/import/store_sink.hpp"

#include <algorithm>

namespace finch::feed {
namespace {

/// Bars printed from doubles carry digits that no lot has (17724364.4400000013); no venue trades finer than
/// this.
constexpr std::uint8_t finest_lot_decimals = 8;

} // namespace

market::Instrument first_facts(const market::InstrumentName& name) {
  market::Instrument facts;
  facts.name = name;
  facts.price_decimals = 0;
  facts.quantity_decimals = 0;
  if (!facts.can_short())
    facts.funding_interval_min = 0;
  return facts;
}

Status StoreSink::begin(const Target& target) {
  wanted_ = first_facts(target.instrument);
  kind_ = target.kind;
  auto id = session_.instrument(wanted_);
  if (!id)
    return tl::unexpected(id.error());
  id_ = *id;
  volume_decimals_ = 0;
  return {};
}

Status StoreSink::bars(const market::BarColumns& batch) {
  volume_decimals_ = std::max(volume_decimals_, batch.volume_decimals);
  return session_.add(id_, batch);
}

Status StoreSink::funding(const market::FundingColumns& batch) {
  for (auto time : batch.time_ns)
    if (time > last_funding_ns_) {
      previous_funding_ns_ = last_funding_ns_;
      last_funding_ns_ = time;
    } else if (time < last_funding_ns_ && time > previous_funding_ns_) {
      previous_funding_ns_ = time;
    }
  return session_.add(id_, batch);
}

Status StoreSink::finish_target() {
  if (kind_ != storage::Kind::bars)
    return {};
  wanted_.quantity_decimals = std::min(volume_decimals_, finest_lot_decimals);
  auto id = session_.instrument(wanted_);
  return id ? Status{} : tl::unexpected(id.error());
}

std::optional<std::int32_t> StoreSink::funding_interval_min() const noexcept {
  if (previous_funding_ns_ == 0)
    return std::nullopt;
  // Stamps may be a few ms late.
  auto minutes =
      (last_funding_ns_ - previous_funding_ns_ + market::ns_per_minute / 2) / market::ns_per_minute;
  return minutes >= 1 && minutes <= market::rounds_per_day ? std::optional{static_cast<std::int32_t>(minutes)}
                                                           : std::nullopt;
}

} // namespace finch::feed
