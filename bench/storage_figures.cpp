#include "bench/figures.hpp"

#include <fmt/format.h>

namespace finch::bench {
namespace {

constexpr double million = 1e6;

/// Millions of ticks a second from seconds a run.
std::vector<double> rates(const std::vector<double>& seconds, std::size_t ticks) {
  std::vector<double> out;
  for (auto value : seconds)
    out.push_back(static_cast<double>(ticks) / value / million);
  return out;
}

Row against(std::string figure, const Stage::Way& peer, const Stage& stage) {
  Row row{.group = "storage", .figure = std::move(figure)};
  row.peer_name = fmt::format("{}, {}", peer.name, stage.rows_label());
  return row;
}

/// How often Finch's figure is better than each peer's, whose goal stands only in the first row.
std::vector<Row> size_rows(const Stage& stage) {
  std::vector<Row> out;
  for (const auto* peer : {&stage.rocksdb(), &stage.sqlite()}) {
    auto row = against("store after compaction, B/tick", *peer, stage);
    auto own = stage.finch().bytes / static_cast<double>(stage.finch().ticks);
    auto theirs = peer->bytes / static_cast<double>(peer->ticks);
    row.digits = 3;
    row.finch = Sample::of({own});
    row.peer = Sample::of({theirs});
    row.ratio = Sample::of({theirs / own});
    row.goal = Goal{2.9, true};
    out.push_back(std::move(row));
  }
  out.front().note =
      "every file of the data folder; the generator's entropy is 2.06 B/tick without side and 2.18 with it";
  return out;
}

std::vector<Row> ingest_rows(const Stage& stage) {
  std::vector<Row> out;
  const auto& own = stage.finch();
  auto rate = rates(own.cpu, own.ticks);
  for (const auto* peer : {&stage.rocksdb(), &stage.sqlite()}) {
    auto row = against("durable ingest, M ticks/s a core", *peer, stage);
    auto theirs = rates(peer->cpu, peer->ticks);
    row.finch = Sample::of(rate);
    row.peer = Sample::of(theirs);
    row.ratio = ratio_of(rate, theirs);
    row.goal = Goal{50, false};
    row.note = fmt::format(
        "processor time of all threads until synced, one calling thread; wall: Finch {:.1f}, {} {:.2f} M/s",
        Sample::of(rates(own.wall, own.ticks)).median, peer->name,
        Sample::of(rates(peer->wall, peer->ticks)).median);
    out.push_back(std::move(row));
  }
  return out;
}

/// Seconds of `count` timed sums each, one way after the other, after a warm one.
Status scan_in_turn(const std::vector<const Stage::Way*>& ways, int count,
                    std::vector<std::vector<double>>& cpu, std::vector<std::vector<double>>& wall) {
  cpu.assign(ways.size(), {});
  wall.assign(ways.size(), {});
  for (int i = 0; i <= count; ++i)
    for (std::size_t way = 0; way < ways.size(); ++way) {
      Watch watch;
      auto sum = ways[way]->keeper->sum();
      if (!sum)
        return tl::unexpected(sum.error());
      if (i == 0)
        continue;
      cpu[way].push_back(watch.cpu());
      wall[way].push_back(watch.wall());
    }
  return {};
}

std::uint64_t expected_sum(const D1& job) {
  std::uint64_t sum = 0;
  for (std::uint32_t symbol = 0; symbol < job.symbols; ++symbol)
    sum += witness(d1_symbol(job, symbol));
  return sum;
}

std::vector<Row> scan_rows(const Stage& stage) {
  constexpr auto figure = "ordered scan, all columns, M ticks/s a core";
  std::vector<const Stage::Way*> ways{&stage.finch(), &stage.rocksdb(), &stage.sqlite()};
  for (const auto* way : ways) {
    auto sum = way->keeper->sum();
    if (!sum || *sum != expected_sum(way == ways[0] ? stage.job() : stage.rows_job()))
      return {aborted("storage", figure, sum ? way->name + " sums to something else" : sum.error().message)};
  }
  std::vector<std::vector<double>> cpu, wall;
  if (auto scanned = scan_in_turn(ways, stage.options().short_reps(), cpu, wall); !scanned)
    return {aborted("storage", figure, scanned.error().message)};
  std::vector<Row> out;
  auto own = rates(cpu[0], ways[0]->ticks);
  for (std::size_t i = 1; i < ways.size(); ++i) {
    auto row = against(figure, *ways[i], stage);
    auto theirs = rates(cpu[i], ways[i]->ticks);
    row.digits = 1;
    row.finch = Sample::of(own);
    row.peer = Sample::of(theirs);
    row.ratio = ratio_of(own, theirs);
    row.goal = Goal{500, false};
    row.note = fmt::format(
        "warm, checksums verified, witness Σ price·quantity equal; wall: Finch {:.0f}, {} {:.1f} M/s",
        Sample::of(rates(wall[0], ways[0]->ticks)).median, ways[i]->name,
        Sample::of(rates(wall[i], ways[i]->ticks)).median);
    out.push_back(std::move(row));
  }
  return out;
}

} // namespace

std::vector<Row> storage_figures(const Stage& stage) {
  auto out = size_rows(stage);
  for (auto& row : ingest_rows(stage))
    out.push_back(std::move(row));
  for (auto& row : scan_rows(stage))
    out.push_back(std::move(row));
  return out;
}

} // namespace finch::bench
