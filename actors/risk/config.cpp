#include "actors/risk/config.hpp"

#include <fmt/format.h>

#include <array>

namespace finch::risk {

Status validate(const Config& c) {
  struct Range {
    const char* name;
    double value, least, greatest;
  };
  const std::array ranges{
      Range{"risk_per_trade", c.risk_per_trade, 1e-5, 0.05},
      Range{"kelly_share", c.kelly_share, 0.01, 1},
      Range{"coin_cap", c.coin_cap, 0.01, 10},
      Range{"max_leverage", c.max_leverage, 0.1, 20},
      Range{"daily_stop", c.daily_stop, 0.001, 0.5},
      Range{"daily_drawdown", c.daily_drawdown, 0.001, 0.5},
      Range{"streak", static_cast<double>(c.streak), 1, 1000},
      Range{"reduced_size", c.reduced_size, 0, 1},
      Range{"defence_threshold", c.defence_threshold, 1, 100},
      Range{"margin_bps", c.margin_bps, 0, 1000},
      Range{"spread_bps", c.spread_bps, 0, 1000},
      Range{"impact_bps", c.impact_bps, 0, 1000},
      Range{"funding_bps", c.funding_bps, 0, 1000},
      Range{"maintenance", c.maintenance, 0, 0.5},
      Range{"liquidation_distance", c.liquidation_distance, 0.01, 1},
      Range{"acknowledge_after_hours", static_cast<double>(c.acknowledge_after_hours), 0, 24 * 365},
  };
  for (const auto& range : ranges)
    if (!(range.value >= range.least && range.value <= range.greatest))
      return fail(Category::bad_input, fmt::format("risk.{} is {}", range.name, range.value),
                  fmt::format("set it between {} and {}", range.least, range.greatest));
  return {};
}

} // namespace finch::risk
