#include "actors/features/series.hpp"

#include "actors/features/plan_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace finch::features {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Bars a kernel runs along before the next one does: enough to forget the cost of the call, few enough for
/// all columns of a plan to stay in the cache.
constexpr std::size_t chunk = 64;

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span{values});
}

} // namespace

SeriesCalculator::SeriesCalculator(Plan plan, market::Timeframe timeframe,
                                   const market::Instrument& instrument)
    : plan_{std::move(plan)}, timeframe_{timeframe}, instrument_{instrument.id},
      funding_interval_min_{instrument.funding_interval_min},
      arena_(plan_.layout().arena_size / 32 + 1, Block{}), values_(plan_.layout().value_count, nan),
      columns_(values_.size()), step_columns_(plan_.layout().slots.size()) {
  for (auto [offset, init] : plan_.layout().inits)
    init(arena_.data()->bytes + offset);
  point_at(values_.data(), 1, values_.data() + plan_.layout().names.size(), 1);
}

void SeriesCalculator::point_at(double* rows, std::size_t row_stride, double* inner,
                                std::size_t inner_stride) {
  const auto& layout = plan_.layout();
  auto width = layout.names.size();
  for (std::size_t slot = 0; slot < columns_.size(); ++slot)
    columns_[slot] = slot < width ? rows + slot * row_stride : inner + (slot - width) * inner_stride;
  for (std::size_t i = 0; i < step_columns_.size(); ++i)
    step_columns_[i] = columns_[layout.slots[i]];
}

void SeriesCalculator::update(const market::Bar& bar) { run({&bar, 1}); }

void SeriesCalculator::update(std::span<const market::Bar> bars, double* columns, std::size_t stride) {
  auto width = plan_.layout().names.size();
  // Pointing every column elsewhere and back costs more than a few bars do.
  if (bars.size() < 4) {
    for (std::size_t i = 0; i < bars.size(); ++i) {
      update(bars[i]);
      for (std::size_t column = 0; column < width; ++column)
        columns[column * stride + i] = values_[column];
    }
    return;
  }
  scratch_.resize((values_.size() - width) * chunk);
  for (std::size_t from = 0; from < bars.size(); from += chunk) {
    auto part = bars.subspan(from, std::min(chunk, bars.size() - from));
    point_at(columns + from, stride, scratch_.data(), chunk);
    for (std::size_t column = 0; column < width; ++column)
      if (plan_.layout().cross_asset[column])
        std::fill_n(columns_[column], part.size(), nan);
    run(part);
  }
  auto last = (bars.size() - 1) % chunk;
  for (std::size_t slot = 0; slot < values_.size(); ++slot)
    values_[slot] = columns_[slot][last];
  point_at(values_.data(), 1, values_.data() + width, 1);
}

void SeriesCalculator::run(std::span<const market::Bar> bars) {
  std::array<Now, chunk> now;
  for (std::size_t t = 0; t < bars.size(); ++t) {
    const auto& bar = bars[t];
    ++history_.index;
    history_.since_gap = history_.index == 0 || bar.after_gap ? 0 : history_.since_gap + 1;
    now[t] = {&bar, history_.index, history_.since_gap, funding_interval_min_};
    load(bar, t);
    history_.open = bar.open, history_.high = bar.high, history_.low = bar.low, history_.close = bar.close;
  }
  auto* states = arena_.data()->bytes;
  auto* const* columns = step_columns_.data();
  for (const auto& step : plan_.layout().steps)
    step.run(states + step.state, columns + step.slots, now.data(), bars.size());
  mask({now.data(), bars.size()});
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

SeriesCalculator::Header SeriesCalculator::header() const noexcept {
  return {plan_.fingerprint(), instrument_, static_cast<std::uint64_t>(timeframe_.minutes),
          sizeof(History) + bytes_of(arena_).size() + bytes_of(values_).size()};
}

std::vector<std::byte> SeriesCalculator::save() const {
  std::vector<std::byte> out;
  auto append = [&](std::span<const std::byte> bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); };
  auto head = header();
  append(std::as_bytes(std::span{&head, 1}));
  append(std::as_bytes(std::span{&history_, 1}));
  append(bytes_of(arena_));
  append(bytes_of(values_));
  return out;
}

Status SeriesCalculator::restore(std::span<const std::byte> state) {
  auto mine = header();
  Header theirs{};
  if (state.size() >= sizeof theirs)
    std::memcpy(&theirs, state.data(), sizeof theirs);
  if (std::memcmp(&mine, &theirs, sizeof mine) != 0 || state.size() != sizeof mine + mine.size)
    return fail(Category::bad_input,
                fmt::format("a feature state of {} bytes does not belong to instrument {} on {}",
                            state.size(), instrument_, format_timeframe(timeframe_)),
                "it was written by another build, plan or timeframe: recompute from stored bars");
  auto take = [&, at = sizeof mine](void* to, std::size_t size) mutable {
    std::memcpy(to, state.data() + at, size);
    at += size;
  };
  take(&history_, sizeof history_);
  take(arena_.data(), bytes_of(arena_).size());
  take(values_.data(), bytes_of(values_).size());
  return {};
}

} // namespace finch::features
