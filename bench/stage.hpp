/// D1 on disk in every store, made once and used by all figures that read it.
#pragma once

#include "bench/tick_stores.hpp"

namespace finch::bench {

/// The same ticks for everybody: Finch holds all of D1, the row stores the first ticks of every symbol of it.
class Stage {
public:
  explicit Stage(const Options& options);

  /// Fills all stores `times` times over, in turn, and keeps the last; at least once. What they hold is
  /// compared with the generator, row by row, before this returns.
  [[nodiscard]] Status prepare(int times);

  [[nodiscard]] const D1& job() const noexcept { return job_; }
  [[nodiscard]] const D1& rows_job() const noexcept { return rows_job_; }
  [[nodiscard]] const Options& options() const noexcept { return options_; }
  /// "2.0 M ticks", for the table.
  [[nodiscard]] std::string rows_label() const;

  /// One way of keeping ticks with its measurements.
  struct Way {
    std::string name;
    std::filesystem::path folder;
    std::unique_ptr<Keeper> keeper;
    std::size_t ticks = 0;
    std::vector<double> wall, cpu; ///< ingest, seconds a run
    double bytes = 0;              ///< of all files, settled
  };
  [[nodiscard]] const Way& finch() const noexcept { return ways_[0]; }
  [[nodiscard]] const Way& rocksdb() const noexcept { return ways_[1]; }
  [[nodiscard]] const Way& sqlite() const noexcept { return ways_[2]; }
  /// Closes Finch's store, so that another process can have it, and returns where it is.
  [[nodiscard]] std::filesystem::path release();
  /// Opens it again.
  [[nodiscard]] Status reopen();

private:
  [[nodiscard]] Status fill(Way& way, const D1& job);
  [[nodiscard]] Status compare() const;

  Options options_;
  D1 job_, rows_job_;
  Scratch scratch_;
  std::array<Way, 3> ways_;
};

} // namespace finch::bench
