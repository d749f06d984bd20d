#include "actors/features/feature_cache.hpp"

#include "actors/features/calculator.hpp"
#include "actors/features/crew.hpp"
#include "actors/features/cross_asset.hpp"
#include "actors/features/kernel.hpp"
#include "actors/features/user_features.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <deque>

namespace finch::features {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Memory for the values of several windows, given out from front to back. Whole large pages spare most of
/// the faults of touching it first.
class Slab {
public:
  explicit Slab(std::size_t values) : values_{(values + page_values - 1) / page_values * page_values} {
    memory_.reset(
        static_cast<double*>(std::aligned_alloc(page_values * sizeof(double), values_ * sizeof(double))));
    if (!memory_)
      throw std::bad_alloc{};
    ::madvise(memory_.get(), values_ * sizeof(double), MADV_HUGEPAGE);
  }

  /// Null where not so many are left.
  [[nodiscard]] double* take(std::size_t values) noexcept {
    if (values > values_ - taken_)
      return nullptr;
    taken_ += values;
    return memory_.get() + (taken_ - values);
  }

  static constexpr std::size_t usual_values = (std::size_t{32} << 20) / sizeof(double);

private:
  struct Free {
    void operator()(double* memory) const noexcept { std::free(memory); }
  };
  static constexpr std::size_t page_values = (std::size_t{2} << 20) / sizeof(double);
  std::size_t values_, taken_ = 0;
  std::unique_ptr<double, Free> memory_;
};

/// A window with what its blocks point to.
struct OwnedWindow : ColumnWindow {
  std::shared_ptr<Slab> slab;
  std::vector<std::vector<market::Round>> rounds;
  std::vector<double*> values; ///< of the blocks
};

/// One timeframe of one instrument in the window at hand.
struct Lane {
  InstrumentCalculator::Due due;
  std::vector<market::Round> rounds;
  std::vector<std::uint32_t> rows; ///< of the window's, where the instrument lacks some of them
};

/// A piece of work: some of the instruments of one timeframe.
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
    begin();
    cut();
  }

  void begin();
  void cut();
  [[nodiscard]] bool restore(std::int32_t day, std::span<const Frame<fb::FeatureCheckpoint>> checkpoints);
  [[nodiscard]] Status write_checkpoints(std::int32_t day) const;
  [[nodiscard]] Status tell(market::Round first, market::Round last, const Teller& teller);
  void compute(market::Round first, market::Round last);
  void gather(market::Round first, market::Round last);
  [[nodiscard]] std::shared_ptr<OwnedWindow> open_window();
  void run(const Piece& piece, double* values, std::size_t rows);
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
  std::vector<Piece> pieces;
  std::shared_ptr<Slab> slab; ///< with room for the next window, perhaps
  market::Round next;         ///< the first round not computed
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
  if (plan.has_cross_asset())
    for (std::size_t i = 0; i < timeframes.size(); ++i)
      cross.emplace_back(instruments, plan);
  if (plan.has_user_features())
    for (auto timeframe : timeframes)
      user.emplace_back(instruments, timeframe, plan);
}

/// Whether these checkpoints are of this build and plan; what was there before is lost either way.
bool FeatureCache::Parts::restore(std::int32_t day,
                                  std::span<const Frame<fb::FeatureCheckpoint>> checkpoints) {
  for (std::size_t k = 0; k < instruments.size(); ++k) {
    const auto& saved = checkpoints[k];
    if (saved->day() != day || !saved->calculator() || !calculators[k].restore(*saved->calculator()))
      return false;
    for (std::size_t i = 0; i < cross.size(); ++i)
      if (!saved->join() || !cross[i].restore(*saved->join(), k, timeframes[i]))
        return false;
    for (auto& features : user)
      if (!saved->join() || !features.restore(*saved->join(), k))
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
      features.save(builder, k, users);
    auto saved_pairs = builder.CreateVector(pairs);
    auto join =
        fb::CreateJoinState(builder, CrossAsset::state_layout(), saved_pairs, builder.CreateVector(users));
    auto calculator = calculators[k].save(builder);
    auto checkpoint = Frame<fb::FeatureCheckpoint>::own(
        builder, fb::CreateFeatureCheckpoint(builder, day, calculator, join));
    if (auto put = shelf.put(instruments[k].id, day, seal(checkpoint)); !put)
      return put;
  }
  return {};
}

/// Cuts the work into pieces, those of the shortest timeframe first because they are the largest. Neighbours
/// write to the same cache lines, so distant ones are worked on at the same time.
void FeatureCache::Parts::cut() {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < timeframes.size(); ++i)
    order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return timeframes[a] < timeframes[b]; });
  auto quads = (instruments.size() + lanes - 1) / lanes,
       apart = (quads + config.threads - 1) / config.threads;
  for (auto i : order)
    for (std::size_t first = 0; first < apart; ++first)
      for (auto quad = first; quad < quads; quad += apart)
        pieces.push_back({i, quad * lanes, std::min((quad + 1) * lanes, instruments.size())});
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

/// Makes the window of the bars gathered, with its values yet to be written.
std::shared_ptr<OwnedWindow> FeatureCache::Parts::open_window() {
  auto width = plan.names().size() * instruments.size();
  auto window = std::make_shared<OwnedWindow>();
  std::size_t values = 0;
  for (auto& of_timeframe : lanes_of) {
    auto& rounds = window->rounds.emplace_back();
    for (const auto& lane : of_timeframe)
      if (rounds != lane.rounds)
        rounds.insert(rounds.end(), lane.rounds.begin(), lane.rounds.end());
    std::sort(rounds.begin(), rounds.end());
    rounds.erase(std::unique(rounds.begin(), rounds.end()), rounds.end());
    for (auto& lane : of_timeframe) {
      lane.rows.clear();
      for (std::size_t row = 0; lane.rounds != rounds && row < rounds.size(); ++row)
        if (std::binary_search(lane.rounds.begin(), lane.rounds.end(), rounds[row]))
          lane.rows.push_back(static_cast<std::uint32_t>(row));
    }
    values += rounds.size() * width;
  }
  auto* start = slab ? slab->take(values) : nullptr;
  if (!start) {
    slab = std::make_shared<Slab>(std::max(values, Slab::usual_values));
    start = slab->take(values);
  }
  window->slab = slab;
  window->bytes = values * sizeof(double);
  for (std::size_t i = 0; i < timeframes.size(); ++i) {
    window->blocks.push_back({timeframes[i], window->rounds[i], start});
    window->values.push_back(start);
    start += window->rounds[i].size() * width;
  }
  return window;
}

/// Runs a few instruments' series along the window.
void FeatureCache::Parts::run(const Piece& piece, double* values, std::size_t rows) {
  auto count = instruments.size();
  std::array<SeriesRun, lanes> runs;
  for (auto k = piece.from; k < piece.to; ++k) {
    const auto& lane = lanes_of[piece.timeframe][k];
    runs[k - piece.from] = {lane.due.series, lane.due.bars, values + k, rows * count, count, lane.rows};
    if (lane.rounds.size() < rows)
      for (std::size_t cell = 0; cell < rows * plan.names().size(); ++cell)
        values[cell * count + k] = nan;
  }
  update_together(std::span{runs}.first(piece.to - piece.from));
}

void FeatureCache::Parts::compute(market::Round first, market::Round last) {
  gather(first, last);
  auto window = open_window();
  window->first = first, window->last = last;
  auto count = instruments.size();
  auto rows_of = [&](std::size_t i) { return window->rounds[i].size(); };
  const auto& values = window->values;
  crew.run(pieces.size(), [&](std::size_t i) {
    auto timeframe = pieces[i].timeframe;
    run(pieces[i], values[timeframe], rows_of(timeframe));
  });
  if (!cross.empty()) {
    crew.run(pieces.size(), [&](std::size_t i) {
      auto [timeframe, from, to] = pieces[i];
      cross[timeframe].fill_pairs(values[timeframe], rows_of(timeframe) * count, rows_of(timeframe), from,
                                  to);
    });
    for (std::size_t i = 0; i < timeframes.size(); ++i)
      for (std::size_t row = 0; row < rows_of(i); ++row)
        cross[i].fill_universe(values[i] + row * count, rows_of(i) * count);
  }
  crew.run(user.size(), [&](std::size_t i) { user[i].fill(values[i], window->rounds[i]); });
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
  auto checkpoints = checkpoints_of(shelf, parts.instruments, day);
  if (!checkpoints)
    return tl::unexpected(checkpoints.error());
  if (!*checkpoints)
    return false;
  auto restored = parts.restore(day, **checkpoints);
  if (restored)
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
