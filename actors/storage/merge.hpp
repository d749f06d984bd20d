/// Merging rows of several origins into one day without doubling any. Internal to the room.
#pragma once

#include "actors/storage/block_writer.hpp"
#include "actors/storage/id_set.hpp"
#include "actors/storage/reader.hpp"

#include <functional>

namespace finch::storage {

/// Rows in time order from a reader or from memory, one at a time.
template <AnyColumns C>
class MergeSource {
public:
  explicit MergeSource(Reader<C> reader) : reader_{std::move(reader)} {}
  explicit MergeSource(C rows) : rows_{std::move(rows)} {}

  /// False at the end. Must succeed once before `time`, `rows` or `at` mean anything.
  [[nodiscard]] Result<bool> load() {
    if (at_ < rows_.size())
      return true;
    if (!reader_)
      return false;
    at_ = 0;
    return reader_->next(rows_);
  }
  [[nodiscard]] market::TimeNs time() const { return times_of(rows_)[at_]; }
  [[nodiscard]] const C& rows() const { return rows_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  void advance() { ++at_; }

private:
  std::optional<Reader<C>> reader_;
  C rows_;
  std::size_t at_ = 0;
};

/// Sorts rows by time; rows of one time keep their order.
template <AnyColumns C>
void sort_rows(C& rows);

/// Takes merged rows, a block's worth or less at a time.
template <AnyColumns C>
using RowSink = std::function<Status(const C& rows)>;

/// Merges sources in their order of precedence: what the first `trusted` hold is kept whole, a row of a later
/// source is left out where it is there already. The same row is: the same id; for bars and funding the same
/// time; without ids the same in every column, where n copies in one source and m in another make max(n, m).
template <AnyColumns C>
[[nodiscard]] Status merge_rows(std::vector<MergeSource<C>> sources, std::size_t trusted, IdSet& trusted_ids,
                                const RowSink<C>& sink);

} // namespace finch::storage
