#include "actors/backtest/stored_features.hpp"

#include "actors/feed/recorded_source.hpp"

#include <algorithm>
#include <optional>

namespace finch::backtest {
namespace {

/// The checkpoint of one instrument holds all timeframes.
constexpr market::Timeframe all_timeframes{0};

constexpr std::int32_t days_of_week = 7;

std::int32_t day_of_round(market::Round round) { return market::day_of(market::round_begin(round)); }
market::Round midnight_of(std::int32_t day) { return market::Round{day} * market::rounds_per_day; }

/// The first round anything of these instruments is stored for.
std::optional<market::Round> first_round(const storage::TickStore& store, const CheckpointJob& job) {
  std::optional<market::Round> out;
  for (const auto& span : store.spans())
    if (std::any_of(job.instruments.begin(), job.instruments.end(),
                    [&](const auto& instrument) { return instrument.id == span.instrument; })) {
      auto round = market::round_of(span.first_ns);
      out = std::min(out.value_or(round), round);
    }
  return out;
}

} // namespace

SourceFactory stored_sources(std::shared_ptr<const storage::TickStore> store) {
  return [store = std::move(store)](const market::Instrument& instrument) {
    return feed::RecordedSource::make(store, instrument.id).map([](auto source) {
      return std::unique_ptr<feed::Source>{std::move(source)};
    });
  };
}

features::FeatureCache::Teller stored_teller(std::shared_ptr<const storage::TickStore> store,
                                             const features::FeatureCache& cache) {
  struct Told {
    market::Instrument instrument;
    std::unique_ptr<feed::Source> source;
  };
  auto told = std::make_shared<std::vector<Told>>();
  for (const auto& instrument : cache.instruments())
    told->push_back({instrument, nullptr});
  return [sources = stored_sources(std::move(store)),
          told](std::size_t i, market::Round first, market::Round last,
                const features::FeatureCache::Tell& tell) -> Status {
    auto& [instrument, source] = (*told)[i];
    if (!source) {
      auto made = sources(instrument);
      if (!made)
        return tl::unexpected(made.error());
      source = std::move(*made);
    }
    return source->read(first, last, [&](const MarketFrame& block) { tell(*block); });
  };
}

features::CheckpointShelf stored_checkpoints(std::shared_ptr<const storage::TickStore> store) {
  return {[store = std::move(store)](market::InstrumentId instrument, std::int32_t day) {
            return store->checkpoint(instrument, all_timeframes, day);
          },
          {}};
}

Result<bool> resume_before(features::FeatureCache& cache, const features::CheckpointShelf& shelf,
                           market::Round round, int days) {
  for (auto day = day_of_round(round), last = day - days; day > last; --day) {
    auto resumed = cache.resume(day, shelf);
    if (!resumed || *resumed)
      return resumed;
  }
  return false;
}

Result<std::size_t> write_checkpoints(const std::shared_ptr<storage::TickStore>& store,
                                      const CheckpointJob& job) {
  auto first = first_round(*store, job);
  auto end = day_of_round(job.to + 1);
  if (!first || *first >= midnight_of(end))
    return 0;
  constexpr auto nothing_kept = std::numeric_limits<market::Round>::max();
  features::FeatureCache cache{job.instruments,
                               features::Plan::everything(job.catalogue),
                               job.timeframes,
                               {.first = *first, .keep_from = nothing_kept, .threads = job.threads}};
  auto shelf = stored_checkpoints(store);
  auto put = shelf;
  put.put = [&](market::InstrumentId instrument, std::int32_t day, std::string_view bytes) -> Status {
    store->put_checkpoint(instrument, all_timeframes, day, bytes);
    return {};
  };
  auto resumed = resume_before(cache, shelf, midnight_of(end), end - day_of_round(*first));
  if (!resumed)
    return tl::unexpected(resumed.error());
  auto kept = [end](std::int32_t day) { return day % days_of_week == 0 || day > end - days_of_week; };
  auto teller = stored_teller(store, cache);
  auto from = day_of_round(cache.next_round());
  std::size_t written = 0;
  for (auto day = from + 1; day <= end; ++day) {
    cache.write_checkpoints(kept(day) ? put : features::CheckpointShelf{});
    if (auto extended = cache.extend(midnight_of(day) - 1, teller); !extended)
      return tl::unexpected(extended.error());
    for (const auto& instrument : job.instruments)
      if (auto old = day - days_of_week; !kept(old))
        store->drop_checkpoint(instrument.id, all_timeframes, old);
    if (auto committed = store->commit(); !committed)
      return tl::unexpected(committed.error());
    written += kept(day) ? 1 : 0;
  }
  return written;
}

} // namespace finch::backtest
