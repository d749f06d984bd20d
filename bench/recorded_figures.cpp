#include "actors/feed/import/import_job.hpp"
#include "bench/figures.hpp"
#include "bench/replay_run.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace finch::bench {
namespace {

/// A set of recorded trades.
struct Recording {
  std::string name, folder, ending;
};

const Recording recordings[]{{"SPY, 5 days", "lean_equity_ticks_spy_2013-10", "_trade.zip"},
                             {"Binance trades", "trades_binance_2024-08", "-trades.csv.zst"}};

std::vector<std::string> files_of(const std::filesystem::path& folder, const std::string& ending) {
  std::vector<std::string> files;
  std::error_code code;
  for (std::filesystem::recursive_directory_iterator entry{folder, code}, end; !code && entry != end;
       entry.increment(code))
    if (entry->path().string().ends_with(ending))
      files.push_back(entry->path().string());
  std::sort(files.begin(), files.end());
  return files;
}

/// Imports into a fresh store; the rows stored.
Result<std::uint64_t> import_into(const std::filesystem::path& folder, const std::vector<std::string>& files,
                                  Seconds& seconds) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  auto store = storage::TickStore::open(folder, storage::Mode::write);
  if (!store)
    return tl::unexpected(store.error());
  Watch watch;
  std::uint64_t rows = 0;
  for (const auto& outcome : feed::import_files(**store, {.files = files, .read = {}})) {
    if (outcome.error)
      return tl::unexpected(*outcome.error);
    rows += outcome.stored.added;
  }
  seconds += watch;
  if (auto compacted = (*store)->compact(); !compacted)
    return tl::unexpected(compacted.error());
  return rows;
}

template <class T>
void extend(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

Result<std::vector<market::TickColumns>> columns_of(const PackedTicks& keeper) {
  std::vector<market::TickColumns> out(keeper.symbols());
  for (std::uint32_t symbol = 0; symbol < out.size(); ++symbol) {
    auto& into = out[symbol];
    auto read = keeper.scan(symbol, [&](const market::TickColumns& batch) {
      extend(into.time_ns, batch.time_ns), extend(into.price, batch.price);
      extend(into.quantity, batch.quantity), extend(into.side, batch.side);
    });
    if (!read)
      return tl::unexpected(read.error());
  }
  return out;
}

/// One recording's figures, as they are measured.
struct Measured {
  std::uint64_t rows = 0;
  double bytes = 0, peer_bytes = 0;
  std::vector<double> import, scan, peer_scan, replay;
  ReplayRun run;
};

/// Both stores over the same ticks, scanned in turn.
Status measure_scans(const std::filesystem::path& data, const std::filesystem::path& rows_folder, int reps,
                     Measured& out) {
  auto own = PackedTicks::open(data);
  auto columns = own ? columns_of(**own) : tl::unexpected(own.error());
  if (!columns)
    return tl::unexpected(columns.error());
  std::filesystem::create_directories(rows_folder);
  auto peer = open_rocksdb_rows(rows_folder);
  auto filled = peer ? (*peer)->ingest(set_of(std::move(*columns))) : tl::unexpected(peer.error());
  if (!filled)
    return tl::unexpected(filled.error());
  if (auto settled = (*peer)->settle(); !settled)
    return settled;
  for (int i = 0; i <= reps; ++i) { // the first warms up
    Watch first;
    auto sum = (*own)->sum();
    auto own_seconds = first.cpu();
    Watch second;
    auto other = (*peer)->sum();
    auto peer_seconds = second.cpu();
    if (!sum || !other || *sum != *other)
      return fail(Category::failed, "the stores disagree about what they hold");
    if (i == 0)
      continue;
    out.scan.push_back(static_cast<double>(out.rows) / own_seconds / 1e6);
    out.peer_scan.push_back(static_cast<double>(out.rows) / peer_seconds / 1e6);
  }
  out.bytes = static_cast<double>(bytes_under(data));
  out.peer_bytes = static_cast<double>(bytes_under(rows_folder));
  return {};
}

Result<Measured> measure(const std::vector<std::string>& files, const Options& options) {
  Scratch scratch{options.scratch / "recorded"};
  auto data = scratch.path() / "finch";
  Measured out;
  for (int i = 0; i < options.reps; ++i) {
    Seconds seconds;
    auto imported = import_into(data, files, seconds);
    if (!imported)
      return tl::unexpected(imported.error());
    out.rows = *imported;
    out.import.push_back(static_cast<double>(out.rows) / seconds.cpu / 1e6);
  }
  if (auto scanned = measure_scans(data, scratch.path() / "rocksdb", options.short_reps(), out); !scanned)
    return tl::unexpected(scanned.error());
  for (int i = 0; i < options.reps; ++i) {
    auto replayed = replay_in_child(data, options.library, 2);
    if (!replayed)
      return tl::unexpected(replayed.error());
    if (i > 0 && replayed->digest != out.run.digest)
      return fail(Category::failed, "two replays of the same ticks differ");
    out.run = *replayed;
    out.replay.push_back(out.run.wall);
  }
  return out;
}

Row row_of(const Recording& recording, const char* what, const std::vector<double>& values, int digits) {
  Row row{.group = "recorded", .figure = fmt::format("{}: {}", recording.name, what), .digits = digits};
  row.finch = Sample::of(values);
  return row;
}

std::vector<Row> rows_of(const Recording& recording, const Measured& measured) {
  auto count = static_cast<double>(measured.rows);
  std::vector<Row> out{row_of(recording, "store, B/tick", {measured.bytes / count}, 3),
                       row_of(recording, "import from files, M rows/s a core", measured.import, 2),
                       row_of(recording, "ordered scan, M ticks/s a core", measured.scan, 1),
                       row_of(recording, "full replay, two threads, s", measured.replay, 2)};
  out[0].peer_name = out[2].peer_name = "RocksDB rows, same ticks";
  out[0].peer = Sample::of({measured.peer_bytes / count});
  out[0].ratio = Sample::of({measured.peer_bytes / measured.bytes});
  out[0].note = fmt::format("{} ticks", measured.rows);
  out[2].peer = Sample::of(measured.peer_scan);
  out[2].ratio = ratio_of(measured.scan, measured.peer_scan);
  out[3].note = fmt::format("{} rounds, {:.1f} M ticks/s, peak memory {:.0f} MiB", measured.run.rounds,
                            static_cast<double>(measured.run.ticks) / out[3].finch.median / 1e6,
                            measured.run.peak_rss_mib);
  return out;
}

} // namespace

std::vector<Row> recorded_figures(const Options& options, const std::filesystem::path& data) {
  std::vector<Row> out;
  for (const auto& recording : recordings) {
    auto files = files_of(data / recording.folder, recording.ending);
    if (files.empty())
      continue;
    auto measured = measure(files, options);
    if (!measured) {
      out.push_back(aborted("recorded", recording.name, measured.error().message));
      continue;
    }
    for (auto& row : rows_of(recording, *measured))
      out.push_back(std::move(row));
  }
  return out;
}

} // namespace finch::bench
