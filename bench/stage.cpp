#include "bench/stage.hpp"

#include <fmt/format.h>

namespace finch::bench {
namespace {

/// A number that says whether two sequences of ticks are the same.
class Fold {
public:
  explicit Fold(std::size_t rows) : left_{rows} {}
  void add(const market::TickColumns& ticks) {
    auto rows = std::min(left_, ticks.size());
    for (std::size_t i = 0; i < rows; ++i)
      for (auto value :
           {ticks.time_ns[i], ticks.price[i], ticks.quantity[i], static_cast<std::int64_t>(ticks.side[i])})
        value_ = (value_ ^ static_cast<std::uint64_t>(value)) * 0x9e3779b97f4a7c15;
    left_ -= rows;
  }
  /// Of exactly as many rows as were announced.
  [[nodiscard]] std::uint64_t value() const noexcept { return left_ == 0 ? value_ : ~value_; }

private:
  std::size_t left_;
  std::uint64_t value_ = 0;
};

} // namespace

Stage::Stage(const Options& options) : options_{options}, scratch_{options.scratch} {
  job_.ticks = options.quick ? 3'500'000 : 35'000'000;
  rows_job_.ticks = options.quick ? 500'000 : 2'000'000;
  ways_[0].name = "Finch";
  ways_[1].name = "RocksDB rows";
  ways_[2].name = "SQLite rows";
  for (std::size_t i = 0; i < ways_.size(); ++i)
    ways_[i].folder = scratch_.path() / std::array{"finch", "rocksdb", "sqlite"}[i];
}

std::string Stage::rows_label() const {
  return fmt::format("{:.1f} M ticks", static_cast<double>(rows_job_.ticks) / 1e6);
}

Status Stage::fill(Way& way, const D1& job) {
  way.keeper.reset();
  std::filesystem::remove_all(way.folder);
  std::filesystem::create_directories(way.folder);
  auto open = [&]() -> Result<std::unique_ptr<Keeper>> {
    if (&way == &ways_[1])
      return open_rocksdb_rows(way.folder);
    if (&way == &ways_[2])
      return open_sqlite_rows(way.folder);
    auto packed = PackedTicks::open(way.folder);
    if (!packed)
      return tl::unexpected(packed.error());
    return std::unique_ptr<Keeper>{std::move(*packed)};
  };
  auto keeper = open();
  if (!keeper)
    return tl::unexpected(keeper.error());
  way.keeper = std::move(*keeper);
  auto seconds = way.keeper->ingest(set_of(job));
  if (!seconds)
    return tl::unexpected(seconds.error());
  way.wall.push_back(seconds->wall);
  way.cpu.push_back(seconds->cpu);
  way.ticks = job.ticks;
  if (auto settled = way.keeper->settle(); !settled)
    return settled;
  way.bytes = static_cast<double>(bytes_under(way.folder));
  return {};
}

Status Stage::prepare(int times) {
  for (int i = 0; i < times; ++i)
    for (auto& way : ways_)
      if (auto filled = fill(way, &way == &ways_[0] ? job_ : rows_job_); !filled)
        return filled;
  return compare();
}

Status Stage::compare() const {
  for (std::uint32_t symbol = 0; symbol < job_.symbols; ++symbol) {
    auto expected = d1_symbol(job_, symbol);
    for (const auto& way : ways_) {
      auto rows = (&way == &ways_[0] ? job_ : rows_job_).ticks_of(symbol);
      Fold want{rows}, have{rows};
      want.add(expected);
      if (auto read = way.keeper->scan(symbol, [&](const market::TickColumns& ticks) { have.add(ticks); });
          !read)
        return read;
      if (want.value() != have.value())
        return fail(Category::failed,
                    fmt::format("{} gave back other ticks of symbol {} than it was given", way.name, symbol));
    }
  }
  return {};
}

std::filesystem::path Stage::release() {
  ways_[0].keeper.reset();
  return ways_[0].folder;
}

Status Stage::reopen() {
  auto& way = ways_[0];
  if (way.keeper)
    return {};
  auto packed = PackedTicks::open(way.folder);
  if (!packed)
    return tl::unexpected(packed.error());
  way.keeper = std::move(*packed);
  return {};
}

} // namespace finch::bench
