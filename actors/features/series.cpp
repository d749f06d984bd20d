#include "actors/features/series.hpp"

#include "actors/features/plan_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace finch::features {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span{values});
}

} // namespace

SeriesCalculator::SeriesCalculator(Plan plan, market::Timeframe timeframe, const market::Instrument& instrument)
    : plan_{std::move(plan)}, timeframe_{timeframe}, instrument_{instrument.id},
      funding_interval_min_{instrument.funding_interval_min}, arena_(plan_.layout().arena_size / 32 + 1, Block{}),
      values_(plan_.layout().value_count, nan) {
  for (auto [offset, init] : plan_.layout().inits)
    init(arena() + offset);
}

void SeriesCalculator::update(const market::Bar& bar) {
  ++history_.index;
  history_.since_gap = history_.index == 0 || bar.after_gap ? 0 : history_.since_gap + 1;
  load(bar);
  const auto& layout = plan_.layout();
  Now now{&bar, history_.index, history_.since_gap, funding_interval_min_};
  auto* values = values_.data();
  auto* states = arena();
  const auto* slots = layout.slots.data();
  for (const auto& step : layout.steps)
    step.run(states + step.state, values, slots + step.slots, now);
  history_.open = bar.open, history_.high = bar.high, history_.low = bar.low, history_.close = bar.close;
  if (history_.since_gap < layout.longest_warmup)
    mask();
}

/// Before the first bar there is no previous one: it is its own predecessor, so that no inner value is NaN for want of
/// a past. What depends on it is masked by the warm-up.
void SeriesCalculator::load(const market::Bar& bar) {
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
    values_[slots[i]] = fields[i];
}

void SeriesCalculator::mask() noexcept {
  const auto& warmups = plan_.layout().warmups;
  for (std::size_t i = 0; i < warmups.size(); ++i)
    if (history_.since_gap < warmups[i])
      values_[i] = nan;
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
  if (std::memcmp(&mine, &theirs, sizeof mine) != 0 || state.size() != sizeof mine + mine.check)
    return fail(Category::bad_input,
                fmt::format("a feature state of {} bytes does not belong to instrument {} on {}", state.size(),
                            instrument_, format_timeframe(timeframe_)),
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
