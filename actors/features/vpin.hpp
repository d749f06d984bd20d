/// Volume-synchronised probability of informed trading (Easley, Lopez de Prado and O'Hara 2012).
#pragma once

#include <array>
#include <cstdint>
#include <limits>

namespace finch::features {

/// Fills buckets of equal volume, splitting trades across them; the value is Σ|buy − sell| / Σ volume over
/// the last `count` buckets. Trivially copyable.
class Vpin {
public:
  static constexpr std::int64_t most_buckets = 50;

  explicit Vpin(std::int64_t count = most_buckets) : count_{count} {}

  /// Volume of the buckets filled from now on; nothing is gathered while it is 0.
  void set_bucket_volume(double volume) noexcept { bucket_volume_ = volume; }

  /// Adds volume of which the share `bought` (0 … 1) was bought by aggressors.
  void add(double volume, double bought) noexcept {
    if (!(bucket_volume_ > 0))
      return;
    auto lean = 2 * bought - 1;
    while (filled_ + volume >= bucket_volume_) {
      auto part = bucket_volume_ - filled_;
      volume -= part;
      close_bucket(imbalance_ + lean * part);
      // A trade of more than all buckets together leaves nothing of what was before it.
      if (volume > bucket_volume_ * static_cast<double>(most_buckets)) {
        for (std::int64_t i = 0; i < count_; ++i)
          close_bucket(lean * bucket_volume_);
        volume -= bucket_volume_ * static_cast<double>(static_cast<std::int64_t>(volume / bucket_volume_));
      }
    }
    filled_ += volume;
    imbalance_ += lean * volume;
  }

  /// NaN until all buckets have been filled once.
  [[nodiscard]] double value() const noexcept {
    if (closed_ < count_)
      return std::numeric_limits<double>::quiet_NaN();
    double imbalance = 0, volume = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count_); ++i) {
      imbalance += buckets_[i].imbalance;
      volume += buckets_[i].volume;
    }
    return imbalance / volume;
  }

  [[nodiscard]] std::int64_t buckets_filled() const noexcept { return closed_; }

private:
  struct Bucket {
    double imbalance = 0, volume = 0;
  };

  void close_bucket(double imbalance) noexcept {
    buckets_[static_cast<std::size_t>(closed_ % count_)] = {imbalance < 0 ? -imbalance : imbalance,
                                                            bucket_volume_};
    ++closed_;
    filled_ = imbalance_ = 0;
  }

  std::array<Bucket, most_buckets> buckets_{};
  std::int64_t count_, closed_ = 0;
  double bucket_volume_ = 0, filled_ = 0, imbalance_ = 0;
};

} // namespace finch::features
