#include "actors/storage/block_cursor.hpp"

#include "actors/storage/state.hpp"

#include <fmt/format.h>

namespace finch::storage {
namespace {

/// Reading ahead pays from about a megabyte on.
bool reads_much(const std::vector<DaySlice>& days) {
  std::uint64_t bytes = 0;
  for (const auto& day : days)
    bytes += day.row.bytes;
  return bytes >= 1 << 20;
}

} // namespace

BlockCursor::BlockCursor(std::shared_ptr<const StoreState> state, Family family, std::vector<DaySlice> days,
                         market::TimeNs from, market::TimeNs to)
    : state_{std::move(state)}, family_{family}, days_{std::move(days)}, from_{from}, to_{to},
      it_{state_->db->iterate(table_of(family), reads_much(days_))} {}

BlockCursor::BlockCursor(BlockCursor&&) noexcept = default;
BlockCursor& BlockCursor::operator=(BlockCursor&&) noexcept = default;
BlockCursor::~BlockCursor() = default;

Error BlockCursor::damaged(std::string_view what) const {
  return {Category::failed, fmt::format("{} is damaged: {}", state_->describe(day().key), what),
          "import that day again with --replace, or drop it; nothing of it is served"};
}

Status BlockCursor::enter_day() {
  const auto& slice = day();
  if (!slice.refusal.empty())
    return tl::unexpected(Error{
        Category::failed, fmt::format("{} is quarantined: {}", state_->describe(slice.key), slice.refusal),
        "import that day again with --replace, drop it, or serve what is left with `finch data salvage "
        "--accept`"});
  prefix_ = block_prefix(slice.key);
  linked_ = false;
  next_ordinal_ = 0;
  inside_ = true;
  if (from_ > slice.row.first_ns) {
    // The last block that starts before `from` may reach over it; all blocks before that one end before
    // `from`.
    it_->SeekForPrev(encode_key(BlockKey{slice.key, from_, 0, 0}));
    for (BlockKey key; it_->Valid() && it_->key().starts_with(prefix_); it_->Prev())
      if (decode_key(it_->key().ToStringView(), family_, key) && key.generation == slice.row.generation)
        return {};
    if (!it_->Valid() && !it_->status().ok())
      return tl::unexpected(damaged(it_->status().ToString()));
  }
  it_->Seek(prefix_);
  return {};
}

Result<bool> BlockCursor::find_block(BlockKey& key) {
  for (; it_->Valid() && it_->key().starts_with(prefix_); it_->Next()) {
    if (!decode_key(it_->key().ToStringView(), family_, key))
      return tl::unexpected(damaged("a block has a malformed key"));
    if (key.generation == day().row.generation)
      return true;
  }
  if (!it_->Valid() && !it_->status().ok())
    return tl::unexpected(damaged(it_->status().ToString()));
  return false;
}

Status BlockCursor::verify(const BlockKey& key) {
  auto value = it_->value();
  block_ = as_bytes(value.data(), value.size());
  auto previous = header_;
  auto header = open_block(block_);
  auto place = fmt::format("block {} of {}", key.ordinal + 1, day().row.blocks);
  if (!header)
    return tl::unexpected(damaged(place + " fails its checksum"));
  if (linked_ || key.ordinal == 0) {
    auto expected_ordinal = linked_ ? next_ordinal_ : 0;
    auto expected_link = linked_ ? previous.checksum : 0;
    auto expected_row = linked_ ? previous.first_row + previous.rows : 0;
    if (key.ordinal != expected_ordinal)
      return tl::unexpected(damaged(fmt::format("block {} is missing", expected_ordinal + 1)));
    if (header->previous != expected_link || header->first_row != expected_row)
      return tl::unexpected(damaged(place + " does not follow the one before it"));
  } else if (from_ <= day().row.first_ns) {
    return tl::unexpected(damaged("block 1 is missing"));
  }
  if (static_cast<Family>(header->shape) != family_)
    return tl::unexpected(damaged(place + " holds another kind of data"));
  header_ = *header;
  linked_ = true;
  next_ordinal_ = key.ordinal + 1;
  return {};
}

Status BlockCursor::leave_day() {
  const auto& row = day().row;
  if (linked_ ? next_ordinal_ != row.blocks : row.blocks > 0)
    return tl::unexpected(damaged(fmt::format("block {} of {} is missing", next_ordinal_ + 1, row.blocks)));
  if (linked_ && (header_.checksum != row.head || header_.first_row + header_.rows != row.rows))
    return tl::unexpected(damaged("its last block is not the one its manifest names"));
  return {};
}

Result<bool> BlockCursor::next() {
  auto stop = [&](Error error) -> Result<bool> {
    at_ = days_.size();
    return tl::unexpected(std::move(error));
  };
  for (; at_ < days_.size(); ++at_, inside_ = false) {
    if (inside_) {
      it_->Next();
    } else if (auto entered = enter_day(); !entered) {
      return stop(entered.error());
    }
    for (BlockKey key;; it_->Next()) {
      auto found = find_block(key);
      if (!found)
        return stop(found.error());
      if (!*found) {
        if (auto left = leave_day(); !left)
          return stop(left.error());
        break;
      }
      if (auto whole = verify(key); !whole)
        return stop(whole.error());
      if (day().row.in_order && header_.min_time_ns >= to_)
        break;
      if (header_.max_time_ns >= from_ && header_.min_time_ns < to_)
        return true;
    }
  }
  return false;
}

} // namespace finch::storage
