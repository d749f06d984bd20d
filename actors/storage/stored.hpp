/// The store's records beside its blocks, and their bytes (`schemas/store.fbs`).
#pragma once

#include "actors/storage/codec/bytes.hpp"
#include "actors/storage/series.hpp"

#include <optional>
#include <vector>

namespace finch::storage {

/// What an instrument-day's chain of blocks must add up to.
struct DayRow {
  Kind kind = Kind::trades;
  std::uint32_t generation = 0, blocks = 0;
  std::uint64_t rows = 0;
  market::TimeNs first_ns = 0, last_ns = 0; ///< least and greatest time of a row
  std::uint64_t head = 0, bytes = 0;
  bool in_order = true;
  std::vector<std::uint64_t> sources;

  bool operator==(const DayRow&) const = default;
};

/// The newest batch written.
struct CommitRow {
  std::uint64_t sequence = 0, hash = 0;
  std::uint32_t next_generation = 1;

  bool operator==(const CommitRow&) const = default;
};

/// How one round closed in live recording: how many ticks of its day, and of the day before, were stored by
/// then.
struct RoundMark {
  std::uint32_t day_rows = 0, previous_day_rows = 0;
  market::RoundStatus status = market::RoundStatus::ok;

  bool operator==(const RoundMark&) const = default;
};

/// The marks of one instrument-day; the first is that of `first_round`, and every round after it has one.
struct RoundMarks {
  market::Round first_round = 0;
  std::vector<RoundMark> marks;
};

[[nodiscard]] std::string to_bytes(const DayRow& row);
[[nodiscard]] std::string to_bytes(const CommitRow& row);
[[nodiscard]] std::string to_bytes(const market::Instrument& instrument);
[[nodiscard]] std::string to_bytes(const RoundMarks& marks);

/// Key of an instrument's record.
[[nodiscard]] std::string instrument_key(market::InstrumentId id);
/// Raises the decimals to at least these; tick and lot size keep their value in the finer units.
void raise_decimals(market::Instrument& instrument, std::uint8_t price_decimals,
                    std::uint8_t quantity_decimals);

/// Nothing where the bytes are not such a record.
[[nodiscard]] std::optional<DayRow> read_day_row(std::string_view bytes);
[[nodiscard]] std::optional<CommitRow> read_commit_row(std::string_view bytes);
[[nodiscard]] std::optional<market::Instrument> read_instrument(std::string_view bytes);
[[nodiscard]] std::optional<RoundMarks> read_marks(std::string_view bytes);

} // namespace finch::storage
