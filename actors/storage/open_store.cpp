#include "actors/storage/open_store.hpp"

#include "actors/storage/block_writer.hpp"
#include "actors/storage/live_writer.hpp"
#include "actors/storage/staging.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>

namespace finch::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view format_text = "finch tick store 1\n";

Error not_usable(const fs::path& path, std::string_view what) {
  return {Category::unavailable, fmt::format("{} {}", path.string(), what),
          "choose another directory with --data"};
}

/// The version file: written last when a store is made, so a store without one was never finished.
Status check_format(const fs::path& store) {
  std::ifstream file{store / "FORMAT"};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (!file.is_open() || text == format_text)
    return {};
  return fail(Category::failed,
              fmt::format("{} is a tick store of another version: '{}'", store.string(),
                          text.substr(0, text.find('\n')).substr(0, 60)),
              "use the version of finch that wrote it");
}

/// Refuses directories that hold what no unfinished store would.
Status check_foreign(const fs::path& store) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{store, error}) {
    auto name = entry.path().filename().string();
    if (name != "db" && name != "watermark" && name != "FORMAT" && name != "FORMAT.new")
      return tl::unexpected(not_usable(store, fmt::format("is not a tick store: it holds '{}'", name)));
  }
  if (error)
    return tl::unexpected(not_usable(store, "cannot be read: " + error.message()));
  return {};
}

Status write_format(const fs::path& store) {
  {
    std::ofstream file{store / "FORMAT.new", std::ios::trunc};
    file << format_text;
    if (!file.flush())
      return tl::unexpected(not_usable(store, "cannot be written"));
  }
  std::error_code error;
  fs::rename(store / "FORMAT.new", store / "FORMAT", error);
  return error ? tl::unexpected(not_usable(store, "cannot be written: " + error.message())) : Status{};
}

Result<CommitRow> load_commit(const Database& db) {
  auto bytes = db.get(Table::meta, commit_key);
  if (!bytes)
    return tl::unexpected(bytes.error());
  if (!*bytes)
    return CommitRow{};
  auto row = read_commit_row(**bytes);
  if (!row)
    return fail(Category::failed, "the tick store's commit record is malformed", "restore it from a backup");
  return *row;
}

/// Reads manifests, instruments and quarantine into the mirror.
Status load_mirror(StoreState& state) {
  auto commit = load_commit(*state.db);
  if (!commit)
    return tl::unexpected(commit.error());
  state.commit = *commit;
  state.days.clear();
  state.instruments.clear();
  state.quarantined.clear();
  std::string bad;
  auto instruments =
      state.db->scan(Table::instruments, "", [&](std::string_view key, std::string_view value) {
        auto instrument = read_instrument(value);
        if (!instrument || key != instrument_key(instrument->id))
          bad = "an instrument";
        else
          state.instruments[instrument->id] = *instrument;
        return bad.empty();
      });
  auto days = state.db->scan(Table::manifests, "", [&](std::string_view key, std::string_view value) {
    DayKey day;
    auto row = read_day_row(value);
    if (!decode_key(key, day) || !row)
      bad = "a day's manifest";
    else
      state.days[day] = *row;
    return bad.empty();
  });
  auto quarantined = state.db->scan(Table::meta, "q", [&](std::string_view key, std::string_view value) {
    DayKey day;
    if (!decode_key(key.substr(1), day))
      bad = "a quarantine note";
    else
      state.quarantined[day] = std::string{value};
    return bad.empty();
  });
  for (const auto* status : {&instruments, &days, &quarantined})
    if (!*status)
      return *status;
  if (!bad.empty())
    return fail(Category::failed,
                fmt::format("{} of the tick store {} is malformed", bad, state.data_dir.string()),
                "restore the data directory from a backup");
  return {};
}

/// Compares what is there with what was acknowledged; what is missing is named and quarantined in the mirror.
Status compare(StoreState& state, const Mark& mark) {
  auto place = (state.data_dir / "store").string();
  if (state.commit.sequence == mark.sequence && state.commit.hash != mark.hash)
    return fail(
        Category::failed, fmt::format("{} and its watermark are of two different stores", place),
        "restore the data directory as a whole from a backup, or see what is left with `finch data salvage`");
  if (state.commit.sequence >= mark.sequence)
    return {};
  auto missing = fmt::format("{} lost acknowledged data: it ends at batch {} of {}", place,
                             state.commit.sequence, mark.sequence);
  if (state.commit.sequence < mark.base && !state.options.salvage)
    return fail(Category::failed, missing + ", before the oldest day the watermark names",
                "restore the data directory from a backup, or see what is left with `finch data salvage`");
  state.losses.push_back(missing);
  for (const auto& [key, end] : mark.days) {
    auto found = state.days.find(key);
    auto has = found == state.days.end()
                   ? DayEnd{}
                   : DayEnd{found->second.generation, found->second.rows, found->second.head};
    if (has == end)
      continue;
    state.quarantined[key] = fmt::format("{} of {} acknowledged rows are there",
                                         found == state.days.end() ? 0 : has.rows, end.rows);
    state.losses.push_back(fmt::format("{}: {}", state.describe(key), state.quarantined[key]));
  }
  return {};
}

/// Stores what `compare` found, so that it outlives this process, and starts a new watermark behind it.
Status settle_losses(StoreState& state, const Mark& mark) {
  Batch batch{*state.db};
  for (const auto& [key, reason] : state.quarantined)
    batch.put(Table::meta, quarantine_key(key), reason);
  state.commit.sequence = std::max(state.commit.sequence, mark.sequence);
  if (auto written = state.write(batch, false, {}); !written)
    return written;
  return state.checkpoint();
}

Result<Mark> load_mark(StoreState& state, const fs::path& file) {
  std::error_code ignored;
  auto fresh = state.commit.sequence == 0 && !fs::exists(file, ignored);
  auto mark = fresh ? Result<Mark>{Mark{}} : Watermark::read(file);
  if (!mark && state.options.salvage) {
    state.losses.push_back(mark.error().message);
    mark = Mark{state.commit.sequence, state.commit.hash, state.commit.sequence, {}};
    fresh = true;
  }
  if (!mark)
    return mark;
  auto opened = fresh ? Watermark::create(file) : Watermark::open(file);
  if (!opened)
    return tl::unexpected(opened.error());
  state.watermark = std::move(*opened);
  return mark;
}

Status recover(StoreState& state) {
  auto store = state.data_dir / "store";
  auto commit = load_commit(*state.db);
  if (!commit)
    return tl::unexpected(commit.error());
  state.commit = *commit;
  auto mark = load_mark(state, store / "watermark");
  if (!mark)
    return tl::unexpected(mark.error());
  state.mark = *mark;
  if (auto loaded = load_mirror(state); !loaded)
    return loaded;
  if (auto compared = compare(state, *mark); !compared) {
    if (!state.options.salvage)
      return compared;
    state.losses.push_back(compared.error().message);
  }
  if (!state.losses.empty())
    if (auto settled = settle_losses(state, *mark); !settled)
      return settled;
  if (auto finished = finish_promotion(state); !finished)
    return finished;
  if (auto cleaned = remove_orphans(state); !cleaned)
    return cleaned;
  // A batch that was written but not acknowledged when the process died counts from here on.
  if (state.mark.sequence != state.commit.sequence)
    return state.checkpoint();
  return {};
}

/// Looks before anything is opened for writing: RocksDB deletes the tables that a list cut short no longer
/// names, and they could then not be had back by restoring the list.
Status probe(const StoreState& state) {
  auto store = state.data_dir / "store";
  auto db = Database::open(store / "db", OpenMode::probe);
  if (!db)
    return tl::unexpected(db.error());
  auto mark = Watermark::read(store / "watermark");
  if (!mark)
    return tl::unexpected(mark.error());
  StoreState found;
  found.data_dir = state.data_dir;
  found.db = std::move(*db);
  if (auto loaded = load_mirror(found); !loaded)
    return loaded;
  return compare(found, *mark);
}

Status open_as_writer(StoreState& state) {
  auto store = state.data_dir / "store";
  std::error_code error;
  if (fs::exists(state.data_dir, error) && !fs::is_directory(state.data_dir, error))
    return tl::unexpected(not_usable(state.data_dir, "is not a directory"));
  fs::create_directories(store, error);
  if (error)
    return tl::unexpected(not_usable(state.data_dir, "cannot be created: " + error.message()));
  auto lease = Lease::take(state.data_dir);
  if (!lease)
    return tl::unexpected(lease.error());
  state.lease = std::move(*lease);
  if (auto known = check_format(store); !known)
    return known;
  if (auto own = check_foreign(store); !own)
    return own;
  auto made = fs::exists(store / "FORMAT", error);
  if (made && !state.options.salvage)
    if (auto sound = probe(state); !sound)
      return sound;
  auto db = Database::open(store / "db", state.options.salvage ? OpenMode::salvage
                                         : made                ? OpenMode::write
                                                               : OpenMode::create);
  if (!db)
    return tl::unexpected(db.error());
  state.db = std::move(*db);
  if (auto recovered = recover(state); !recovered)
    return recovered;
  state.live = std::make_unique<LiveWriter>(state);
  return made ? Status{} : write_format(store);
}

/// In read mode: compares with the watermark, unless a writer is at work and may be ahead of what is visible
/// here.
Status compare_as_reader(StoreState& state) {
  if (Lease::held(state.data_dir))
    return {};
  auto mark = Watermark::read(state.data_dir / "store" / "watermark");
  if (!mark)
    return tl::unexpected(mark.error());
  return compare(state, *mark);
}

/// Names of the database's log files.
std::set<std::string> log_files(const fs::path& directory) {
  std::set<std::string> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{directory, error})
    if (entry.path().extension() == ".log")
      out.insert(entry.path().filename().string());
  return out;
}

Status open_as_reader(StoreState& state) {
  static std::atomic<unsigned> count{0};
  auto store = state.data_dir / "store";
  std::error_code error;
  if (!fs::exists(store / "FORMAT", error))
    return tl::unexpected(Error{Category::unavailable,
                                fmt::format("{} holds no data", state.data_dir.string()),
                                "import some first, or name the right directory with --data"});
  if (auto known = check_format(store); !known)
    return known;
  for (int attempt = 0; attempt < 10; ++attempt) {
    auto before = log_files(store / "db");
    // A follower keeps its own log; the data directory may be read-only to it.
    state.follower_dir = fs::temp_directory_path() / fmt::format("finch-reader-{}-{}", ::getpid(), count++);
    auto db = Database::open(store / "db", OpenMode::secondary, state.follower_dir);
    if (!db)
      return tl::unexpected(db.error());
    auto after = log_files(store / "db");
    // A log that was flushed and removed between reading the tables' list and the logs would leave a hole.
    if (std::includes(after.begin(), after.end(), before.begin(), before.end())) {
      state.db = std::move(*db);
      if (auto loaded = load_mirror(state); !loaded)
        return loaded;
      return compare_as_reader(state);
    }
    db->reset();
    fs::remove_all(state.follower_dir, error);
  }
  return fail(Category::unavailable, fmt::format("{} changes too fast to be read", state.data_dir.string()),
              "try again");
}

} // namespace

Result<std::shared_ptr<StoreState>> open_state(const std::filesystem::path& data_dir, Mode mode,
                                               Options options) {
  auto state = std::make_shared<StoreState>();
  state->data_dir = data_dir;
  state->mode = mode;
  state->options = options;
  auto opened = mode == Mode::write ? open_as_writer(*state) : open_as_reader(*state);
  if (!opened)
    return tl::unexpected(opened.error());
  return state;
}

} // namespace finch::storage
