#include "actors/reporting/price_series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace finch::reporting {

PriceSeries::PriceSeries(std::string name, int decimals, market::TimeNs from, market::TimeNs to,
                         std::size_t max_points)
    : name_{std::move(name)}, decimals_{decimals} {
  auto first = market::round_of(from);
  auto minutes = std::max<market::Round>(1, market::round_of(to - 1) - first + 1);
  auto limit = static_cast<market::Round>(std::max<std::size_t>(1, max_points));
  auto step = (minutes + limit - 1) / limit;
  begin_ = market::round_begin(first);
  step_ = step * market::ns_per_minute;
  auto points = static_cast<std::size_t>((minutes + step - 1) / step);
  for (auto column : {&high_, &low_, &close_})
    column->assign(points, std::numeric_limits<double>::quiet_NaN());
}

void PriceSeries::add(market::TimeNs open_time_ns, double high, double low, double close) {
  auto offset = open_time_ns - begin_;
  auto slot = static_cast<std::size_t>(offset / step_);
  if (offset < 0 || slot >= close_.size())
    return;
  high_[slot] = std::fmax(high_[slot], high);
  low_[slot] = std::fmin(low_[slot], low);
  close_[slot] = close;
}

} // namespace finch::reporting
