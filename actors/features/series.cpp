#include "actors/features/series.hpp"

#include "actors/features/plan_layout.hpp"
#include "actors/market/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

namespace finch::features {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Words of a state, and where four of them stand: word w of lane k of a woven kernel is word 4w + k, else
/// the lanes stand one after the other.
std::size_t place(bool woven, std::size_t word, std::size_t words, std::size_t lane) noexcept {
  return woven ? lanes * word + lane : words * lane + word;
}

using Word = std::uint64_t;

} // namespace

/// Where runs compute: for every slot the values of a chunk of bars, of one series or of four side by side.
/// Small enough to stay in the cache from chunk to chunk and from series to series.
class SeriesCalculator::Workspace {
public:
  static Workspace& of_this_thread() {
    thread_local Workspace workspace;
    return workspace;
  }

  void aim(const PlanLayout& layout) {
    if (layout.fingerprint == fingerprint_)
      return;
    fingerprint_ = layout.fingerprint;
    values_.assign(layout.value_count, {});
    columns_.clear();
    for (auto slot : layout.slots)
      columns_.push_back(values_[slot].values);
    for (auto cross : layout.cross_columns)
      std::fill_n(values_[cross].values, longest_run, nan);
  }

  /// The column of slot 0; those of the others follow, `longest_run` apart.
  [[nodiscard]] double* values() noexcept { return values_.data()->values; }
  /// In the order of `PlanLayout::slots`.
  [[nodiscard]] double* const* columns() const noexcept { return columns_.data(); }

  std::array<Now, longest_run> now{};

private:
  struct alignas(64) Values {
    double values[longest_run];
  };
  std::uint64_t fingerprint_ = 0;
  std::vector<Values> values_;
  std::vector<double*> columns_;
};

SeriesCalculator::SeriesCalculator(Plan plan, market::Timeframe timeframe,
                                   const market::Instrument& instrument)
    : plan_{std::move(plan)}, timeframe_{timeframe}, funding_interval_min_{instrument.funding_interval_min},
      arena_(plan_.layout().arena_size / sizeof(Block) + 1, Block{}),
      values_(plan_.layout().value_count, nan) {
  for (auto [offset, init] : plan_.layout().inits)
    init(arena_.data()->bytes + offset);
  for (auto slot : plan_.layout().slots)
    step_columns_.push_back(values_.data() + slot);
}

void SeriesCalculator::update(const market::Bar& bar) {
  leave_quad();
  Now now;
  take(bar, now, values_.data(), 1);
  const auto& layout = plan_.layout();
  const auto* chain = layout.chain.data();
  chain->step(chain, arena_.data()->bytes, step_columns_.data(), &now);
  if (now.since_gap < layout.longest_warmup)
    for (std::size_t f = 0; f < layout.warmups.size(); ++f)
      if (now.since_gap < layout.warmups[f])
        values_[f] = nan;
}

void SeriesCalculator::update(std::span<const market::Bar> bars, double* columns, std::size_t stride) {
  SeriesRun run{this, bars, columns, stride};
  update_together({&run, 1});
}

void update_together(std::span<const SeriesRun> runs) {
  if (SeriesCalculator::in_step(runs))
    return SeriesCalculator::run(runs, SeriesCalculator::seat(runs));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    runs[i].series->leave_quad();
    SeriesCalculator::run(runs.subspan(i, 1), runs[i].series->arena_.data()->bytes);
  }
}

namespace {

/// NaN for what is not warm yet.
void mask(const PlanLayout& layout, std::span<const Now> now, double* values, std::size_t stride) noexcept {
  for (std::size_t t = 0; t < now.size(); ++t) {
    if (now[t].since_gap >= layout.longest_warmup)
      continue;
    for (std::size_t f = 0; f < layout.warmups.size(); ++f)
      if (now[t].since_gap < layout.warmups[f])
        values[f * stride + t] = nan;
  }
}

/// Hands rows over, one feature of a chunk of bars at a time.
class Delivery {
public:
  explicit Delivery(std::span<const SeriesRun> runs) noexcept : runs_{runs} {
    for (std::size_t k = 0; k < runs.size(); ++k) {
      const auto& run = runs[k];
      dense_ = dense_ && run.step == 1 && run.rows.empty();
      abreast_ = abreast_ && run.rows.empty() && run.columns == runs[0].columns + k &&
                 run.stride == runs[0].stride && run.step == runs[0].step;
    }
  }

  /// `values` are those of the bars [from, from + count), the series side by side.
  void hand_over(std::size_t feature, const double* values, std::size_t from,
                 std::size_t count) const noexcept {
    std::size_t t = 0;
    if (runs_.size() == 1 && dense_)
      std::copy_n(values, t = count, place(0, feature, from));
    else if (runs_.size() == lanes && abreast_)
      for (auto* out = place(0, feature, from); t < count; ++t, out += runs_[0].step)
        store(out, load(values + t * lanes));
    else if (runs_.size() == lanes && dense_)
      for (std::array out{place(0, feature, from), place(1, feature, from), place(2, feature, from),
                          place(3, feature, from)};
           t + lanes <= count; t += lanes) {
        const auto* row = values + t * lanes;
        turn({row, row + lanes, row + 2 * lanes, row + 3 * lanes},
             {out[0] + t, out[1] + t, out[2] + t, out[3] + t});
      }
    for (std::size_t k = 0; k < runs_.size(); ++k)
      for (auto i = t; i < count; ++i)
        *place(k, feature, from + i) = values[i * runs_.size() + k];
  }

private:
  [[nodiscard]] double* place(std::size_t k, std::size_t feature, std::size_t bar) const noexcept {
    const auto& run = runs_[k];
    return run.columns + feature * run.stride + (run.rows.empty() ? bar : run.rows[bar]) * run.step;
  }

  std::span<const SeriesRun> runs_;
  bool dense_ = true, abreast_ = true; ///< bars without a gap between them; series without one
};

} // namespace

/// Runs one series, or four in step, whose states are at `states`.
void SeriesCalculator::run(std::span<const SeriesRun> runs, std::byte* states) {
  auto width = runs.size();
  const auto& layout = runs.front().series->plan_.layout();
  auto& workspace = Workspace::of_this_thread();
  workspace.aim(layout);
  constexpr auto stride = longest_run;
  auto* values = workspace.values();
  auto* now = workspace.now.data();
  const Delivery delivery{runs};
  auto features = layout.names.size(), count = runs.front().bars.size();
  for (std::size_t from = 0; from < count; from += longest_run / width) {
    auto size = std::min(longest_run / width, count - from);
    for (std::size_t k = 0; k < width; ++k)
      for (std::size_t t = 0; t < size; ++t)
        runs[k].series->take(runs[k].bars[from + t], now[t * width + k], values + t * width + k, stride);
    for (const auto& step : layout.steps)
      (width == 1 ? step.run : step.run_together)(states + width * step.state,
                                                  workspace.columns() + step.slots, now, size);
    mask(layout, {now, size * width}, values, stride);
    for (std::size_t f = 0; f < features; ++f)
      delivery.hand_over(f, values + f * stride, from, size);
    if (from + size == count)
      for (std::size_t k = 0; k < width; ++k)
        for (std::size_t f = 0; f < features; ++f)
          runs[k].series->values_[f] = values[f * stride + (size - 1) * width + k];
  }
}

bool SeriesCalculator::in_step(std::span<const SeriesRun> runs) noexcept {
  if (runs.size() != lanes)
    return false;
  const auto& first = runs.front();
  return std::all_of(runs.begin(), runs.end(), [&](const SeriesRun& run) {
    return run.bars.size() == first.bars.size() &&
           run.series->history_.index == first.series->history_.index &&
           run.series->plan_.fingerprint() == first.series->plan_.fingerprint();
  });
}

/// Where the states of four series in step are; weaves them where that has not happened.
std::byte* SeriesCalculator::seat(std::span<const SeriesRun> runs) {
  const auto& quad = runs.front().series->quad_;
  auto seated = quad != nullptr;
  for (std::size_t k = 0; k < lanes; ++k)
    seated = seated && runs[k].series->quad_ == quad && runs[k].series->lane_ == k;
  if (seated)
    return quad->data()->bytes;
  for (const auto& run : runs)
    run.series->leave_quad();
  auto woven = std::make_shared<Quad>(lanes * runs.front().series->arena_.size());
  auto* to = reinterpret_cast<Word*>(woven->data()->bytes);
  for (const auto& step : runs.front().series->plan_.layout().steps)
    for (std::size_t k = 0; k < lanes; ++k) {
      const auto* from = reinterpret_cast<const Word*>(runs[k].series->arena_.data()->bytes + step.state);
      auto words = step.size / sizeof(Word);
      for (std::size_t w = 0; w < words; ++w)
        to[lanes * step.state / sizeof(Word) + place(step.woven, w, words, k)] = from[w];
    }
  for (std::size_t k = 0; k < lanes; ++k) {
    runs[k].series->quad_ = woven;
    runs[k].series->lane_ = k;
  }
  return woven->data()->bytes;
}

/// One kernel's state, wherever it is.
void SeriesCalculator::copy_state(const Step& step, std::byte* out) const noexcept {
  if (!quad_) {
    std::memcpy(out, arena_.data()->bytes + step.state, step.size);
    return;
  }
  const auto* from = quad_->data()->bytes + lanes * step.state;
  auto words = step.size / sizeof(Word);
  for (std::size_t w = 0; w < words; ++w)
    std::memcpy(out + w * sizeof(Word), from + place(step.woven, w, words, lane_) * sizeof(Word),
                sizeof(Word));
}

void SeriesCalculator::leave_quad() {
  if (!quad_)
    return;
  for (const auto& step : plan_.layout().steps)
    copy_state(step, arena_.data()->bytes + step.state);
  quad_.reset();
}

/// Opens the next bar: its place in the series, and its fields to `values[slot * stride]`. Before the first
/// bar there is no previous one: it is its own predecessor, so that no inner value is NaN for want of a past.
/// What depends on it is masked by the warm-up.
void SeriesCalculator::take(const market::Bar& bar, Now& now, double* values, std::size_t stride) noexcept {
  ++history_.index;
  auto first = history_.index == 0;
  history_.since_gap = first || bar.after_gap ? 0 : history_.since_gap + 1;
  now = {&bar, history_.index, history_.since_gap, funding_interval_min_};
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
      static_cast<double>(market::round_of(bar.open_time_ns)),
  };
  static_assert(std::size(fields) == std::size(bar_fields));
  const auto& slots = plan_.layout().field_slots;
  for (std::size_t i = 0; i < std::size(fields); ++i)
    values[slots[i] * stride] = fields[i];
  history_.open = bar.open, history_.high = bar.high, history_.low = bar.low, history_.close = bar.close;
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
      std::uint8_t* state = nullptr;
      auto bytes = builder.CreateUninitializedVector(step.size, &state);
      copy_state(step, reinterpret_cast<std::byte*>(state));
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
  quad_.reset();
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
