/// Rows of text into columns: one parser for each kind of data, led by the layout of the file.
#pragma once

#include "actors/feed/import/decimal_group.hpp"
#include "actors/feed/import/row_sink.hpp"

#include <memory>
#include <optional>
#include <string>

namespace finch::feed {

/// Rows a batch holds before it is handed on.
inline constexpr std::size_t batch_rows = 65'536;

/// Checks rows, gathers them in columns and hands full batches to the sink.
class RowParser {
public:
  explicit RowParser(RowSink& sink) : sink_(sink) {}
  RowParser(const RowParser&) = delete;
  RowParser& operator=(const RowParser&) = delete;
  virtual ~RowParser() = default;

  /// Takes one row, whose field count was checked. Rejected rows leave no trace.
  [[nodiscard]] virtual Reject row(const Fields& fields) = 0;
  /// Hands on what is gathered.
  [[nodiscard]] virtual Status flush() = 0;

  /// The first error of the sink. Checked once a batch.
  [[nodiscard]] const Status& status() const noexcept { return status_; }
  /// Event time of the earliest and latest accepted row; meaningful once a row was accepted.
  [[nodiscard]] market::TimeNs first_ns() const noexcept { return first_ns_; }
  [[nodiscard]] market::TimeNs last_ns() const noexcept { return last_ns_; }

protected:
  void saw(market::TimeNs time) noexcept {
    first_ns_ = time < first_ns_ ? time : first_ns_;
    last_ns_ = time > last_ns_ ? time : last_ns_;
  }
  /// Hands on the batch when it is full, or at once to make room. Keeps the error.
  void hand_on() {
    if (auto done = flush(); !done && status_)
      status_ = done;
  }

  RowSink& sink_;

private:
  Status status_;
  market::TimeNs first_ns_ = last_time_ns, last_ns_ = 0;
};

/// The parser for a layout. `timeframe` is the length of bars, `day` the date of LEAN files. Fails when the
/// time zone database is missing.
[[nodiscard]] Result<std::unique_ptr<RowParser>> make_parser(const Layout& layout,
                                                             market::Timeframe timeframe,
                                                             std::optional<std::int32_t> day, RowSink& sink);

} // namespace finch::feed
