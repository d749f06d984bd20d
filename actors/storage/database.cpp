#include "actors/storage/database.hpp"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include <array>
#include <cstdarg>

namespace finch::storage {
namespace {

constexpr std::array<const char*, table_count> names{
    "default",     "ticks", "quotes",      "bars",        "funding", "depth",
    "derivatives", "votes", "instruments", "checkpoints", "cursors", "manifests"};

Error to_error(const rocksdb::Status& status, std::string_view verb, std::string_view name) {
  auto message = fmt::format("cannot {} the tick store {}: {}", verb, name, status.ToString());
  if (status.IsCorruption() || status.IsInvalidArgument()) // the latter: its list of tables is cut short
    return {Category::failed, message,
            "restore the data directory from a backup, or see what is left with `finch data salvage`"};
  if (status.IsNoSpace())
    return {Category::unavailable, message, "make room on the disk; what was acknowledged is safe"};
  return {Category::unavailable, message, "check the disk's room and the directory's permissions"};
}

rocksdb::ColumnFamilyOptions table_options(std::size_t index, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  table.block_size = 16 * 1024;
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // The blocks are packed already and the rest is small.
  options.compression = rocksdb::kNoCompression;
  options.bottommost_compression = rocksdb::kNoCompression;
  options.level_compaction_dynamic_level_bytes = true;
  options.write_buffer_size = index == static_cast<std::size_t>(Table::ticks) ? 64 << 20 : 16 << 20;
  return options;
}

/// RocksDB's log file aborts the program when the disk is full; every status is checked, so nothing is lost
/// without it.
class NoLog final : public rocksdb::Logger {
public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

rocksdb::Options database_options(OpenMode mode) {
  rocksdb::Options options;
  options.info_log = std::make_shared<NoLog>();
  options.create_if_missing = mode == OpenMode::create || mode == OpenMode::salvage;
  options.create_missing_column_families = options.create_if_missing;
  // A list of table files that is cut short must never show the commit record without what it commits.
  options.atomic_flush = true;
  options.paranoid_checks = true;
  options.wal_recovery_mode = mode == OpenMode::salvage
                                  ? rocksdb::WALRecoveryMode::kPointInTimeRecovery
                                  : rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // All table files stay open: a missing or cut file shows at once, and a follower keeps reading what was
  // replaced.
  options.max_open_files = -1;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 256 << 20;
  options.wal_bytes_per_sync = 1 << 20;
  options.bytes_per_sync = 1 << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

} // namespace

void Batch::put(Table table, std::string_view key, std::string_view value) {
  (void)raw_.Put(database_->handle(table), {key.data(), key.size()}, {value.data(), value.size()});
}

void Batch::erase(Table table, std::string_view key) {
  (void)raw_.Delete(database_->handle(table), {key.data(), key.size()});
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& directory, OpenMode mode,
                                                 const std::filesystem::path& secondary) {
  auto options = database_options(mode);
  auto cache = rocksdb::NewLRUCache(32 << 20);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (std::size_t i = 0; i < table_count; ++i)
    families.emplace_back(names[i], table_options(i, cache));
  std::unique_ptr<Database> out{new Database};
  out->name_ = directory.string();
  rocksdb::DB* db = nullptr;
  auto place = directory.string();
  auto& handles = out->handles_;
  auto status =
      mode == OpenMode::secondary
          ? rocksdb::DB::OpenAsSecondary(options, place, secondary.string(), families, &handles, &db)
      : mode == OpenMode::probe ? rocksdb::DB::OpenForReadOnly(options, place, families, &handles, &db)
                                : rocksdb::DB::Open(options, place, families, &handles, &db);
  if (!status.ok())
    return tl::unexpected(to_error(status, "open", out->name_));
  out->db_.reset(db);
  return out;
}

Database::~Database() {
  for (auto handle : handles_)
    (void)db_->DestroyColumnFamilyHandle(handle);
}

Status Database::check(const rocksdb::Status& status, std::string_view verb) const {
  if (status.ok())
    return {};
  return tl::unexpected(to_error(status, verb, name_));
}

Result<std::optional<std::string>> Database::get(Table table, std::string_view key) const {
  std::string value;
  auto status = db_->Get({}, handle(table), {key.data(), key.size()}, &value);
  if (status.IsNotFound())
    return std::nullopt;
  if (!status.ok())
    return tl::unexpected(to_error(status, "read", name_));
  return value;
}

std::unique_ptr<rocksdb::Iterator> Database::iterate(Table table, bool bulk) const {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.total_order_seek = true;
  if (bulk) {
    options.fill_cache = false;
    options.readahead_size = 2 << 20;
  }
  return std::unique_ptr<rocksdb::Iterator>{db_->NewIterator(options, handle(table))};
}

Status Database::write(Batch& batch, bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  auto status = db_->Write(options, &batch.raw_);
  if (!status.ok()) // after a full disk RocksDB refuses all writes until it is told that there is room again
    (void)db_->Resume();
  return check(status, "write to");
}

Status Database::sync() { return check(db_->SyncWAL(), "sync"); }

Status Database::flush() {
  rocksdb::FlushOptions options;
  return check(db_->Flush(options, handles_), "flush");
}

Status Database::compact() {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  for (auto handle : handles_)
    if (auto done = check(db_->CompactRange(options, handle, nullptr, nullptr), "compact"); !done)
      return done;
  return {};
}

std::uint64_t Database::table_bytes() const {
  std::uint64_t total = 0;
  for (auto handle : handles_) {
    std::uint64_t bytes = 0;
    if (db_->GetIntProperty(handle, "rocksdb.total-sst-files-size", &bytes))
      total += bytes;
  }
  return total;
}

} // namespace finch::storage
