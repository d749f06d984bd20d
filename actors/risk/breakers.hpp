/// The stops and breakers of the desk as one state machine (reference 6.7).
#pragma once

#include "actors/market/time.hpp"
#include "actors/risk/config.hpp"
#include "actors/risk/reason.hpp"
#include "schemas/orders_generated.h"

#include <cstdint>

namespace finch::risk {

/// Evaluated once a round, on the marked account, before decisions. Everything it remembers is in event time.
class Breakers {
public:
  explicit Breakers(const Config& config) : config_{config} {}

  /// Takes the account at the close of `round`; rounds never decrease.
  void update(market::Round round, const fb::AccountState& account) noexcept;

  /// Why no position may be opened now; `none` when it may.
  [[nodiscard]] Reason refusal() const noexcept;
  /// Whether everything must be closed and cancelled.
  [[nodiscard]] bool flatten() const noexcept { return killed_ || drawdown_; }
  /// Whether the losing streak halves sizes.
  [[nodiscard]] bool streak() const noexcept { return streak_; }
  /// All of them: bit b is set while fb::Breaker b is tripped.
  [[nodiscard]] std::uint8_t tripped() const noexcept;
  [[nodiscard]] bool killed() const noexcept { return killed_; }

  /// Operator: latches, and releases, the kill switch.
  void kill() noexcept { killed_ = true; }
  void resume() noexcept { killed_ = false; }
  /// Operator: accepts that the drawdown breaker tripped twice within 7 days.
  void acknowledge() noexcept { waits_ = false; }
  /// The caller found the data unfit to trade on, or fit again.
  void set_data(bool tripped) noexcept { data_ = tripped; }

  /// Trips of the drawdown breaker, and acknowledgements granted by time instead of a person.
  [[nodiscard]] std::uint64_t trips() const noexcept { return trips_; }
  [[nodiscard]] std::uint64_t granted() const noexcept { return granted_; }

private:
  void trip(market::Round round) noexcept;

  Config config_;
  std::int64_t day_ = -1;
  bool stopped_ = false, drawdown_ = false, waits_ = false, data_ = false, killed_ = false, streak_ = false;
  bool tripped_before_ = false;
  market::Round last_trip_ = 0, last_loss_ = 0;
  int losses_ = 0;
  std::uint64_t trips_ = 0, granted_ = 0;
};

} // namespace finch::risk
