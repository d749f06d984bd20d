#include "actors/features/series.hpp"

#include "actors/features/plan_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

namespace finch::features {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

constexpr auto chunk = longest_run;

} // namespace

SeriesCalculator::SeriesCalculator(Plan plan, market::Timeframe timeframe,
                                   const market::Instrument& instrument)
    : plan_{std::move(plan)}, timeframe_{timeframe}, funding_interval_min_{instrument.funding_interval_min},
      arena_(plan_.layout().arena_size / 32 + 1, Block{}), values_(plan_.layout().value_count, nan),
      columns_(values_.size()), step_columns_(plan_.layout().slots.size()) {
  for (auto [offset, init] : plan_.layout().inits)
    init(arena_.data()->bytes + offset);
}

/// Points every column to where its next value goes: a row's values to `rows`, a stride apart; what stands
/// behind them to the scratch columns, or for a single bar to the values themselves.
void SeriesCalculator::aim(double* rows, std::size_t stride) {
  if (rows == aimed_ && stride == aimed_stride_)
    return;
  const auto& layout = plan_.layout();
  auto width = layout.names.size();
  auto live = rows == values_.data();
  if (!live)
    scratch_.resize((values_.size() - width) * chunk);
  auto* inner = live ? values_.data() + width : scratch_.data();
  for (std::size_t slot = 0; slot < columns_.size(); ++slot)
    columns_[slot] = slot < width ? rows + slot * stride : inner + (slot - width) * (live ? 1 : chunk);
  for (std::size_t i = 0; i < step_columns_.size(); ++i)
    step_columns_[i] = columns_[layout.slots[i]];
  aimed_ = rows;
  aimed_stride_ = stride;
}

/// Moves the columns of the rows on; scratch columns start over.
void SeriesCalculator::advance(std::size_t rows) {
  const auto& layout = plan_.layout();
  for (std::size_t column = 0; column < layout.names.size(); ++column)
    columns_[column] += rows;
  for (std::size_t i = 0; i < step_columns_.size(); ++i)
    step_columns_[i] += layout.slots[i] < layout.names.size() ? rows : 0;
  aimed_ += rows;
}

void SeriesCalculator::update(const market::Bar& bar) {
  aim(values_.data(), 1);
  Now now;
  take({&bar, 1}, &now);
  auto* states = arena_.data()->bytes;
  auto* const* columns = step_columns_.data();
  for (const auto& step : plan_.layout().steps)
    step.step(states + step.state, columns + step.slots, &now);
  mask({&now, 1});
}

void SeriesCalculator::update(std::span<const market::Bar> bars, double* columns, std::size_t stride) {
  const auto& layout = plan_.layout();
  // Pointing every column elsewhere and back costs more than a few bars do.
  if (bars.size() < 4) {
    for (std::size_t i = 0; i < bars.size(); ++i) {
      update(bars[i]);
      for (std::size_t column = 0; column < layout.names.size(); ++column)
        columns[column * stride + i] = values_[column];
    }
    return;
  }
  std::array<Now, chunk> now;
  aim(columns, stride);
  for (std::size_t from = 0; from < bars.size(); from += chunk) {
    auto part = bars.subspan(from, std::min(chunk, bars.size() - from));
    if (from > 0)
      advance(chunk);
    take(part, now.data());
    for (const auto& step : layout.steps)
      step.run(arena_.data()->bytes + step.state, step_columns_.data() + step.slots, now.data(), part.size());
    mask({now.data(), part.size()});
  }
  keep({this, bars, columns, stride});
}

void update_together(std::span<const SeriesRun> runs) {
  auto count = runs.empty() ? 0 : runs.front().bars.size();
  for (const auto& run : runs)
    count = std::min(count, run.bars.size());
  if (runs.size() != lanes || count < 4) {
    for (const auto& run : runs)
      run.series->update(run.bars, run.columns, run.stride);
    return;
  }
  const auto& layout = runs.front().series->plan_.layout();
  std::array<std::array<Now, chunk>, lanes> now;
  for (const auto& run : runs)
    run.series->aim(run.columns, run.stride);
  for (std::size_t from = 0; from < count; from += chunk) {
    auto size = std::min(chunk, count - from);
    std::array<const Now*, lanes> nows;
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      auto& series = *runs[lane].series;
      if (from > 0)
        series.advance(chunk);
      series.take(runs[lane].bars.subspan(from, size), now[lane].data());
      nows[lane] = now[lane].data();
    }
    for (const auto& step : layout.steps) {
      std::array<std::byte*, lanes> states;
      std::array<double* const*, lanes> columns;
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        states[lane] = runs[lane].series->arena_.data()->bytes + step.state;
        columns[lane] = runs[lane].series->step_columns_.data() + step.slots;
      }
      if (step.run_together)
        step.run_together(states.data(), columns.data(), nows.data(), size);
      else
        for (std::size_t lane = 0; lane < lanes; ++lane)
          step.run(states[lane], columns[lane], nows[lane], size);
    }
    for (std::size_t lane = 0; lane < lanes; ++lane)
      runs[lane].series->mask({now[lane].data(), size});
  }
  for (const auto& run : runs) {
    run.series->keep({run.series, run.bars.first(count), run.columns, run.stride});
    run.series->update(run.bars.subspan(count), run.columns + count, run.stride);
  }
}

/// Remembers the newest row of a run; a value behind the rows is never read again.
void SeriesCalculator::keep(const SeriesRun& run) noexcept {
  for (std::size_t column = 0; column < plan_.layout().names.size(); ++column)
    values_[column] = run.columns[column * run.stride + run.bars.size() - 1];
}

/// Opens the next bars: their place in the series, and their fields as columns.
void SeriesCalculator::take(std::span<const market::Bar> bars, Now* now) {
  for (std::size_t t = 0; t < bars.size(); ++t) {
    const auto& bar = bars[t];
    ++history_.index;
    history_.since_gap = history_.index == 0 || bar.after_gap ? 0 : history_.since_gap + 1;
    now[t] = {&bar, history_.index, history_.since_gap, funding_interval_min_};
    load(bar, t);
    history_.open = bar.open, history_.high = bar.high, history_.low = bar.low, history_.close = bar.close;
  }
  const auto& layout = plan_.layout();
  for (auto column : layout.cross_columns)
    std::fill_n(columns_[column], bars.size(), nan);
}

/// Before the first bar there is no previous one: it is its own predecessor, so that no inner value is NaN
/// for want of a past. What depends on it is masked by the warm-up.
void SeriesCalculator::load(const market::Bar& bar, std::size_t t) {
  auto first = history_.index == 0;
  auto count = static_cast<double>(bar.trade_count);
  auto typical = (bar.high + bar.low + bar.close) / 3;
  const double fields[]{
      bar.open,
      bar.high,
      bar.low,
      bar.close,
      bar.volume,
      first ? bar.open : history_.open,
      first ? bar.high : history_.high,
      first ? bar.low : history_.low,
      first ? bar.close : history_.close,
      bar.quote_volume,
      bar.has_count ? count : nan,
      bar.has_sides ? 2 * bar.buy_volume - bar.volume : nan,
      bar.has_ticks && bar.has_sides ? static_cast<double>(bar.buy_count - bar.sell_count) : nan,
      bar.has_ticks && bar.has_sides ? bar.sqrt_flow : nan,
      bar.has_ticks ? bar.quote_volume : typical * bar.volume,
  };
  static_assert(std::size(fields) == std::size(bar_fields));
  const auto& slots = plan_.layout().field_slots;
  for (std::size_t i = 0; i < std::size(fields); ++i)
    columns_[slots[i]][t] = fields[i];
}

void SeriesCalculator::mask(std::span<const Now> now) noexcept {
  const auto& layout = plan_.layout();
  for (std::size_t t = 0; t < now.size(); ++t) {
    if (now[t].since_gap >= layout.longest_warmup)
      continue;
    for (std::size_t i = 0; i < layout.warmups.size(); ++i)
      if (now[t].since_gap < layout.warmups[i])
        columns_[i][t] = nan;
  }
}

std::span<const double> SeriesCalculator::row() const noexcept {
  return {values_.data(), plan_.layout().names.size()};
}

flatbuffers::Offset<fb::SeriesState> SeriesCalculator::save(flatbuffers::FlatBufferBuilder& builder,
                                                            std::span<const market::Bar> waiting) const {
  std::vector<flatbuffers::Offset<fb::KernelState>> kernels;
  for (const auto& step : plan_.layout().steps)
    if (step.size > 0) {
      auto name = builder.CreateString(step.name);
      auto bytes = builder.CreateVector(
          reinterpret_cast<const std::uint8_t*>(arena_.data()->bytes + step.state), step.size);
      kernels.push_back(fb::CreateKernelState(builder, name, step.fingerprint, bytes));
    }
  auto list = builder.CreateVector(kernels);
  auto bars =
      builder.CreateVector(reinterpret_cast<const std::uint8_t*>(waiting.data()), waiting.size_bytes());
  return fb::CreateSeriesState(builder, timeframe_.minutes, history_.index, history_.since_gap, history_.open,
                               history_.high, history_.low, history_.close, list, bars);
}

Status SeriesCalculator::restore(const fb::SeriesState& state) {
  auto refuse = [&](std::string_view why) {
    return fail(Category::bad_input,
                fmt::format("a feature state of {} minutes does not fit {}: {}", state.minutes(),
                            format_timeframe(timeframe_), why),
                "it was written by another build, plan or timeframe: recompute from stored bars");
  };
  if (state.minutes() != timeframe_.minutes || !state.kernels())
    return refuse("it is of another timeframe");
  std::map<std::string_view, const fb::KernelState*> kernels;
  for (const auto* kernel : *state.kernels())
    kernels.emplace(std::string_view{kernel->name()->c_str(), kernel->name()->size()}, kernel);
  for (const auto& step : plan_.layout().steps) {
    if (step.size == 0)
      continue;
    auto found = kernels.find(step.name);
    if (found == kernels.end() || found->second->fingerprint() != step.fingerprint ||
        !found->second->state_bytes() || found->second->state_bytes()->size() != step.size)
      return refuse(fmt::format("it lacks '{}' as this build computes it", step.name));
    std::memcpy(arena_.data()->bytes + step.state, found->second->state_bytes()->data(), step.size);
  }
  history_ = {state.index(), state.since_gap(), state.open(), state.high(), state.low(), state.close()};
  std::fill(values_.begin(), values_.end(), nan);
  return {};
}

} // namespace finch::features
