#include "actors/feed/recorded_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace finch::feed {
namespace {

constexpr auto forever = std::numeric_limits<market::TimeNs>::max();

/// Native bars of one timeframe.
struct BarStream {
  StoredStream<market::BarColumns> stored;
  market::Round last_told = std::numeric_limits<market::Round>::min(); ///< closing round of the last bar told

  [[nodiscard]] market::Round opens() const { return market::round_of(stored.rows.open_time_ns[stored.at]); }
  [[nodiscard]] market::Round closes() const { return opens() + stored.rows.timeframe.minutes - 1; }
};

} // namespace

/// Everything stored of the instrument from some round on.
struct RecordedSource::Streams {
  RecordedTicks ticks;
  StoredStream<market::QuoteColumns> quotes;
  StoredStream<market::FundingColumns> funding;
  std::vector<BarStream> bars; // finest first
  MarkDeriver marks;
  market::Round last_ticks = std::numeric_limits<market::Round>::min(); // last round with ticks
  // What one round has, reused from round to round.
  std::vector<fb::Quote> round_quotes;
  std::vector<fb::Funding> round_funding;
  std::vector<fb::NativeBar> round_bars;

  /// Collects quotes and settlements up to the round's close.
  Status gather(market::Round round);
  /// Picks the bar that closes with the round, unless something finer told of its minutes; says whether any
  /// covers it.
  Result<bool> pick_bar(market::Round round);
  /// The next round with ticks or a bar, as far as it is known.
  Result<std::optional<market::Round>> next_data();
};

Status RecordedSource::Streams::gather(market::Round round) {
  auto begin = market::round_begin(round), close = market::round_close(round);
  round_quotes.clear();
  round_funding.clear();
  while (true) {
    auto ready = quotes.ready();
    if (!ready)
      return tl::unexpected(ready.error());
    if (!*ready)
      break;
    auto end = quotes.at;
    while (end < quotes.rows.size() && quotes.rows.time_ns[end] < close)
      ++end;
    append_quotes(round_quotes, quotes.rows, quotes.at, end - quotes.at);
    quotes.at = end;
    if (end < quotes.rows.size())
      break;
  }
  while (true) {
    auto ready = funding.ready();
    if (!ready)
      return tl::unexpected(ready.error());
    if (!*ready || funding.rows.time_ns[funding.at] >= close)
      return {};
    if (funding.rows.time_ns[funding.at] >= begin)
      round_funding.push_back(funding_at(funding.rows, funding.at));
    ++funding.at;
  }
}

Result<bool> RecordedSource::Streams::pick_bar(market::Round round) {
  round_bars.clear();
  auto covered = false;
  auto finer = last_ticks;
  for (auto& bar : bars) {
    while (true) {
      auto ready = bar.stored.ready();
      if (!ready)
        return tl::unexpected(ready.error());
      if (!*ready || bar.closes() > round)
        break;
      if (bar.closes() == round && finer < bar.opens()) {
        round_bars.push_back(native_bar(bar.stored.rows, bar.stored.at));
        bar.last_told = round;
        covered = true;
      }
      ++bar.stored.at;
    }
    if (!bar.stored.ended)
      covered |= bar.opens() <= round && finer < bar.opens();
    finer = std::max(finer, bar.last_told);
  }
  return covered;
}

Result<std::optional<market::Round>> RecordedSource::Streams::next_data() {
  auto next = ticks.next_round();
  if (!next)
    return next;
  for (auto& bar : bars) {
    auto ready = bar.stored.ready();
    if (!ready)
      return tl::unexpected(ready.error());
    if (*ready)
      next = std::min(next->value_or(bar.opens()), bar.opens());
  }
  return next;
}

Result<std::unique_ptr<RecordedSource>> RecordedSource::make(std::shared_ptr<const storage::TickStore> store,
                                                             market::InstrumentId instrument,
                                                             BlockLimits limits,
                                                             std::uint64_t first_sequence) {
  auto facts = store->instrument(instrument);
  if (!facts)
    return tl::unexpected(facts.error());
  return std::unique_ptr<RecordedSource>{
      new RecordedSource{std::move(store), *facts, limits, first_sequence}};
}

RecordedSource::RecordedSource(std::shared_ptr<const storage::TickStore> store,
                               const market::Instrument& instrument, BlockLimits limits,
                               std::uint64_t first_sequence)
    : store_{std::move(store)}, instrument_{instrument}, builder_{instrument.id, limits, first_sequence} {}

RecordedSource::~RecordedSource() = default;

Status RecordedSource::open(market::Round first) {
  // A silence that began before the window counts from its beginning, so the rounds before are looked
  // through.
  auto from = first - session_break_minutes;
  auto begin = market::round_begin(from);
  auto id = instrument_.id;
  std::vector<market::Timeframe> timeframes;
  std::optional<market::TimeNs> listed;
  for (const auto& span : store_->spans()) {
    if (span.instrument != id)
      continue;
    auto data = span.kind != storage::Kind::funding && span.kind != storage::Kind::quotes;
    if (data)
      listed = std::min(listed.value_or(span.first_ns), span.first_ns);
    if (span.kind == storage::Kind::bars)
      timeframes.push_back(span.timeframe);
  }
  std::ranges::sort(timeframes);
  std::optional<market::Round> last_data;
  if (listed && *listed < begin)
    last_data = from - session_break_minutes - 1;
  streams_ = std::make_unique<Streams>(Streams{RecordedTicks{store_, id, from},
                                               {store_->quotes(id, begin, forever)},
                                               {store_->funding(id, begin, forever)},
                                               {},
                                               {instrument_.has_sessions(), last_data},
                                               std::numeric_limits<market::Round>::min(),
                                               {},
                                               {},
                                               {}});
  for (auto timeframe : timeframes) // A bar that closes in the window may have opened before it
    streams_->bars.push_back({{store_->bars(id, timeframe, timeframe.bar_open(begin), forever)}});
  for (auto round = from; round < first; ++round)
    if (auto passed = tell(round, nullptr); !passed)
      return passed;
  return {};
}

Status RecordedSource::tell(market::Round round, const Emit* emit) {
  auto& own = *streams_;
  if (auto gathered = own.gather(round); !gathered)
    return gathered;
  Stretch stretch;
  stretch.round = round;
  std::span<const fb::Quote> quotes{own.round_quotes};
  std::span<const fb::Funding> funding{own.round_funding};
  auto ticks_seen = false;
  auto ticks = own.ticks.take(round, [&](TickSlice piece) {
    // More may follow at the last tick's time, and funding comes after all ticks of its instant.
    auto last = piece.time_ns.back();
    auto until = [](auto events, auto first_later) {
      return static_cast<std::size_t>(std::ranges::find_if(events, first_later) - events.begin());
    };
    stretch.ticks = piece;
    stretch.quotes = quotes.first(until(quotes, [&](auto& quote) { return quote.time_ns() > last; }));
    stretch.funding = funding.first(until(funding, [&](auto& paid) { return paid.time_ns() >= last; }));
    quotes = quotes.subspan(stretch.quotes.size());
    funding = funding.subspan(stretch.funding.size());
    ticks_seen = true;
    if (emit)
      builder_.add(stretch, *emit);
  });
  if (!ticks)
    return tl::unexpected(ticks.error());
  ticks_seen |= ticks->size() > 0;
  if (ticks_seen)
    own.last_ticks = round;
  auto covered = own.pick_bar(round);
  if (!covered)
    return tl::unexpected(covered.error());
  auto status = mark(round, ticks_seen || *covered);
  if (!status)
    return tl::unexpected(status.error());
  stretch.ticks = *ticks;
  stretch.quotes = quotes;
  stretch.funding = funding;
  stretch.bars = own.round_bars;
  stretch.closed = true;
  stretch.status = *status;
  if (emit)
    builder_.add(stretch, *emit);
  return {};
}

Result<market::RoundStatus> RecordedSource::mark(market::Round round, bool traded) {
  auto& own = *streams_;
  auto seen = traded ? Seen::traded : own.round_quotes.empty() ? Seen::nothing : Seen::alive;
  std::optional<market::Round> next;
  if (instrument_.has_sessions() && seen == Seen::nothing) {
    auto found = own.next_data();
    if (!found)
      return tl::unexpected(found.error());
    next = *found;
  }
  auto derived = own.marks.mark(round, seen, next);
  return own.ticks.mark(round).value_or(derived);
}

Status RecordedSource::read(market::Round first, market::Round last, const Emit& emit) {
  if (!streams_) {
    if (auto opened = open(first); !opened)
      return opened;
  } else if (first != next_) {
    return fail(Category::failed,
                fmt::format("the recorded source of {} stands at {} and was asked for {}",
                            format_name(instrument_.name), market::format_time(market::round_begin(next_)),
                            market::format_time(market::round_begin(first))),
                "grant windows in order, without holes");
  }
  for (auto round = first; round <= last; ++round)
    if (auto told = tell(round, &emit); !told)
      return told;
  next_ = last + 1;
  builder_.flush(emit);
  return {};
}

} // namespace finch::feed
