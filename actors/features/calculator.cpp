#include "actors/features/calculator.hpp"

#include "actors/features/bytes.hpp"
#include "actors/features/round_statistics.hpp"
#include "actors/market/decimal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace finch::features {
namespace {

market::TickStatistics statistics_of(const Plan& plan) {
  return {plan.needs_sqrt_flow(), plan.needs_interarrival(), plan.needs_large_trades()};
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The round a bar closes with.
market::Round closing_round(const market::Bar& bar) { return market::round_of(bar.close_time_ns()) - 1; }

/// Fingerprint of the memory a state holds as it is.
std::uint64_t state_layout() {
  std::uint64_t out = 1;
  for (auto size :
       {sizeof(market::Bar), sizeof(market::BarAggregator::State), sizeof(market::BarAggregator::Pending),
        sizeof(QuoteStatistics), sizeof(FundingStatistics), sizeof(ToxicityStatistics)})
    out = out * 1'000'003 + size;
  return out;
}

/// Runs bars whose rows nobody wants.
void skip(SeriesCalculator& series, std::span<const market::Bar> bars) {
  for (const auto& bar : bars)
    series.update(bar);
}

} // namespace

InstrumentCalculator::InstrumentCalculator(const market::Instrument& instrument, Plan plan,
                                           std::vector<market::Timeframe> timeframes)
    : instrument_{instrument}, plan_{std::move(plan)},
      waiting_(timeframes.size()), builder_{instrument, statistics_of(plan_)},
      aggregator_{timeframes, instrument.has_sessions()},
      quotes_{std::make_unique<QuoteStatistics>(market::pow10_double[instrument.quantity_decimals])},
      funding_{std::make_unique<FundingStatistics>()}, toxicity_{plan_.needs_vpin()
                                                                     ? std::make_unique<ToxicityStatistics>()
                                                                     : nullptr} {
  for (auto timeframe : timeframes)
    series_.emplace_back(plan_, timeframe, instrument);
}

InstrumentCalculator::~InstrumentCalculator() = default;
InstrumentCalculator::InstrumentCalculator(InstrumentCalculator&&) noexcept = default;
InstrumentCalculator& InstrumentCalculator::operator=(InstrumentCalculator&&) noexcept = default;

void InstrumentCalculator::consume(const fb::MarketBlock& block) {
  std::uint32_t tick = 0, quote = 0, bar = 0, funding = 0;
  if (!block.segments())
    return;
  for (const auto* segment : *block.segments()) {
    if (tick < segment->tick_end())
      take_ticks(block, tick, segment->tick_end());
    tick = segment->tick_end();
    for (; quote < segment->quote_end(); ++quote)
      quotes_->add(segment->round(), *block.quotes()->Get(quote));
    for (; bar < segment->bar_end(); ++bar)
      take_bar(*block.bars()->Get(bar));
    for (; funding < segment->funding_end(); ++funding)
      funding_->add(block.funding()->Get(funding)->rate());
    if (segment->closed())
      close(segment->round(), static_cast<market::RoundStatus>(segment->status()));
  }
}

void InstrumentCalculator::take_ticks(const fb::MarketBlock& block, std::size_t from, std::size_t to) {
  auto part = [&](const auto* column) {
    return std::span{column->data(), column->size()}.subspan(from, to - from);
  };
  auto quantity = part(block.tick_quantity());
  auto side = part(block.tick_side());
  builder_.add(part(block.tick_time_ns()), part(block.tick_price()), quantity, side);
  if (toxicity_)
    toxicity_->add_ticks(quantity, side);
}

void InstrumentCalculator::take_bar(const fb::NativeBar& native) {
  auto unit = market::pow10_double[instrument_.price_decimals];
  auto priced = [unit](std::int64_t mantissa) { return static_cast<double>(mantissa) / unit; };
  market::Bar bar;
  bar.open_time_ns = native.open_time_ns();
  bar.timeframe = {native.minutes()};
  bar.open = priced(native.open()), bar.high = priced(native.high());
  bar.low = priced(native.low()), bar.close = priced(native.close());
  bar.volume = native.volume();
  bar.quote_volume = std::isnan(native.quote_volume()) ? bar.close * bar.volume : native.quote_volume();
  bar.has_sides = !std::isnan(native.buy_volume());
  bar.buy_volume = bar.has_sides ? native.buy_volume() : 0;
  bar.has_count = native.trade_count() >= 0;
  bar.trade_count = bar.has_count ? native.trade_count() : 0;
  bar.large_volume = nan;
  native_.push_back(bar);
}

void InstrumentCalculator::close(market::Round round, market::RoundStatus status) {
  market::RoundState state;
  due_.clear();
  if (!builder_.empty())
    due_.push_back(builder_.finish(round));
  // Ticks outrank bars, and short bars outrank long ones. A bar may arrive in any round of its time.
  std::stable_sort(native_.begin(), native_.end(),
                   [](const market::Bar& a, const market::Bar& b) { return a.timeframe < b.timeframe; });
  auto from_ticks = !due_.empty();
  for (const auto& bar : native_)
    if (closing_round(bar) == round) {
      if (toxicity_ && due_.empty())
        toxicity_->add_bar(
            bar.volume * market::pow10_double[instrument_.quantity_decimals],
            bar.has_sides ? bar.buy_volume * market::pow10_double[instrument_.quantity_decimals] : nan);
      if (!from_ticks || bar.timeframe.minutes > 1)
        due_.push_back(bar);
    }
  std::erase_if(native_, [&](const market::Bar& bar) { return closing_round(bar) <= round; });
  quotes_->close(round, state);
  funding_->close(state);
  if (toxicity_)
    toxicity_->close(round, due_.empty() ? nan : due_.front().close, state);
  closed_.clear();
  aggregator_.close_round(round, status, due_, state, closed_);
  for (auto& waiting : waiting_)
    if (waiting.from == waiting.bars.size())
      waiting.bars.clear(), waiting.from = 0;
  for (const auto& bar : closed_)
    for (std::size_t i = 0; i < series_.size(); ++i)
      if (series_[i].timeframe() == bar.timeframe)
        waiting_[i].bars.push_back(bar);
}

std::optional<market::Round> InstrumentCalculator::complete_through() const noexcept {
  return aggregator_.last_round();
}

InstrumentCalculator::Due InstrumentCalculator::due(std::size_t i, market::Round first, market::Round last) {
  auto& [bars, from] = waiting_[i];
  auto at = [&](std::size_t index) { return bars.begin() + static_cast<std::ptrdiff_t>(index); };
  auto closes_by = [](market::Round round) {
    return [round](const market::Bar& bar) { return closing_round(bar) <= round; };
  };
  auto begin = std::partition_point(at(from), bars.end(), closes_by(first - 1));
  auto end = std::partition_point(begin, bars.end(), closes_by(last));
  skip(series_[i], {at(from), begin});
  from = static_cast<std::size_t>(end - bars.begin());
  return {&series_[i], {begin, end}};
}

Frame<fb::FeatureRows> InstrumentCalculator::take(market::Round first, market::Round last) {
  auto width = plan_.names().size();
  flatbuffers::FlatBufferBuilder builder{1024};
  std::vector<flatbuffers::Offset<fb::FeatureColumns>> columns;
  for (std::size_t i = 0; i < series_.size(); ++i) {
    auto [series, bars] = due(i, first, last);
    double* values = nullptr;
    auto matrix = builder.CreateUninitializedVector(width * bars.size(), &values);
    series->update(bars, values, bars.size());
    market::Round* closing = nullptr;
    auto rounds = builder.CreateUninitializedVector(bars.size(), &closing);
    std::transform(bars.begin(), bars.end(), closing, closing_round);
    columns.push_back(fb::CreateFeatureColumns(builder, series->timeframe().minutes, rounds, matrix));
  }
  return Frame<fb::FeatureRows>::own(
      builder, fb::CreateFeatureRows(builder, instrument_.id, first, last, builder.CreateVector(columns)));
}

flatbuffers::Offset<fb::CalculatorState>
InstrumentCalculator::save(flatbuffers::FlatBufferBuilder& builder) const {
  std::vector<flatbuffers::Offset<fb::SeriesState>> series;
  for (std::size_t i = 0; i < series_.size(); ++i)
    series.push_back(
        series_[i].save(builder, std::span<const market::Bar>{waiting_[i].bars}.subspan(waiting_[i].from)));
  auto sizes = builder_.large_trades().sizes();
  auto aggregator = put_value(builder, aggregator_.state());
  auto pending = put_bytes(builder, std::span{aggregator_.pending()});
  auto native = put_bytes(builder, std::span<const market::Bar>{native_});
  auto quotes = put_value(builder, *quotes_), funding = put_value(builder, *funding_);
  auto toxicity = toxicity_ ? put_value(builder, *toxicity_) : 0;
  auto trades = builder.CreateVector(sizes);
  return fb::CreateCalculatorState(builder, instrument_.id, state_layout(), aggregator, pending, native,
                                   quotes, funding, toxicity, trades, builder.CreateVector(series));
}

Frame<fb::CalculatorState> InstrumentCalculator::save() const {
  flatbuffers::FlatBufferBuilder builder{1U << 16U};
  return Frame<fb::CalculatorState>::own(builder, save(builder));
}

Status InstrumentCalculator::restore(const fb::CalculatorState& state) {
  auto refuse = [&](std::string_view why) {
    return fail(Category::bad_input,
                fmt::format("a calculator state of instrument {} does not fit {}: {}", state.instrument(),
                            market::format_name(instrument_.name), why),
                "it was written by another build, plan or set of timeframes: recompute from stored data");
  };
  if (state.instrument() != instrument_.id)
    return refuse("it is another's");
  market::BarAggregator::State aggregator;
  std::vector<market::BarAggregator::Pending> known, pending;
  if (state.layout() != state_layout() || !state.series() || !state.trade_sizes() ||
      !get_value(state.aggregator_bytes(), aggregator) || !get_items(state.pending_bytes(), known) ||
      !get_items(state.native_bytes(), native_) || !get_value(state.quotes_bytes(), *quotes_) ||
      !get_value(state.funding_bytes(), *funding_) ||
      (toxicity_ && !get_value(state.toxicity_bytes(), *toxicity_)))
    return refuse("another build wrote it, or a smaller plan");
  for (const auto& own : aggregator_.pending())
    for (const auto& other : known)
      if (own.timeframe == other.timeframe)
        pending.push_back(other);
  for (std::size_t i = 0; i < series_.size(); ++i) {
    auto found = std::find_if(state.series()->begin(), state.series()->end(), [&](const auto* series) {
      return series->minutes() == series_[i].timeframe().minutes;
    });
    if (found == state.series()->end() || pending.size() != series_.size())
      return refuse("it lacks a timeframe");
    if (auto status = series_[i].restore(**found); !status)
      return status;
    std::vector<market::Bar> waiting;
    if (!get_items(found->waiting_bytes(), waiting))
      return refuse("its waiting bars are cut short");
    skip(series_[i], waiting);
    waiting_[i] = {};
  }
  aggregator_.restore(aggregator, pending);
  builder_.large_trades().restore({state.trade_sizes()->data(), state.trade_sizes()->size()});
  return {};
}

} // namespace finch::features
