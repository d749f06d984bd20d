#include "bench/storage_bench.hpp"

#include "actors/storage/tick_store.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <memory>

namespace finch::bench {
namespace {

namespace fs = std::filesystem;

/// Wall and processor time since it was made.
class Watch {
public:
  [[nodiscard]] double wall() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count();
  }
  [[nodiscard]] double cpu() const { return processor() - cpu_; }

private:
  static double processor() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  }
  std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
  double cpu_ = processor();
};

std::uint64_t bytes_under(const fs::path &directory) {
  std::uint64_t total = 0;
  for (const auto &entry : fs::recursive_directory_iterator{directory})
    total += entry.is_regular_file() ? entry.file_size() : 0;
  return total;
}

/// Removes the directory when the measurement is over.
struct Scratch {
  explicit Scratch(const fs::path &where) : path{where} {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  fs::path path;
};

/// All ticks of the job with their symbol, by time: the order in which a feed would bring them.
struct Rows {
  std::vector<market::TickColumns> symbols;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> order; ///< symbol and row
};

Rows interleaved(const D1 &job) {
  Rows out;
  for (std::uint32_t symbol = 0; symbol < job.symbols; ++symbol) {
    out.symbols.push_back(d1_symbol(job, symbol));
    for (std::uint32_t row = 0; row < out.symbols.back().size(); ++row)
      out.order.emplace_back(symbol, row);
  }
  std::stable_sort(out.order.begin(), out.order.end(), [&](const auto &a, const auto &b) {
    return out.symbols[a.first].time_ns[a.second] < out.symbols[b.first].time_ns[b.second];
  });
  return out;
}

/// One tick as a row's value.
struct __attribute__((packed)) RowValue {
  std::int64_t time_ns, price, quantity;
  std::int8_t side;
};

std::array<char, 12> row_key(std::uint32_t symbol, std::uint64_t row) {
  std::array<char, 12> key;
  for (unsigned i = 0; i < 4; ++i)
    key[i] = static_cast<char>(symbol >> (24 - 8 * i));
  for (unsigned i = 0; i < 8; ++i)
    key[4 + i] = static_cast<char>(row >> (56 - 8 * i));
  return key;
}

Error of(const rocksdb::Status &status) {
  return {Category::failed, "RocksDB: " + status.ToString(), {}};
}

} // namespace

Result<StoreFigures> measure_tick_store(const D1 &job, const fs::path &directory, int scans) {
  Scratch scratch{directory};
  auto store = storage::TickStore::open(scratch.path, storage::Mode::write);
  if (!store)
    return tl::unexpected(store.error());
  StoreFigures out;
  std::uint64_t expected = 0;
  double ingest = 0, ingest_cpu = 0;
  std::vector<market::InstrumentId> ids;
  for (std::uint32_t symbol = 0; symbol < job.symbols; ++symbol) {
    auto ticks = d1_symbol(job, symbol);
    expected += witness(ticks);
    out.ticks += ticks.size();
    market::Instrument wanted;
    wanted.name = {"bench", "um", fmt::format("S{}", symbol), "USDT"};
    wanted.quantity_decimals = 3;
    Watch watch;
    auto session = (*store)->begin_import();
    auto id = session ? session->instrument(wanted) : tl::unexpected(session.error());
    if (!id)
      return tl::unexpected(id.error());
    if (auto added = session->add(*id, storage::Kind::trades, ticks); !added)
      return tl::unexpected(added.error());
    if (auto report = session->finish(); !report)
      return tl::unexpected(report.error());
    ingest += watch.wall();
    ingest_cpu += watch.cpu();
    ids.push_back(*id);
  }
  out.ingest_per_s = static_cast<double>(out.ticks) / ingest;
  out.ingest_per_cpu_s = static_cast<double>(out.ticks) / ingest_cpu;
  if (auto compacted = (*store)->compact(); !compacted)
    return tl::unexpected(compacted.error());
  std::vector<double> walls, cpus;
  market::TickColumns batch;
  for (int scan = 0; scan <= scans; ++scan) { // the first warms up
    std::uint64_t rows = 0;
    out.witness = 0;
    Watch watch;
    for (auto id : ids)
      for (auto reader = (*store)->ticks(id, 0, INT64_MAX);;) {
        auto more = reader.next(batch);
        if (!more)
          return tl::unexpected(more.error());
        if (!*more)
          break;
        rows += batch.size();
        out.witness += witness(batch);
      }
    if (scan > 0) {
      walls.push_back(watch.wall());
      cpus.push_back(watch.cpu());
    }
    if (rows != out.ticks || out.witness != expected)
      return fail(Category::failed, "the tick store gave back other ticks than it was given");
  }
  std::sort(walls.begin(), walls.end());
  std::sort(cpus.begin(), cpus.end());
  out.scan_per_s = static_cast<double>(out.ticks) / walls[walls.size() / 2];
  out.scan_per_cpu_s = static_cast<double>(out.ticks) / cpus[cpus.size() / 2];
  store->reset();
  out.bytes_per_tick = static_cast<double>(bytes_under(scratch.path)) / static_cast<double>(out.ticks);
  return out;
}

Result<StoreFigures> measure_rocksdb_rows(const D1 &job, const fs::path &directory) {
  Scratch scratch{directory};
  auto rows = interleaved(job);
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kZSTD;
  rocksdb::DB *raw = nullptr;
  if (auto status = rocksdb::DB::Open(options, scratch.path.string(), &raw); !status.ok())
    return tl::unexpected(of(status));
  std::unique_ptr<rocksdb::DB> db{raw};
  StoreFigures out;
  out.ticks = rows.order.size();
  Watch watch;
  rocksdb::WriteBatch batch;
  for (std::size_t i = 0; i < rows.order.size(); ++i) {
    auto [symbol, row] = rows.order[i];
    const auto &ticks = rows.symbols[symbol];
    auto key = row_key(symbol, row);
    RowValue value{ticks.time_ns[row], ticks.price[row], ticks.quantity[row],
                   static_cast<std::int8_t>(ticks.side[row])};
    (void)batch.Put({key.data(), key.size()}, {reinterpret_cast<const char *>(&value), sizeof value});
    if ((i + 1) % 1'000 == 0 || i + 1 == rows.order.size()) {
      if (auto status = db->Write({}, &batch); !status.ok())
        return tl::unexpected(of(status));
      batch.Clear();
    }
  }
  if (auto status = db->SyncWAL(); !status.ok())
    return tl::unexpected(of(status));
  out.ingest_per_s = static_cast<double>(out.ticks) / watch.wall();
  out.ingest_per_cpu_s = static_cast<double>(out.ticks) / watch.cpu();
  (void)db->Flush({});
  (void)db->CompactRange({}, nullptr, nullptr);
  for (int scan = 0; scan < 2; ++scan) {
    out.witness = 0;
    watch = {};
    std::unique_ptr<rocksdb::Iterator> it{db->NewIterator({})};
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      RowValue value;
      std::memcpy(&value, it->value().data(), sizeof value);
      out.witness += static_cast<std::uint64_t>(value.price) * static_cast<std::uint64_t>(value.quantity);
    }
    if (!it->status().ok())
      return tl::unexpected(of(it->status()));
    out.scan_per_s = std::max(out.scan_per_s, static_cast<double>(out.ticks) / watch.wall());
    out.scan_per_cpu_s = std::max(out.scan_per_cpu_s, static_cast<double>(out.ticks) / watch.cpu());
  }
  db.reset();
  out.bytes_per_tick = static_cast<double>(bytes_under(scratch.path)) / static_cast<double>(out.ticks);
  return out;
}

Result<StoreFigures> measure_sqlite_rows(const D1 &job, const fs::path &directory) {
  Scratch scratch{directory};
  auto rows = interleaved(job);
  auto file = (scratch.path / "ticks.sqlite").string();
  sqlite3 *raw = nullptr;
  auto opened = sqlite3_open(file.c_str(), &raw);
  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> db{raw, sqlite3_close};
  auto run = [&](const char *sql) { return sqlite3_exec(raw, sql, nullptr, nullptr, nullptr) == SQLITE_OK; };
  auto failed = [&] { return fail(Category::failed, fmt::format("SQLite: {}", sqlite3_errmsg(raw))); };
  if (opened != SQLITE_OK || !run("PRAGMA journal_mode=WAL") ||
      !run("CREATE TABLE ticks(symbol INTEGER, row INTEGER, time_ns INTEGER, price INTEGER, quantity "
           "INTEGER, side "
           "INTEGER, PRIMARY KEY(symbol, row)) WITHOUT ROWID"))
    return failed();
  auto prepare = [&](const char *sql) {
    sqlite3_stmt *statement = nullptr;
    sqlite3_prepare_v2(raw, sql, -1, &statement, nullptr);
    return std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>{statement, sqlite3_finalize};
  };
  StoreFigures out;
  out.ticks = rows.order.size();
  Watch watch;
  auto insert = prepare("INSERT INTO ticks VALUES(?,?,?,?,?,?)");
  for (std::size_t i = 0; i < rows.order.size(); ++i) {
    if (i % 1'000 == 0 && !run("BEGIN"))
      return failed();
    auto [symbol, row] = rows.order[i];
    const auto &ticks = rows.symbols[symbol];
    auto statement = insert.get();
    sqlite3_bind_int64(statement, 1, symbol);
    sqlite3_bind_int64(statement, 2, row);
    sqlite3_bind_int64(statement, 3, ticks.time_ns[row]);
    sqlite3_bind_int64(statement, 4, ticks.price[row]);
    sqlite3_bind_int64(statement, 5, ticks.quantity[row]);
    sqlite3_bind_int64(statement, 6, static_cast<int>(ticks.side[row]));
    if (sqlite3_step(statement) != SQLITE_DONE)
      return failed();
    sqlite3_reset(statement);
    if (((i + 1) % 1'000 == 0 || i + 1 == rows.order.size()) && !run("COMMIT"))
      return failed();
  }
  out.ingest_per_s = static_cast<double>(out.ticks) / watch.wall();
  out.ingest_per_cpu_s = static_cast<double>(out.ticks) / watch.cpu();
  if (!run("PRAGMA wal_checkpoint(TRUNCATE)"))
    return failed();
  auto select = prepare("SELECT time_ns, price, quantity, side FROM ticks ORDER BY symbol, row");
  for (int scan = 0; scan < 2; ++scan) {
    out.witness = 0;
    watch = {};
    while (sqlite3_step(select.get()) == SQLITE_ROW)
      out.witness += static_cast<std::uint64_t>(sqlite3_column_int64(select.get(), 1)) *
                     static_cast<std::uint64_t>(sqlite3_column_int64(select.get(), 2));
    sqlite3_reset(select.get());
    out.scan_per_s = std::max(out.scan_per_s, static_cast<double>(out.ticks) / watch.wall());
    out.scan_per_cpu_s = std::max(out.scan_per_cpu_s, static_cast<double>(out.ticks) / watch.cpu());
  }
  insert.reset();
  select.reset();
  db.reset();
  out.bytes_per_tick = static_cast<double>(bytes_under(scratch.path)) / static_cast<double>(out.ticks);
  return out;
}

} // namespace finch::bench
