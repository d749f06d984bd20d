/// RocksDB behind the few calls the store needs. Every status is checked and becomes an error with place and
/// remedy.
#pragma once

#include "actors/storage/series.hpp"
#include "schemas/error.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace finch::storage {

/// Column families. Depth and derivatives are reserved for later sources.
enum class Table : std::uint8_t {
  meta,
  ticks,
  quotes,
  bars,
  funding,
  depth,
  derivatives,
  votes,
  instruments,
  checkpoints,
  cursors,
  manifests
};
inline constexpr std::size_t table_count = 12;

[[nodiscard]] constexpr Table table_of(Family family) noexcept {
  return static_cast<Table>(static_cast<int>(Table::ticks) + static_cast<int>(family));
}

enum class OpenMode : std::uint8_t {
  create,    ///< make it, or finish making it
  write,     ///< the log may end in a torn record, anything else damaged or missing refuses to open
  salvage,   ///< what is missing is made anew, and a damaged log is cut at the damage
  secondary, ///< follow another process's writes
  probe      ///< read what is there and change nothing, not even what a repair would
};

class Database;

/// Changes applied together or not at all.
class Batch {
public:
  explicit Batch(const Database& database) : database_{&database} {}
  void put(Table table, std::string_view key, std::string_view value);
  void erase(Table table, std::string_view key);
  [[nodiscard]] std::size_t bytes() const { return raw_.GetDataSize(); }
  [[nodiscard]] bool empty() const { return raw_.Count() == 0; }
  [[nodiscard]] std::string_view data() const { return raw_.Data(); }
  void clear() { raw_.Clear(); }

private:
  friend class Database;
  const Database* database_;
  rocksdb::WriteBatch raw_;
};

class Database {
public:
  /// `secondary` is the follower's own directory, used in that mode only.
  [[nodiscard]] static Result<std::unique_ptr<Database>>
  open(const std::filesystem::path& directory, OpenMode mode, const std::filesystem::path& secondary = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] Result<std::optional<std::string>> get(Table table, std::string_view key) const;
  /// Calls f(key, value) for every key with this prefix, in order, until f returns false.
  template <class F>
  [[nodiscard]] Status scan(Table table, std::string_view prefix, F f) const {
    auto it = iterate(table, false);
    for (it->Seek({prefix.data(), prefix.size()});
         it->Valid() && it->key().starts_with({prefix.data(), prefix.size()}); it->Next())
      if (!f(it->key().ToStringView(), it->value().ToStringView()))
        return {};
    return check(it->status(), "read");
  }
  /// A view of the table as it is now. `bulk` reads ahead and leaves the block cache alone.
  [[nodiscard]] std::unique_ptr<rocksdb::Iterator> iterate(Table table, bool bulk) const;

  [[nodiscard]] Status write(Batch& batch, bool sync);
  /// Syncs the log.
  [[nodiscard]] Status sync();
  /// Brings everything written into synced tables.
  [[nodiscard]] Status flush();
  /// Rewrites all tables into their final, smallest form.
  [[nodiscard]] Status compact();
  /// Bytes of all live table files.
  [[nodiscard]] std::uint64_t table_bytes() const;
  /// The status as an error that names the store; `verb` is what was tried.
  [[nodiscard]] Status check(const rocksdb::Status& status, std::string_view verb) const;

private:
  friend class Batch;
  Database() = default;
  [[nodiscard]] rocksdb::ColumnFamilyHandle* handle(Table table) const {
    return handles_[static_cast<std::size_t>(table)];
  }

  std::string name_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

} // namespace finch::storage
