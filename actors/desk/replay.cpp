#include "actors/desk/replay.hpp"

#include "actors/desk/system.hpp"
#include "actors/feed/feed_actor.hpp"
#include "actors/feed/recorded_source.hpp"

#include <algorithm>

namespace finch::desk {

Result<Window> recorded_rounds(const storage::TickStore& store,
                               const std::vector<market::Instrument>& instruments) {
  Window window{INT64_MAX, INT64_MIN};
  for (const auto& span : store.spans()) {
    auto wanted =
        std::any_of(instruments.begin(), instruments.end(),
                    [&](const market::Instrument& instrument) { return instrument.id == span.instrument; });
    if (!wanted || span.kind == storage::Kind::quotes || span.kind == storage::Kind::funding)
      continue;
    // A bar's last minute is the round it closes in.
    auto tail = span.kind == storage::Kind::bars ? span.timeframe.minutes - 1 : 0;
    window.first = std::min(window.first, market::round_of(span.first_ns));
    window.last = std::max(window.last, market::round_of(span.last_ns) + tail);
  }
  if (window.first > window.last)
    return fail(Category::usage, "the store has no ticks or bars of these instruments",
                "import some, or see what there is with 'finch data list'");
  return window;
}

Result<DeskResult> replay(const std::shared_ptr<const storage::TickStore>& store, const ReplayJob& job,
                          const std::function<bool(market::Round)>& progress, DeskRecords* records) {
  SystemConfig config{job.threads};
  caf::actor_system system{config};
  auto recorded = [&](caf::actor_system& actors, const market::Instrument& instrument,
                      CalculatorActor calculator,
                      std::vector<MarketListener> listeners) -> Result<FeedActor> {
    auto source = feed::RecordedSource::make(store, instrument.id, job.limits);
    if (!source)
      return tl::unexpected(source.error());
    return actors.spawn(feed::feed_actor, std::shared_ptr<feed::Source>{std::move(*source)},
                        std::move(calculator), std::move(listeners));
  };
  auto desk = Desk::spawn(system, job.desk, recorded);
  if (!desk)
    return tl::unexpected(desk.error());
  (*desk)->allow(job.last);
  if (auto settled = (*desk)->wait(job.last, progress); !settled)
    return tl::unexpected(settled.error());
  auto result = (*desk)->result(job.finish);
  if (result && records != nullptr) {
    auto taken = (*desk)->records();
    if (!taken)
      return tl::unexpected(taken.error());
    *records = std::move(*taken);
  }
  return result;
}

} // namespace finch::desk
