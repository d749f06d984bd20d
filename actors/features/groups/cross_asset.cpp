/// Cross-asset features (reference 1.12): defined here, computed by the join, which alone sees all
/// instruments.
#include "actors/features/kernel.hpp"

namespace finch::features {
namespace {

Entry cross(std::string_view name, std::string_view text, std::string_view unit, int warmup, double neutral,
            std::vector<std::string_view> wires, std::string_view talib = {}) {
  return {{.name = name, .formula = text, .unit = unit, .warmup = warmup, .neutral = neutral, .talib = talib},
          std::move(wires),
          {}};
}

} // namespace

Entries cross_asset_features() {
  return {
      cross("btc_correlation", "correlation of ret_1 with BTC's ret_1 over 60 bars; 1 for BTC itself",
            "correlation", 60, 0, {"ret_1"}, "CORREL(60) on returns"),
      cross("eth_correlation", "correlation of ret_1 with ETH's ret_1 over 60 bars; 1 for ETH itself",
            "correlation", 60, 0, {"ret_1"}, "CORREL(60) on returns"),
      cross("market_beta", "cov(ret_1, BTC ret_1)/var(BTC ret_1) over 60 bars", "ratio", 60, 0, {"ret_1"},
            "BETA(btc, coin, 60)"),
      cross("eth_beta", "cov(ret_1, ETH ret_1)/var(ETH ret_1) over 60 bars", "ratio", 60, 0, {"ret_1"},
            "BETA(eth, coin, 60)"),
      cross("rel_strength_btc_20", "(C/C[-20])/(BTC C/BTC C[-20]) - 1", "fraction", 20, 0,
            {"close", "ret_1"}),
      cross("btc_ret_1_lag_1", "BTC's ret_1[-1]", "fraction", 2, 0, {"ret_1"}),
      cross("resid_ret_1", "ret_1 - market_beta[-1] BTC ret_1", "fraction", 61, 0, {"ret_1"}),
      cross("lead_lag_btc_60", "correlation of ret_1 with BTC's ret_1[-1] over 60 bars", "correlation", 61, 0,
            {"ret_1"}),
      cross("breadth_up", "share of the universe with ret_20 > 0; 0.5 where nothing moved", "fraction", 20,
            0.5, {"ret_1", "ret_20"}),
      cross("dispersion", "standard deviation of ret_1 across the universe, ddof 1", "fraction", 20, 0,
            {"ret_1", "ret_20"}),
  };
}

} // namespace finch::features
