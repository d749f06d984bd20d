#include "actors/features/feature_cache.hpp"

#include "actors/features/calculator.hpp"
#include "actors/features/crew.hpp"
#include "actors/features/cross_asset.hpp"
#include "actors/features/interleave.hpp"
#include "actors/features/kernel.hpp"
#include "actors/features/user_features.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <deque>

namespace finch::features {
namespace {

/// Memory for the values of one window. Large pages spare most of the faults of touching it first.
class Memory {
public:
  explicit Memory(std::size_t values) : bytes_{(values * sizeof(double) + page - 1) / page * page} {
    if (bytes_ == 0)
      return;
    values_ = static_cast<double*>(std::aligned_alloc(page, bytes_));
    if (!values_)
      throw std::bad_alloc{};
    ::madvise(values_, bytes_, MADV_HUGEPAGE);
  }
  ~Memory() { std::free(values_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  [[nodiscard]] double* values() const noexcept { return values_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
  static constexpr std::size_t page = 4'096;
  std::size_t bytes_;
  double* values_ = nullptr;
};

/// A window with what its blocks point to.
struct OwnedWindow : ColumnWindow {
  OwnedWindow(std::size_t values, std::size_t timeframes) : memory{values}, rounds(timeframes) {
    blocks.resize(timeframes);
    bytes = memory.bytes();
  }
  Memory memory;
  std::vector<std::vector<market::Round>> rounds;
};

/// One timeframe of one instrument in the window at hand.
struct Lane {
  InstrumentCalculator::Due due;
  std::vector<market::Round> rounds;
};

/// A piece of work: some of the instruments, or some of the features, of one timeframe.
struct Piece {
  std::size_t timeframe, from, to;
};

} // namespace

struct FeatureCache::Parts {
  Parts(std::vector<market::Instrument> universe, Plan wanted, std::vector<market::Timeframe> frames,
        Config given)
      : instruments{std::move(universe)}, plan{std::move(wanted)}, timeframes{std::move(frames)},
        config{given}, crew{std::max<std::size_t>(given.threads, 1)}, next{given.first} {
    std::sort(instruments.begin(), instruments.end(),
              [](const market::Instrument& a, const market::Instrument& b) { return a.id < b.id; });
    lanes_of.resize(timeframes.size(), std::vector<Lane>(instruments.size()));
    scratch.resize(timeframes.size());
    begin();
    cut();
  }

  void begin();
  void cut();
  [[nodiscard]] Result<bool> restore(std::int32_t day, const CheckpointShelf& shelf);
  [[nodiscard]] Status write_checkpoints(std::int32_t day) const;
  [[nodiscard]] Status tell(market::Round first, market::Round last, const Teller& teller);
  void compute(market::Round first, market::Round last);
  void gather(market::Round first, market::Round last);
  void run(const Piece& piece);
  void keep(std::shared_ptr<OwnedWindow> window);

  std::vector<market::Instrument> instruments;
  Plan plan;
  std::vector<market::Timeframe> timeframes;
  Config config;
  Crew crew;
  std::vector<InstrumentCalculator> calculators; ///< by instrument
  std::vector<CrossAsset> cross;                 ///< by timeframe; empty where no column needs it
  std::vector<UserFeatures> user;                ///< likewise
  std::vector<std::vector<Lane>> lanes_of;       ///< [timeframe][instrument]
  /// By timeframe: [instrument][feature][row] of the window at hand, small enough to stay in the cache.
  std::vector<std::vector<double>> scratch;
  std::vector<std::size_t> strides; ///< by timeframe: rows of a scratch column
  std::vector<Piece> by_instruments, by_features;
  market::Round next; ///< the first round not computed
  std::deque<std::shared_ptr<const ColumnWindow>> windows;
  std::size_t bytes = 0;
  CheckpointShelf shelf; ///< without `put` where no checkpoints are written
};

/// Makes calculators that know nothing yet.
void FeatureCache::Parts::begin() {
  calculators.clear();
  cross.clear();
  user.clear();
  for (const auto& instrument : instruments)
    calculators.emplace_back(instrument, plan, timeframes);
  for (std::size_t i = 0; i < timeframes.size(); ++i) {
    if (plan.has_cross_asset())
      cross.emplace_back(instruments, plan);
    if (plan.has_user_features())
      user.emplace_back(instruments.size(), timeframes[i], plan);
  }
}

Result<bool> FeatureCache::Parts::restore(std::int32_t day, const CheckpointShelf& from) {
  for (std::size_t k = 0; k < instruments.size(); ++k) {
    auto checkpoint = checkpoint_of(from, instruments[k].id, day);
    if (!checkpoint)
      return tl::unexpected(checkpoint.error());
    if (!*checkpoint)
      return false;
    const auto& saved = **checkpoint;
    if (saved->day() != day || !saved->calculator() || !calculators[k].restore(*saved->calculator()))
      return false;
    for (std::size_t i = 0; i < cross.size(); ++i)
      if (!saved->join() || !cross[i].restore(*saved->join(), k, timeframes[i]))
        return false;
    for (auto& features : user)
      if (!saved->join() || !features.restore(*saved->join(), k, instruments[k].id))
        return false;
  }
  return true;
}

Status FeatureCache::Parts::write_checkpoints(std::int32_t day) const {
  for (std::size_t k = 0; k < instruments.size(); ++k) {
    flatbuffers::FlatBufferBuilder builder{1U << 18U};
    CrossAsset::Pairs pairs;
    for (std::size_t i = 0; i < cross.size(); ++i)
      cross[i].save(builder, k, timeframes[i], pairs);
    UserFeatures::States users;
    for (const auto& features : user)
      features.save(builder, k, instruments[k].id, users);
    auto all_pairs = builder.CreateVector(pairs);
    auto join =
        fb::CreateJoinState(builder, CrossAsset::state_layout(), all_pairs, builder.CreateVector(users));
    auto calculator = calculators[k].save(builder);
    auto checkpoint = Frame<fb::FeatureCheckpoint>::own(
        builder, fb::CreateFeatureCheckpoint(builder, day, calculator, join));
    if (auto put = shelf.put(instruments[k].id, day, seal(checkpoint)); !put)
      return put;
  }
  return {};
}

/// Cuts the work into pieces, those of the shortest timeframe first because they are the largest.
void FeatureCache::Parts::cut() {
  auto width = plan.names().size(), count = instruments.size();
  strides.clear();
  for (std::size_t i = 0; i < timeframes.size(); ++i) {
    strides.push_back(static_cast<std::size_t>(config.window / timeframes[i].minutes + 1));
    scratch[i].resize(count * width * strides[i]);
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < timeframes.size(); ++i)
    order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return timeframes[a] < timeframes[b]; });
  constexpr std::size_t features_at_once = 32;
  for (auto i : order) {
    for (std::size_t from = 0; from < count; from += lanes)
      by_instruments.push_back({i, from, std::min(from + lanes, count)});
    for (std::size_t from = 0; from < width; from += features_at_once)
      by_features.push_back({i, from, std::min(from + features_at_once, width)});
  }
}

Status FeatureCache::Parts::tell(market::Round first, market::Round last, const Teller& teller) {
  std::vector<Status> told(instruments.size());
  crew.run(instruments.size(), [&](std::size_t i) {
    told[i] = teller(i, first, last, [&](const fb::MarketBlock& block) { calculators[i].consume(block); });
  });
  for (auto& status : told)
    if (!status)
      return status;
  return {};
}

/// Finds the bars that close in the window, of every instrument and timeframe.
void FeatureCache::Parts::gather(market::Round first, market::Round last) {
  for (std::size_t i = 0; i < timeframes.size(); ++i)
    for (std::size_t k = 0; k < instruments.size(); ++k) {
      auto& lane = lanes_of[i][k];
      lane.due = calculators[k].due(i, first, last);
      lane.rounds.clear();
      for (const auto& bar : lane.due.bars)
        lane.rounds.push_back(market::round_of(bar.close_time_ns()) - 1);
    }
}

/// Runs a few instruments' series along the window, into the scratch columns.
void FeatureCache::Parts::run(const Piece& piece) {
  auto width = plan.names().size(), stride = strides[piece.timeframe];
  std::array<SeriesRun, lanes> runs;
  for (auto k = piece.from; k < piece.to; ++k) {
    const auto& due = lanes_of[piece.timeframe][k].due;
    runs[k - piece.from] = {due.series, due.bars, scratch[piece.timeframe].data() + k * width * stride,
                            stride};
  }
  update_together(std::span{runs}.first(piece.to - piece.from));
}

void FeatureCache::Parts::compute(market::Round first, market::Round last) {
  gather(first, last);
  auto width = plan.names().size(), count = instruments.size();
  std::vector<std::vector<market::Round>> rounds(timeframes.size());
  std::size_t values = 0;
  for (std::size_t i = 0; i < timeframes.size(); ++i) {
    for (const auto& lane : lanes_of[i])
      if (rounds[i] != lane.rounds)
        rounds[i].insert(rounds[i].end(), lane.rounds.begin(), lane.rounds.end());
    std::sort(rounds[i].begin(), rounds[i].end());
    rounds[i].erase(std::unique(rounds[i].begin(), rounds[i].end()), rounds[i].end());
    values += rounds[i].size() * width * count;
  }
  auto window = std::make_shared<OwnedWindow>(values, timeframes.size());
  window->first = first, window->last = last;
  window->rounds = std::move(rounds);
  std::vector<double*> starts;
  std::vector<std::vector<LaneColumns>> columns(timeframes.size());
  auto* start = window->memory.values();
  for (std::size_t i = 0; i < timeframes.size(); ++i) {
    window->blocks[i] = {timeframes[i], window->rounds[i], start};
    starts.push_back(start);
    start += window->rounds[i].size() * width * count;
    for (std::size_t k = 0; k < count; ++k)
      columns[i].push_back({scratch[i].data() + k * width * strides[i], strides[i], lanes_of[i][k].rounds});
  }
  crew.run(by_instruments.size(), [&](std::size_t i) { run(by_instruments[i]); });
  crew.run(by_features.size(), [&](std::size_t i) {
    auto [timeframe, from, to] = by_features[i];
    interleave(columns[timeframe], window->rounds[timeframe], from, to, starts[timeframe]);
  });
  if (!cross.empty()) {
    auto stride_of = [&](std::size_t i) { return window->rounds[i].size() * count; };
    crew.run(by_instruments.size(), [&](std::size_t i) {
      auto [timeframe, from, to] = by_instruments[i];
      cross[timeframe].fill_pairs(starts[timeframe], stride_of(timeframe), window->rounds[timeframe].size(),
                                  from, to);
    });
    for (std::size_t i = 0; i < timeframes.size(); ++i)
      for (std::size_t row = 0; row < window->rounds[i].size(); ++row)
        cross[i].fill_universe(starts[i] + row * count, stride_of(i));
  }
  crew.run(user.size(), [&](std::size_t i) { user[i].fill(starts[i], window->rounds[i]); });
  if (last >= config.keep_from)
    keep(std::move(window));
}

void FeatureCache::Parts::keep(std::shared_ptr<OwnedWindow> window) {
  bytes += window->bytes;
  windows.push_back(std::move(window));
  while (bytes > config.most_bytes && windows.size() > 1) {
    bytes -= windows.front()->bytes;
    windows.pop_front();
  }
}

FeatureCache::FeatureCache(std::vector<market::Instrument> instruments, Plan plan,
                           std::vector<market::Timeframe> timeframes, Config config)
    : parts_{
          std::make_unique<Parts>(std::move(instruments), std::move(plan), std::move(timeframes), config)} {}
FeatureCache::~FeatureCache() = default;
FeatureCache::FeatureCache(FeatureCache&&) noexcept = default;
FeatureCache& FeatureCache::operator=(FeatureCache&&) noexcept = default;

Result<bool> FeatureCache::resume(std::int32_t day, const CheckpointShelf& shelf) {
  auto& parts = *parts_;
  auto restored = parts.restore(day, shelf);
  if (restored && *restored)
    parts.next = parts.config.first = std::int64_t{day} * market::rounds_per_day;
  else
    parts.begin();
  return restored;
}

void FeatureCache::write_checkpoints(CheckpointShelf shelf) { parts_->shelf = std::move(shelf); }

Status FeatureCache::extend(market::Round to, const Teller& teller) {
  auto& parts = *parts_;
  while (parts.next <= to) {
    // A day is told at once, so that bars wait and ticks do not.
    auto first = parts.next;
    auto day_end = (market::floor_div(first, market::rounds_per_day) + 1) * market::rounds_per_day - 1;
    auto last = std::min(to, day_end);
    if (auto told = parts.tell(first, last, teller); !told)
      return told;
    for (; parts.next <= last; parts.next += std::min(parts.config.window, last - parts.next + 1))
      parts.compute(parts.next, std::min(parts.next + parts.config.window - 1, last));
    if (last == day_end && parts.shelf.put)
      if (auto put = parts.write_checkpoints(market::day_of(market::round_begin(parts.next))); !put)
        return put;
  }
  return {};
}

market::Round FeatureCache::next_round() const noexcept { return parts_->next; }

std::optional<market::Round> FeatureCache::complete_through() const noexcept {
  return parts_->next > parts_->config.first ? std::optional{parts_->next - 1} : std::nullopt;
}

std::vector<std::shared_ptr<const ColumnWindow>> FeatureCache::windows(market::Round first,
                                                                       market::Round last) const {
  std::vector<std::shared_ptr<const ColumnWindow>> out;
  for (const auto& window : parts_->windows)
    if (window->last >= first && window->first <= last)
      out.push_back(window);
  return out;
}

std::size_t FeatureCache::bytes() const noexcept { return parts_->bytes; }
const Plan& FeatureCache::plan() const noexcept { return parts_->plan; }
std::span<const market::Instrument> FeatureCache::instruments() const noexcept { return parts_->instruments; }

} // namespace finch::features
