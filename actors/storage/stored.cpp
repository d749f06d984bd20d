#include "actors/storage/stored.hpp"

#include "actors/market/decimal.hpp"
#include "schemas/store_generated.h"

namespace finch::storage {
namespace {

template <class Table>
std::string finish(flatbuffers::FlatBufferBuilder& builder, flatbuffers::Offset<Table> value) {
  builder.Finish(fb::CreateStored(builder, fb::AnyStoredTraits<Table>::enum_value, value.Union()),
                 fb::StoredIdentifier());
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

/// A record's bytes where FlatBuffers can read them: what RocksDB hands out is not aligned.
class Record {
public:
  explicit Record(std::string_view bytes) : words_((bytes.size() + 7) / 8), size_{bytes.size()} {
    if (size_ > 0)
      std::memcpy(words_.data(), bytes.data(), size_);
  }
  /// The verified table, or null; valid as long as this is.
  template <class Table>
  [[nodiscard]] const Table* open() const {
    auto data = reinterpret_cast<const std::uint8_t*>(words_.data());
    flatbuffers::Verifier verifier{data, size_, 8, 64};
    if (size_ < 8 || !verifier.VerifyBuffer<fb::Stored>(fb::StoredIdentifier()))
      return nullptr;
    return flatbuffers::GetRoot<fb::Stored>(data)->template value_as<Table>();
  }

private:
  std::vector<std::uint64_t> words_;
  std::size_t size_;
};

std::string text(const flatbuffers::String* value) { return value ? value->str() : std::string{}; }

} // namespace

std::string to_bytes(const DayRow& row) {
  flatbuffers::FlatBufferBuilder builder{256};
  auto sources = row.sources.empty() ? 0 : builder.CreateVector(row.sources);
  return finish(builder, fb::CreateDayManifestV1(builder, static_cast<fb::DataKind>(row.kind), row.generation,
                                                 row.blocks, row.rows, row.first_ns, row.last_ns, row.head,
                                                 row.bytes, row.in_order, sources));
}

std::optional<DayRow> read_day_row(std::string_view bytes) {
  Record record{bytes};
  auto row = record.open<fb::DayManifestV1>();
  if (!row || row->kind() > fb::DataKind::MAX)
    return std::nullopt;
  DayRow out{static_cast<Kind>(row->kind()),
             row->generation(),
             row->blocks(),
             row->rows(),
             row->first_time_ns(),
             row->last_time_ns(),
             row->head(),
             row->bytes(),
             row->in_order(),
             {}};
  if (row->sources())
    out.sources.assign(row->sources()->begin(), row->sources()->end());
  return out;
}

std::string to_bytes(const CommitRow& row) {
  flatbuffers::FlatBufferBuilder builder{128};
  return finish(builder, fb::CreateCommitV1(builder, row.sequence, row.hash, row.next_generation));
}

std::optional<CommitRow> read_commit_row(std::string_view bytes) {
  Record record{bytes};
  auto row = record.open<fb::CommitV1>();
  return row ? std::optional{CommitRow{row->sequence(), row->hash(), row->next_generation()}} : std::nullopt;
}

std::string to_bytes(const market::Instrument& i) {
  flatbuffers::FlatBufferBuilder builder{256};
  return finish(builder,
                fb::CreateStoredInstrumentV1Direct(
                    builder, i.id, i.name.venue.c_str(), i.name.market.c_str(), i.name.base.c_str(),
                    i.name.quote.c_str(), i.price_decimals, i.quantity_decimals, i.tick_size, i.lot_size,
                    i.min_notional_e8, i.maker_fee_e8, i.taker_fee_e8, i.funding_interval_min, i.synthetic));
}

std::optional<market::Instrument> read_instrument(std::string_view bytes) {
  Record record{bytes};
  auto row = record.open<fb::StoredInstrumentV1>();
  if (!row || row->price_decimals() > 18 || row->quantity_decimals() > 18)
    return std::nullopt;
  market::Instrument out;
  out.id = row->id();
  out.name = {text(row->venue()), text(row->market()), text(row->base()), text(row->quote())};
  out.price_decimals = row->price_decimals();
  out.quantity_decimals = row->quantity_decimals();
  out.tick_size = row->tick_size();
  out.lot_size = row->lot_size();
  out.min_notional_e8 = row->min_notional_e8();
  out.maker_fee_e8 = row->maker_fee_e8();
  out.taker_fee_e8 = row->taker_fee_e8();
  out.funding_interval_min = row->funding_interval_min();
  out.synthetic = row->synthetic();
  return out;
}

std::string instrument_key(market::InstrumentId id) {
  std::string key;
  put_big(key, id, 4);
  return key;
}

void raise_decimals(market::Instrument& instrument, std::uint8_t price_decimals,
                    std::uint8_t quantity_decimals) {
  auto raise = [](std::uint8_t& decimals, std::uint8_t wanted, std::int64_t& size) {
    if (wanted <= decimals)
      return;
    size *= market::pow10_int[static_cast<std::size_t>(wanted - decimals)];
    decimals = wanted;
  };
  raise(instrument.price_decimals, price_decimals, instrument.tick_size);
  raise(instrument.quantity_decimals, quantity_decimals, instrument.lot_size);
}

std::string to_bytes(const RoundMarks& marks) {
  flatbuffers::FlatBufferBuilder builder{1024};
  std::vector<std::uint32_t> rows, previous;
  std::vector<std::uint8_t> status;
  for (const auto& mark : marks.marks) {
    rows.push_back(mark.day_rows);
    previous.push_back(mark.previous_day_rows);
    status.push_back(static_cast<std::uint8_t>(mark.status));
  }
  return finish(builder, fb::CreateRoundMarksV1Direct(builder, marks.first_round, &rows, &previous, &status));
}

std::optional<RoundMarks> read_marks(std::string_view bytes) {
  Record record{bytes};
  auto row = record.open<fb::RoundMarksV1>();
  if (!row || !row->day_rows() || !row->previous_day_rows() || !row->status() ||
      row->previous_day_rows()->size() != row->day_rows()->size() ||
      row->status()->size() != row->day_rows()->size())
    return std::nullopt;
  RoundMarks out{row->first_round(), {}};
  for (flatbuffers::uoffset_t i = 0; i < row->day_rows()->size(); ++i)
    out.marks.push_back({row->day_rows()->Get(i), row->previous_day_rows()->Get(i),
                         static_cast<market::RoundStatus>(row->status()->Get(i))});
  return out;
}

} // namespace finch::storage
