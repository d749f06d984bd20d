/// Interactions, lags and rolling statistics of other features (reference 1.15).
#include "actors/features/shared_kernels.hpp"

namespace finch::features {
namespace {

Entry derived(std::string_view name, std::string_view text, std::string_view unit, int warmup,
              std::vector<std::string_view> wires, Kernel made) {
  auto neutral = name == "rsi_14_lag_1" ? 50.0 : name.starts_with("volume_ratio") ? 1.0 : 0.0;
  return {{.name = name, .formula = text, .unit = unit, .warmup = warmup, .neutral = neutral},
          std::move(wires),
          made};
}

} // namespace

Entries interaction_features() {
  return {
      derived("rsi_14_x_volume_ratio", "(rsi_14 - 50)/50 volume_ratio", "ratio", 19,
              {"rsi_14", "volume_ratio"}, formula<2>([](In in) { return (in[0] - 50) / 50 * in[1]; })),
      derived("trend_x_imbalance", "trend_strength trade_imbalance", "ratio", 27,
              {"trend_strength", "trade_imbalance"}, formula<2>([](In in) { return in[0] * in[1]; })),
      derived("ret_5_x_volatility_regime", "ret_5 volatility_regime", "fraction", 119,
              {"ret_5", "volatility_regime"}, formula<2>([](In in) { return in[0] * in[1]; })),
      derived("ret_1_lag_1", "ret_1[-1]", "fraction", 2, {"ret_1"}, kernel<LagOf<1>>()),
      derived("ret_1_lag_2", "ret_1[-2]", "fraction", 3, {"ret_1"}, kernel<LagOf<2>>()),
      derived("ret_1_lag_3", "ret_1[-3]", "fraction", 4, {"ret_1"}, kernel<LagOf<3>>()),
      derived("rsi_14_lag_1", "rsi_14[-1]", "percent", 15, {"rsi_14"}, kernel<LagOf<1>>()),
      derived("volume_ratio_lag_1", "volume_ratio[-1]", "ratio", 20, {"volume_ratio"}, kernel<LagOf<1>>()),
      derived("ret_1_mean_10", "mean_10(ret_1)", "fraction", 10, {"ret_1"}, kernel<MeanOf<10>>()),
      derived("ret_1_std_10", "sample std of ret_1 over 10 bars", "fraction", 10, {"ret_1"},
              kernel<DeviationOf<10, 1>>()),
      derived("ret_1_min_10", "min_10(ret_1)", "fraction", 10, {"ret_1"}, kernel<ExtremeOf<MinOf, 10>>()),
      derived("ret_1_max_10", "max_10(ret_1)", "fraction", 10, {"ret_1"}, kernel<ExtremeOf<MaxOf, 10>>()),
      derived("volume_ratio_max_10", "max_10(volume_ratio)", "ratio", 28, {"volume_ratio"},
              kernel<ExtremeOf<MaxOf, 10>>()),
  };
}

} // namespace finch::features
