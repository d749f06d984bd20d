#include "actors/storage/tick_store.hpp"

#include "actors/storage/live_writer.hpp"
#include "actors/storage/open_store.hpp"
#include "actors/storage/staging.hpp"

#include <fmt/format.h>

namespace finch::storage {
namespace {

Error read_only(const StoreState& state) {
  return {Category::failed, fmt::format("{} is open for reading only", state.data_dir.string()), {}};
}

DayKey day_key(market::InstrumentId instrument, market::Timeframe timeframe, std::int32_t day) {
  return {{instrument, Family::bars, static_cast<std::uint16_t>(timeframe.minutes)}, day};
}

// Cursors share their table with round marks; the first letter keeps them apart.
std::string cursor_key(std::string_view name) { return "c" + std::string{name}; }

std::string votes_key(std::uint64_t instance, std::int32_t day) {
  std::string key;
  put_big(key, instance, 8);
  put_big(key, static_cast<std::uint32_t>(day) ^ 0x80000000U, 4);
  return key;
}

} // namespace

Result<std::unique_ptr<TickStore>> TickStore::open(const std::filesystem::path& data_dir, Mode mode,
                                                   Options options) {
  auto state = open_state(data_dir, mode, options);
  if (!state)
    return tl::unexpected(state.error());
  return std::unique_ptr<TickStore>{new TickStore{std::move(*state)}};
}

TickStore::TickStore(std::shared_ptr<StoreState> state) : state_{std::move(state)} {}
TickStore::~TickStore() = default;

std::vector<market::Instrument> TickStore::instruments() const {
  std::shared_lock lock{state_->mutex};
  std::vector<market::Instrument> out;
  for (const auto& [id, instrument] : state_->instruments)
    out.push_back(instrument);
  return out;
}

Result<market::Instrument> TickStore::instrument(market::InstrumentId id) const {
  std::shared_lock lock{state_->mutex};
  return state_->instrument(id);
}

Result<market::Instrument> TickStore::ensure_instrument(const market::Instrument& wanted) {
  std::unique_lock lock{state_->mutex};
  auto& known = state_->instruments;
  auto found = std::find_if(known.begin(), known.end(),
                            [&](const auto& entry) { return entry.second.name == wanted.name; });
  auto facts = found == known.end() ? wanted : found->second;
  if (found != known.end()) {
    raise_decimals(facts, wanted.price_decimals, wanted.quantity_decimals);
    if (facts == found->second)
      return facts;
  }
  if (!state_->live)
    return tl::unexpected(read_only(*state_));
  if (found == known.end())
    facts.id = state_->next_instrument();
  Batch batch{*state_->db};
  batch.put(Table::instruments, instrument_key(facts.id), to_bytes(facts));
  if (auto written = state_->write(batch, true, {}); !written)
    return tl::unexpected(written.error());
  known[facts.id] = facts;
  return facts;
}

Status TickStore::update_instrument(const market::Instrument& facts) {
  std::unique_lock lock{state_->mutex};
  if (!state_->live)
    return tl::unexpected(read_only(*state_));
  auto stored = state_->instrument(facts.id);
  if (!stored)
    return tl::unexpected(stored.error());
  if (facts.name != stored->name || facts.price_decimals < stored->price_decimals ||
      facts.quantity_decimals < stored->quantity_decimals)
    return fail(Category::usage, fmt::format("{} keeps its name and at least {} and {} decimals",
                                             market::format_name(stored->name), stored->price_decimals,
                                             stored->quantity_decimals));
  Batch batch{*state_->db};
  batch.put(Table::instruments, instrument_key(facts.id), to_bytes(facts));
  if (auto written = state_->write(batch, true, {}); !written)
    return written;
  state_->instruments[facts.id] = facts;
  return {};
}

template <AnyColumns C>
Result<std::size_t> TickStore::append(Kind kind, Series series, const C& rows) {
  std::unique_lock lock{state_->mutex};
  if (!state_->live)
    return tl::unexpected(read_only(*state_));
  auto instrument = state_->instrument(series.instrument);
  if (!instrument)
    return tl::unexpected(instrument.error());
  auto decimals = decimals_of(rows);
  auto quantities = std::same_as<C, market::TickColumns> || std::same_as<C, market::QuoteColumns>;
  if (!std::same_as<C, market::FundingColumns> &&
      (decimals[0] > instrument->price_decimals ||
       (quantities && decimals[1] > instrument->quantity_decimals)))
    return fail(Category::failed,
                fmt::format("{} is stored with {} and {} decimals, the rows have {} and {}",
                            market::format_name(instrument->name), instrument->price_decimals,
                            instrument->quantity_decimals, decimals[0], decimals[1]),
                "raise them with ensure_instrument first");
  return state_->live->append(kind, series, rows);
}

Result<std::size_t> TickStore::append_ticks(market::InstrumentId instrument, const market::TickColumns& rows,
                                            Kind kind) {
  if (family_of(kind) != Family::ticks)
    return fail(Category::failed, fmt::format("ticks are trades or aggTrades, not {}", name_of(kind)));
  return append(kind, {instrument, Family::ticks, 0}, rows);
}
Result<std::size_t> TickStore::append_quotes(market::InstrumentId instrument,
                                             const market::QuoteColumns& rows) {
  return append(Kind::quotes, {instrument, Family::quotes, 0}, rows);
}
Result<std::size_t> TickStore::append_bars(market::InstrumentId instrument, const market::BarColumns& rows) {
  return append(Kind::bars, {instrument, Family::bars, static_cast<std::uint16_t>(rows.timeframe.minutes)},
                rows);
}
Result<std::size_t> TickStore::append_funding(market::InstrumentId instrument,
                                              const market::FundingColumns& rows) {
  return append(Kind::funding, {instrument, Family::funding, 0}, rows);
}

Status TickStore::mark_round(market::InstrumentId instrument, market::Round round,
                             market::RoundStatus status) {
  std::unique_lock lock{state_->mutex};
  return state_->live ? state_->live->mark_round(instrument, round, status)
                      : tl::unexpected(read_only(*state_));
}

Status TickStore::commit() {
  std::unique_lock lock{state_->mutex};
  return state_->live ? state_->live->commit() : tl::unexpected(read_only(*state_));
}

Result<ImportSession> TickStore::begin_import(ImportOptions options) {
  if (!state_->live)
    return tl::unexpected(read_only(*state_));
  return ImportSession{state_, options};
}

template <AnyColumns C>
Reader<C> TickStore::read(const Series& series, market::TimeNs from, market::TimeNs to, Wanted wanted) const {
  std::shared_lock lock{state_->mutex};
  auto instrument = state_->instruments.find(series.instrument);
  auto price = instrument == state_->instruments.end() ? std::uint8_t{0} : instrument->second.price_decimals;
  auto quantity =
      instrument == state_->instruments.end() ? std::uint8_t{0} : instrument->second.quantity_decimals;
  return {BlockCursor{state_, series.family, slices_of(*state_, series, from, to), from, to},
          from,
          to,
          price,
          quantity,
          wanted};
}

TickReader TickStore::ticks(market::InstrumentId instrument, market::TimeNs from, market::TimeNs to,
                            Wanted wanted) const {
  return read<market::TickColumns>({instrument, Family::ticks, 0}, from, to, wanted);
}
QuoteReader TickStore::quotes(market::InstrumentId instrument, market::TimeNs from, market::TimeNs to) const {
  return read<market::QuoteColumns>({instrument, Family::quotes, 0}, from, to, {});
}
BarReader TickStore::bars(market::InstrumentId instrument, market::Timeframe timeframe, market::TimeNs from,
                          market::TimeNs to) const {
  return read<market::BarColumns>({instrument, Family::bars, static_cast<std::uint16_t>(timeframe.minutes)},
                                  from, to, {});
}
FundingReader TickStore::funding(market::InstrumentId instrument, market::TimeNs from,
                                 market::TimeNs to) const {
  return read<market::FundingColumns>({instrument, Family::funding, 0}, from, to, {});
}

Result<std::optional<RoundMarks>> TickStore::marks(market::InstrumentId instrument, std::int32_t day) const {
  auto bytes = state_->db->get(Table::cursors, marks_key(instrument, day));
  if (!bytes)
    return tl::unexpected(bytes.error());
  if (!*bytes)
    return std::nullopt;
  auto marks = read_marks(**bytes);
  std::shared_lock lock{state_->mutex};
  if (!marks)
    return fail(Category::failed,
                fmt::format("the round marks of {} of {} are malformed",
                            state_->name_of_instrument(instrument), market::format_day(day)));
  return marks;
}

std::vector<SpanInfo> TickStore::spans() const {
  std::shared_lock lock{state_->mutex};
  std::vector<SpanInfo> out;
  const Series* last = nullptr;
  for (const auto& [key, row] : state_->days) {
    if (state_->quarantined.contains(key))
      continue;
    if (!last || *last != key.series || out.back().kind != row.kind)
      out.push_back(
          {key.series.instrument, row.kind, {key.series.minutes}, row.first_ns, row.last_ns, 0, 0, 0, {}});
    last = &key.series;
    auto& span = out.back();
    span.last_ns = row.last_ns;
    span.rows += row.rows;
    span.bytes += row.bytes;
    span.blocks += row.blocks;
    span.days.push_back(key.day);
  }
  return out;
}

std::optional<DayRow> TickStore::day(const DayKey& key) const {
  std::shared_lock lock{state_->mutex};
  auto found = state_->days.find(key);
  return found == state_->days.end() ? std::nullopt : std::optional{found->second};
}

std::vector<std::string> TickStore::losses() const {
  std::shared_lock lock{state_->mutex};
  return state_->losses;
}

std::vector<std::pair<DayKey, std::string>> TickStore::quarantined() const {
  std::shared_lock lock{state_->mutex};
  return {state_->quarantined.begin(), state_->quarantined.end()};
}

void TickStore::put_checkpoint(market::InstrumentId instrument, market::Timeframe timeframe, std::int32_t day,
                               std::string_view value) {
  std::unique_lock lock{state_->mutex};
  if (state_->live)
    state_->live->put(Table::checkpoints, checkpoint_key(day_key(instrument, timeframe, day)),
                      std::string{value});
}
void TickStore::drop_checkpoint(market::InstrumentId instrument, market::Timeframe timeframe,
                                std::int32_t day) {
  std::unique_lock lock{state_->mutex};
  if (state_->live)
    state_->live->erase(Table::checkpoints, checkpoint_key(day_key(instrument, timeframe, day)));
}
Result<std::optional<std::string>>
TickStore::checkpoint(market::InstrumentId instrument, market::Timeframe timeframe, std::int32_t day) const {
  return state_->db->get(Table::checkpoints, checkpoint_key(day_key(instrument, timeframe, day)));
}
void TickStore::put_cursor(std::string_view name, std::string_view value) {
  std::unique_lock lock{state_->mutex};
  if (state_->live)
    state_->live->put(Table::cursors, cursor_key(name), std::string{value});
}
Result<std::optional<std::string>> TickStore::cursor(std::string_view name) const {
  return state_->db->get(Table::cursors, cursor_key(name));
}
void TickStore::put_votes(std::uint64_t instance, std::int32_t day, std::string_view value) {
  std::unique_lock lock{state_->mutex};
  if (state_->live)
    state_->live->put(Table::votes, votes_key(instance, day), std::string{value});
}
Result<std::optional<std::string>> TickStore::votes(std::uint64_t instance, std::int32_t day) const {
  return state_->db->get(Table::votes, votes_key(instance, day));
}

std::uint64_t TickStore::bytes_on_disk() const { return state_->db->table_bytes(); }

} // namespace finch::storage
