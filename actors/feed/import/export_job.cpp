#include "actors/feed/import/export_job.hpp"

#include "actors/feed/import/export_csv.hpp"

#include <limits>

namespace finch::feed {
namespace {

constexpr std::size_t piece_bytes = 1 << 20;
/// The longest interval any venue settles at, and a minute for late stamps.
constexpr market::TimeNs funding_allowed_ns = 8 * market::ns_per_hour + market::ns_per_minute;

/// Calls `each` with every batch of the series in [from, to).
template <class Each>
Status for_batches(const storage::TickStore& store, const storage::SpanInfo& span, market::TimeNs from,
                   market::TimeNs to, storage::Wanted wanted, Each each) {
  auto drain = [&](auto reader, auto columns) -> Status {
    for (;;) {
      auto more = reader.next(columns);
      if (!more)
        return tl::unexpected(more.error());
      if (!*more)
        return {};
      if (auto done = each(columns); !done)
        return done;
    }
  };
  switch (storage::family_of(span.kind)) {
  case storage::Family::ticks:
    return drain(store.ticks(span.instrument, from, to, wanted), market::TickColumns{});
  case storage::Family::quotes:
    return drain(store.quotes(span.instrument, from, to), market::QuoteColumns{});
  case storage::Family::bars:
    return drain(store.bars(span.instrument, span.timeframe, from, to), market::BarColumns{});
  case storage::Family::funding:
    return drain(store.funding(span.instrument, from, to), market::FundingColumns{});
  }
  return {};
}

} // namespace

Result<std::uint64_t> export_rows(const storage::TickStore& store, const storage::SpanInfo& span,
                                  market::TimeNs from, market::TimeNs to, const TextSink& sink) {
  OptionalColumns columns;
  if (span.kind != storage::Kind::funding)
    if (auto done = for_batches(store, span, from, to, {.price = false, .quantity = false},
                                [&](const auto& batch) -> Status {
                                  columns.note(batch);
                                  return {};
                                });
        !done)
      return tl::unexpected(done.error());
  CsvWriter writer{span.kind, columns};
  std::string text;
  std::uint64_t rows = 0;
  writer.header(text);
  auto done = for_batches(store, span, from, to, {}, [&](const auto& batch) -> Status {
    writer.rows(batch, text);
    rows += batch.size();
    if (text.size() < piece_bytes)
      return {};
    auto written = sink(text);
    text.clear();
    return written;
  });
  if (done)
    done = sink(text);
  if (!done)
    return tl::unexpected(done.error());
  return rows;
}

Result<GapFinder> find_gaps(const storage::TickStore& store, const storage::SpanInfo& span) {
  auto instrument = store.instrument(span.instrument);
  if (!instrument)
    return tl::unexpected(instrument.error());
  auto bars = span.kind == storage::Kind::bars;
  auto allowed = bars ? 0 : span.kind == storage::Kind::funding ? funding_allowed_ns : quiet_ns;
  auto length = bars ? span.timeframe.length_ns() : 0;
  GapFinder gaps{allowed, instrument->has_sessions()};
  auto done = for_batches(store, span, span.first_ns, span.last_ns + 1,
                          {.price = false, .quantity = false, .id = false}, [&](const auto& batch) -> Status {
                            for (auto time : storage::times_of(batch))
                              gaps.add(time, time + length);
                            return {};
                          });
  if (!done)
    return tl::unexpected(done.error());
  return gaps;
}

} // namespace finch::feed
