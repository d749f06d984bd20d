#include "actors/market/bar_builder.hpp"
#include "bench/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <mutex>
#include <thread>

namespace finch::bench {
namespace {

static_assert(sizeof(market::Side) == sizeof(std::int8_t));

/// How many bars came out, and a number that says whether they are the same ones.
struct Bars {
  std::uint64_t count = 0, fold = 0;
  bool operator==(const Bars&) const = default;
};

/// Ticks of one symbol, in pieces of any size, into bars of all timeframes.
class Line {
public:
  explicit Line(const market::Instrument& instrument, std::size_t rows)
      : builder_{instrument}, aggregator_{market::default_timeframes, false}, left_{rows} {}

  void add(const market::TickColumns& ticks) {
    auto rows = std::min(left_, ticks.size());
    left_ -= rows;
    for (std::size_t at = 0; at < rows;) {
      auto round = market::round_of(ticks.time_ns[at]);
      if (round != round_)
        close();
      round_ = round;
      auto end = std::lower_bound(ticks.time_ns.begin() + static_cast<std::ptrdiff_t>(at),
                                  ticks.time_ns.begin() + static_cast<std::ptrdiff_t>(rows),
                                  market::round_close(round)) -
                 ticks.time_ns.begin();
      auto count = static_cast<std::size_t>(end) - at;
      auto side = std::span{reinterpret_cast<const std::int8_t*>(ticks.side.data()), ticks.size()};
      builder_.add(std::span{ticks.time_ns}.subspan(at, count), std::span{ticks.price}.subspan(at, count),
                   std::span{ticks.quantity}.subspan(at, count), side.subspan(at, count));
      at = static_cast<std::size_t>(end);
    }
  }

  [[nodiscard]] Bars finish() {
    close();
    return bars_;
  }

private:
  void close() {
    if (builder_.empty())
      return;
    auto minute = builder_.finish(round_);
    out_.clear();
    aggregator_.close_round(round_, market::RoundStatus::ok, {&minute, 1}, {}, out_);
    for (const auto& bar : out_)
      for (auto value :
           {bar.open, bar.high, bar.low, bar.close, bar.volume, bar.quote_volume, bar.buy_volume})
        bars_.fold = (bars_.fold ^ std::bit_cast<std::uint64_t>(value)) * 0x9e3779b97f4a7c15;
    bars_.count += out_.size();
  }

  market::MinuteBuilder builder_;
  market::BarAggregator aggregator_;
  std::size_t left_;
  market::Round round_ = 0;
  std::vector<market::Bar> out_;
  Bars bars_;
};

/// All symbols' bars, from the first ticks of each that `job` counts, on two threads.
Result<Bars> all_bars(const Keeper& keeper, const D1& job) {
  market::Instrument instrument;
  instrument.price_decimals = 2, instrument.quantity_decimals = 3;
  std::atomic<std::uint32_t> next = 0;
  std::mutex mutex;
  Bars total;
  Status status;
  auto work = [&] {
    for (auto symbol = next++; symbol < job.symbols; symbol = next++) {
      Line line{instrument, job.ticks_of(symbol)};
      auto read = keeper.scan(symbol, [&](const market::TickColumns& ticks) { line.add(ticks); });
      auto bars = line.finish();
      std::lock_guard lock{mutex};
      if (!read)
        status = read;
      total.count += bars.count;
      total.fold += bars.fold * (2 * symbol + 1);
    }
  };
  std::thread other{work};
  work();
  other.join();
  if (!status)
    return tl::unexpected(status.error());
  return total;
}

} // namespace

std::vector<Row> bar_figures(const Stage& stage) {
  constexpr auto figure = "D1 to 1m 5m 15m 60m bars, two threads, s";
  const auto& finch = *stage.finch().keeper;
  const auto& rows = *stage.rocksdb().keeper;
  auto own = all_bars(finch, stage.rows_job()), theirs = all_bars(rows, stage.rows_job());
  if (!own || !theirs || *own != *theirs)
    return {aborted("bars", figure, "the bars differ")};
  auto scale = static_cast<double>(stage.job().ticks) / static_cast<double>(stage.rows_job().ticks);
  std::vector<double> wall, cpu, peer;
  std::uint64_t count = 0;
  for (int i = 0; i <= stage.options().short_reps(); ++i) {
    Watch watch;
    auto bars = all_bars(finch, stage.job());
    auto seconds = watch.wall(), processor = watch.cpu();
    Watch other;
    auto again = all_bars(rows, stage.rows_job());
    if (!bars || !again)
      return {aborted("bars", figure, (bars ? again : bars).error().message)};
    if (i == 0)
      continue;
    count = bars->count;
    wall.push_back(seconds);
    cpu.push_back(processor);
    peer.push_back(other.wall() * scale);
  }
  Row row{.group = "bars", .figure = figure, .digits = 3};
  row.finch = Sample::of(wall);
  row.peer_name = fmt::format("{}, scaled from {}", stage.rocksdb().name, stage.rows_label());
  row.peer = Sample::of(peer);
  row.ratio = ratio_of(peer, wall);
  row.goal = Goal{0.1, true};
  row.note = fmt::format("warm; {} bars of {:.0f} M ticks; processor time {:.3f} s over both threads", count,
                         static_cast<double>(stage.job().ticks) / 1e6, Sample::of(cpu).median);
  return {row};
}

} // namespace finch::bench
