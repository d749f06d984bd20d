/// Clocks, samples and scratch folders: how everything here is measured.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace finch::bench {

/// What the user asked for.
struct Options {
  bool quick = false; ///< smaller data and fewer repetitions
  int reps = 5;       ///< of every figure; the short ones are repeated more often
  std::filesystem::path scratch;
  std::filesystem::path library; ///< folder of strategy specs

  /// Repetitions of a figure that takes less than a second.
  [[nodiscard]] int short_reps() const noexcept { return quick ? reps : reps + 4; }
};

/// Wall time, and processor time of the whole process, since it was made.
class Watch {
public:
  [[nodiscard]] double wall() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count();
  }
  [[nodiscard]] double cpu() const { return processor() - cpu_; }

private:
  static double processor();
  std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
  double cpu_ = processor();
};

/// Seconds one piece of work took.
struct Seconds {
  double wall = 0, cpu = 0;

  Seconds& operator+=(const Watch& watch) {
    wall += watch.wall();
    cpu += watch.cpu();
    return *this;
  }
};

/// Median and spread of repeated measurements; empty without any.
struct Sample {
  double median = 0, low = 0, high = 0;
  std::size_t count = 0;

  [[nodiscard]] static Sample of(std::vector<double> values);
  /// The same for `f(value)` of every value, f monotonic.
  [[nodiscard]] Sample map(const std::function<double(double)>& f) const;
};

/// The quotient of two samples taken in turn, from pairs of equal index.
[[nodiscard]] Sample ratio_of(const std::vector<double>& above, const std::vector<double>& below);

/// The value below which a share `q` of the values lies; sorts them. 0 without values.
[[nodiscard]] double quantile(std::vector<std::int64_t>& values, double q);

/// A folder made empty, and removed with what is in it.
class Scratch {
public:
  explicit Scratch(std::filesystem::path where);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

[[nodiscard]] std::uint64_t bytes_under(const std::filesystem::path& folder);

} // namespace finch::bench
