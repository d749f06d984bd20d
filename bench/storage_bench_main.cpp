/// Measures the tick store and its peers alone: storage_bench [ticks] [peer ticks] [directory].
#include "bench/storage_bench.hpp"

#include <fmt/format.h>

#include <cstdlib>

using namespace finch;

namespace {

bool show(std::string_view name, const Result<bench::StoreFigures> &figures) {
  if (!figures) {
    fmt::print("{}: {}\n", name, figures.error().message);
    return false;
  }
  fmt::print("{:<14} {:>9} ticks  in {:>7.2f} M/s ({:>7.2f} per cpu s)  out {:>7.2f} M/s ({:>7.2f})  "
             "{:>6.3f} B/tick\n",
             name, figures->ticks, figures->ingest_per_s / 1e6, figures->ingest_per_cpu_s / 1e6,
             figures->scan_per_s / 1e6, figures->scan_per_cpu_s / 1e6, figures->bytes_per_tick);
  return true;
}

} // namespace

int main(int argc, char **argv) {
  bench::D1 job;
  job.ticks = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : job.ticks;
  auto peers = job;
  peers.ticks = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2'000'000;
  std::filesystem::path directory =
      argc > 3 ? argv[3] : std::filesystem::temp_directory_path() / "finch-storage-bench";
  auto own = bench::measure_tick_store(peers, directory);
  auto rocks = bench::measure_rocksdb_rows(peers, directory);
  auto lite = bench::measure_sqlite_rows(peers, directory);
  if (!own || !rocks || !lite || own->witness != rocks->witness || own->witness != lite->witness) {
    fmt::print("the stores disagree about what they hold\n");
    return 1;
  }
  auto good = show("rocksdb rows", rocks) && show("sqlite rows", lite) && show("finch", own);
  return good && show("finch, D1", bench::measure_tick_store(job, directory)) ? 0 : 1;
}
