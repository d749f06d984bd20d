/// Prices of one instrument, thinned for a chart as they arrive.
#pragma once

#include "actors/market/time.hpp"

#include <string>
#include <vector>

namespace finch::reporting {

/// High, low and close per step of equal length; NaN where nothing was added. The step is the shortest whole
/// number of minutes that covers the span in at most `max_points`, so memory is bounded whatever is added.
class PriceSeries {
public:
  PriceSeries(std::string name, int decimals, market::TimeNs from, market::TimeNs to,
              std::size_t max_points = 1'200);

  /// Adds a bar by its open time; bars outside the span are ignored.
  void add(market::TimeNs open_time_ns, double high, double low, double close);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] int decimals() const noexcept { return decimals_; }
  [[nodiscard]] market::TimeNs begin_ns() const noexcept { return begin_; }
  [[nodiscard]] market::TimeNs step_ns() const noexcept { return step_; }
  [[nodiscard]] const std::vector<double>& high() const noexcept { return high_; }
  [[nodiscard]] const std::vector<double>& low() const noexcept { return low_; }
  [[nodiscard]] const std::vector<double>& close() const noexcept { return close_; }

private:
  std::string name_;
  int decimals_;
  market::TimeNs begin_, step_;
  std::vector<double> high_, low_, close_;
};

} // namespace finch::reporting
