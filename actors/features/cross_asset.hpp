/// Kernels of the cross-asset features (reference 1.12), one timeframe of one universe at a time.
#pragma once

#include "actors/features/plan.hpp"
#include "actors/features/windows.hpp"
#include "actors/market/instrument.hpp"
#include "actors/market/timeframe.hpp"
#include "schemas/features_generated.h"

#include <optional>
#include <span>
#include <vector>

namespace finch::features {

/// One instrument beside one benchmark. A missing bar on either side starts the windows over, so that a pair
/// is never made of different times. Trivially copyable.
struct Against {
  Comoments<60> together{}, lagged{};
  Lag<20> own_closes{}, benchmark_closes{};
  std::int64_t bars = 0;         ///< seen so far
  std::int64_t clean = 0;        ///< pairs in a row with both returns
  std::int64_t clean_lagged = 0; ///< likewise with the benchmark's return one bar before
  double last_return =
      std::numeric_limits<double>::quiet_NaN(); ///< the benchmark's, at this instrument's last bar
  double last_beta = std::numeric_limits<double>::quiet_NaN();

  struct Values {
    double correlation, beta, relative_strength, lag_return, residual, lead_lag;
  };
  Values update(double close, double ret, double benchmark_close, double benchmark_ret, bool itself) noexcept;
};

/// The state of one timeframe.
class CrossAsset {
public:
  CrossAsset(std::span<const market::Instrument> instruments, const Plan& plan);

  /// Fills the cross-asset columns of one round. `values` addresses feature f of instrument i at
  /// `values[f * feature_stride + i]`; an instrument without a bar in this round has a NaN close.
  void fill(double* values, std::size_t feature_stride) noexcept {
    fill_pairs(values, feature_stride, 1, 0, count_);
    fill_universe(values, feature_stride);
  }
  /// The two halves of `fill`: what the instruments [from, to) are beside their benchmarks in the next `rows`
  /// rounds, each of all instruments; and what the universe is in one round. Instruments may be filled from
  /// different threads.
  void fill_pairs(double* values, std::size_t feature_stride, std::size_t rows, std::size_t from,
                  std::size_t to) noexcept;
  void fill_universe(double* values, std::size_t feature_stride) const noexcept;

  using Pairs = std::vector<flatbuffers::Offset<fb::PairState>>;
  /// Appends the state of the pairs of instrument number `i`.
  void save(flatbuffers::FlatBufferBuilder& builder, std::size_t i, market::Timeframe timeframe,
            Pairs& out) const;
  /// Continues from states saved in any universe where this one's instruments had the same benchmarks. False
  /// where a pair is missing, or is of another build.
  [[nodiscard]] bool restore(const fb::JoinState& state, std::size_t i, market::Timeframe timeframe) noexcept;
  /// Fingerprint of the memory a state holds as it is.
  [[nodiscard]] static std::uint64_t state_layout() noexcept { return sizeof(Against) * 4 + 2; }

private:
  struct Columns {
    std::optional<std::size_t> close, ret_1, ret_20, btc_correlation, eth_correlation, market_beta, eth_beta,
        strength, lag, residual, lead_lag, breadth, dispersion;
  };

  void fill_pair(double* values, std::size_t stride, std::size_t i) noexcept;

  std::size_t count_;
  std::vector<market::InstrumentId> ids_;
  Columns columns_;
  std::vector<std::optional<std::size_t>> btc_, eth_; ///< by instrument: its benchmark's index
  std::vector<Against> pairs_;                        ///< [instrument][BTC, ETH]
};

} // namespace finch::features
