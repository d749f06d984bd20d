#include "bench/tick_stores.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace finch::bench {
namespace {

constexpr std::size_t rows_per_batch = 1'000;

/// All ticks with their symbol, by time: the order in which a feed would bring them.
struct Rows {
  std::vector<market::TickColumns> symbols;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> order; ///< symbol and row
};

Rows interleaved(const TickSet& ticks) {
  Rows out;
  for (std::uint32_t symbol = 0; symbol < ticks.symbols; ++symbol) {
    out.symbols.push_back(ticks.make(symbol));
    for (std::uint32_t row = 0; row < out.symbols.back().size(); ++row)
      out.order.emplace_back(symbol, row);
  }
  std::stable_sort(out.order.begin(), out.order.end(), [&](const auto& a, const auto& b) {
    return out.symbols[a.first].time_ns[a.second] < out.symbols[b.first].time_ns[b.second];
  });
  return out;
}

/// Gathers rows into columns of the size a reader would like.
class Gather {
public:
  explicit Gather(const OnTicks& take) : take_{take} {}
  void add(std::int64_t time_ns, std::int64_t price, std::int64_t quantity, std::int8_t side) {
    ticks_.time_ns.push_back(time_ns);
    ticks_.price.push_back(price);
    ticks_.quantity.push_back(quantity);
    ticks_.side.push_back(static_cast<market::Side>(side));
    if (ticks_.size() == 8'192)
      flush();
  }
  void flush() {
    if (ticks_.size() > 0)
      take_(ticks_);
    ticks_.clear();
  }

private:
  const OnTicks& take_;
  market::TickColumns ticks_;
};

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

Error of(const rocksdb::Status& status) { return {Category::failed, "RocksDB: " + status.ToString(), {}}; }

class RocksRows final : public Keeper {
public:
  explicit RocksRows(rocksdb::DB* db) : db_{db} {}

  Result<Seconds> ingest(const TickSet& ticks) override {
    auto rows = interleaved(ticks);
    Watch watch;
    rocksdb::WriteBatch batch;
    for (std::size_t i = 0; i < rows.order.size(); ++i) {
      auto [symbol, row] = rows.order[i];
      const auto& columns = rows.symbols[symbol];
      auto key = row_key(symbol, row);
      RowValue value{columns.time_ns[row], columns.price[row], columns.quantity[row],
                     static_cast<std::int8_t>(columns.side[row])};
      (void)batch.Put({key.data(), key.size()}, {reinterpret_cast<const char*>(&value), sizeof value});
      if ((i + 1) % rows_per_batch != 0 && i + 1 != rows.order.size())
        continue;
      if (auto status = db_->Write({}, &batch); !status.ok())
        return tl::unexpected(of(status));
      batch.Clear();
    }
    if (auto status = db_->SyncWAL(); !status.ok())
      return tl::unexpected(of(status));
    return Seconds{watch.wall(), watch.cpu()};
  }

  Status settle() override {
    auto status = db_->Flush({});
    if (status.ok())
      status = db_->CompactRange({}, nullptr, nullptr);
    if (!status.ok())
      return tl::unexpected(of(status));
    return {};
  }

  Status scan(std::uint32_t symbol, const OnTicks& take) const override {
    Gather gather{take};
    auto from = row_key(symbol, 0), to = row_key(symbol + 1, 0);
    rocksdb::ReadOptions options;
    rocksdb::Slice end{to.data(), to.size()};
    options.iterate_upper_bound = &end;
    std::unique_ptr<rocksdb::Iterator> it{db_->NewIterator(options)};
    for (it->Seek({from.data(), from.size()}); it->Valid(); it->Next()) {
      RowValue value;
      std::memcpy(&value, it->value().data(), sizeof value);
      gather.add(value.time_ns, value.price, value.quantity, value.side);
    }
    gather.flush();
    if (!it->status().ok())
      return tl::unexpected(of(it->status()));
    return {};
  }

  Result<std::uint64_t> sum() const override {
    std::uint64_t total = 0;
    std::unique_ptr<rocksdb::Iterator> it{db_->NewIterator({})};
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      RowValue value;
      std::memcpy(&value, it->value().data(), sizeof value);
      total += static_cast<std::uint64_t>(value.price) * static_cast<std::uint64_t>(value.quantity);
    }
    if (!it->status().ok())
      return tl::unexpected(of(it->status()));
    return total;
  }

private:
  std::unique_ptr<rocksdb::DB> db_;
};

using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

class SqliteRows final : public Keeper {
public:
  explicit SqliteRows(sqlite3* db) : db_{db, sqlite3_close} {}

  [[nodiscard]] Status run(const char* sql) const {
    if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      return failed();
    return {};
  }

  Result<Seconds> ingest(const TickSet& ticks) override {
    auto rows = interleaved(ticks);
    Watch watch;
    auto insert = prepare("INSERT INTO ticks VALUES(?,?,?,?,?,?)");
    auto* statement = insert.get();
    for (std::size_t i = 0; i < rows.order.size(); ++i) {
      if (i % rows_per_batch == 0)
        if (auto begun = run("BEGIN"); !begun)
          return tl::unexpected(begun.error());
      auto [symbol, row] = rows.order[i];
      const auto& columns = rows.symbols[symbol];
      sqlite3_bind_int64(statement, 1, symbol);
      sqlite3_bind_int64(statement, 2, row);
      sqlite3_bind_int64(statement, 3, columns.time_ns[row]);
      sqlite3_bind_int64(statement, 4, columns.price[row]);
      sqlite3_bind_int64(statement, 5, columns.quantity[row]);
      sqlite3_bind_int64(statement, 6, static_cast<int>(columns.side[row]));
      if (sqlite3_step(statement) != SQLITE_DONE)
        return failed();
      sqlite3_reset(statement);
      if ((i + 1) % rows_per_batch == 0 || i + 1 == rows.order.size())
        if (auto done = run("COMMIT"); !done)
          return tl::unexpected(done.error());
    }
    insert.reset();
    if (auto synced = run("PRAGMA wal_checkpoint(FULL)"); !synced)
      return tl::unexpected(synced.error());
    return Seconds{watch.wall(), watch.cpu()};
  }

  Status settle() override { return run("PRAGMA wal_checkpoint(TRUNCATE)"); }

  Status scan(std::uint32_t symbol, const OnTicks& take) const override {
    Gather gather{take};
    auto select = prepare("SELECT time_ns, price, quantity, side FROM ticks WHERE symbol = ? ORDER BY row");
    sqlite3_bind_int64(select.get(), 1, symbol);
    while (sqlite3_step(select.get()) == SQLITE_ROW)
      gather.add(sqlite3_column_int64(select.get(), 0), sqlite3_column_int64(select.get(), 1),
                 sqlite3_column_int64(select.get(), 2),
                 static_cast<std::int8_t>(sqlite3_column_int64(select.get(), 3)));
    gather.flush();
    return {};
  }

  Result<std::uint64_t> sum() const override {
    std::uint64_t total = 0;
    auto select = prepare("SELECT time_ns, price, quantity, side FROM ticks ORDER BY symbol, row");
    auto column = [row = select.get()](int i) {
      return static_cast<std::uint64_t>(sqlite3_column_int64(row, i));
    };
    while (sqlite3_step(select.get()) == SQLITE_ROW) {
      (void)column(0), (void)column(3); // every column is read
      total += column(1) * column(2);
    }
    return total;
  }

private:
  [[nodiscard]] Statement prepare(const char* sql) const {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(db_.get(), sql, -1, &statement, nullptr);
    return {statement, sqlite3_finalize};
  }
  [[nodiscard]] tl::unexpected<Error> failed() const {
    return fail(Category::failed, fmt::format("SQLite: {}", sqlite3_errmsg(db_.get())));
  }

  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> db_;
};

} // namespace

Result<std::unique_ptr<Keeper>> open_rocksdb_rows(const std::filesystem::path& folder) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kZSTD;
  rocksdb::DB* db = nullptr;
  if (auto status = rocksdb::DB::Open(options, folder.string(), &db); !status.ok())
    return tl::unexpected(of(status));
  return std::unique_ptr<Keeper>{new RocksRows{db}};
}

Result<std::unique_ptr<Keeper>> open_sqlite_rows(const std::filesystem::path& folder) {
  sqlite3* db = nullptr;
  auto opened = sqlite3_open((folder / "ticks.sqlite").c_str(), &db);
  auto keeper = std::make_unique<SqliteRows>(db);
  if (opened != SQLITE_OK)
    return fail(Category::failed, fmt::format("SQLite: {}", sqlite3_errstr(opened)));
  if (auto journal = keeper->run("PRAGMA journal_mode=WAL"); !journal)
    return tl::unexpected(journal.error());
  if (auto table =
          keeper->run("CREATE TABLE ticks(symbol INTEGER, row INTEGER, time_ns INTEGER, price INTEGER, "
                      "quantity INTEGER, side INTEGER, PRIMARY KEY(symbol, row)) WITHOUT ROWID");
      !table)
    return tl::unexpected(table.error());
  return std::unique_ptr<Keeper>{std::move(keeper)};
}

} // namespace finch::bench
