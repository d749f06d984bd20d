/// The 200 features of the quant reference, section 1, in its order: what its tables say of each.
#pragma once

#include <limits>
#include <string_view>

namespace finch::test {

inline constexpr int by_data = -1; ///< the first valid row depends on what was fed, not on a count of bars
inline constexpr double unstated = std::numeric_limits<double>::quiet_NaN();

struct ReferenceRow {
  std::string_view name;
  int first_valid;
  double neutral; ///< where the table states a number
};

// clang-format off
inline constexpr ReferenceRow reference[]{
    {"ret_1", 1, 0}, {"ret_5", 5, 0}, {"ret_20", 20, 0}, {"ret_60", 60, 0}, {"log_ret_1", 1, 0},
    {"log_ret_5", 5, 0}, {"log_ret_20", 20, 0}, {"price_change", 1, 0}, {"high_low_ratio", 0, 1},
    {"close_open_ratio", 0, 1}, {"gap_open", 1, 0}, {"typical_price", 0, unstated},
    {"median_price", 0, unstated}, {"weighted_close", 0, unstated}, {"close_location", 0, 0.5},
    {"day_ret", 0, 0}, {"dist_high_20", 19, 0}, {"dist_low_20", 19, 0}, {"sma_5", 4, unstated},
    {"sma_10", 9, unstated}, {"sma_20", 19, unstated}, {"sma_50", 49, unstated}, {"sma_200", 199, unstated},
    {"ema_5", 4, unstated}, {"ema_10", 9, unstated}, {"ema_20", 19, unstated}, {"ema_50", 49, unstated},
    {"ema_200", 199, unstated}, {"wma_20", 19, unstated}, {"dema_20", 38, unstated},
    {"tema_20", 57, unstated}, {"kama_10", 10, unstated}, {"hma_20", 22, unstated}, {"vwap_day", 0, unstated},
    {"vwap_20", 19, unstated}, {"price_vs_sma_20", 19, 0}, {"price_vs_sma_50", 49, 0},
    {"price_vs_ema_20", 19, 0}, {"price_vs_vwap", 0, 0}, {"ema_5_20_spread", 19, 0},
    {"sma_20_50_cross", 49, 0}, {"ema_20_slope_5", 24, 0}, {"volatility_5", 5, 0}, {"volatility_20", 20, 0},
    {"volatility_60", 60, 0}, {"ewma_vol_94", 1, 0}, {"true_range", 1, 0}, {"atr_14", 14, 0},
    {"natr_14", 14, 0}, {"stddev_20", 19, 0}, {"bb_middle", 19, unstated}, {"bb_upper", 19, unstated},
    {"bb_lower", 19, unstated}, {"bb_width", 19, 0}, {"price_vs_bb", 19, 0.5},
    {"keltner_upper_20", 19, unstated}, {"keltner_lower_20", 19, unstated},
    {"donchian_upper_20", 19, unstated}, {"donchian_lower_20", 19, unstated}, {"donchian_pos_20", 19, 0.5},
    {"parkinson_20", 19, 0}, {"garman_klass_20", 19, 0}, {"rogers_satchell_20", 19, 0},
    {"yang_zhang_20", 20, 0}, {"vol_ratio_5_20", 20, 1}, {"volatility_pctile_100", 119, 0.5},
    {"vol_of_vol_20", 39, 0}, {"downside_vol_20", 20, 0}, {"ulcer_index_14", 26, 0},
    {"range_pctile_100", 99, 0.5}, {"rsi_14", 14, 50}, {"rsi_7", 7, 50}, {"stochrsi_14", 27, 0.5},
    {"macd", 33, 0}, {"macd_signal", 33, 0}, {"macd_histogram", 33, 0}, {"stoch_k", 17, 50},
    {"stoch_d", 17, 50}, {"cci_20", 19, 0}, {"willr_14", 13, -50}, {"roc_10", 10, 0}, {"mom_10", 10, 0},
    {"cmo_14", 14, 0}, {"ppo_12_26", 25, 0}, {"trix_15", 43, 0}, {"ultosc_7_14_28", 28, 0},
    {"tsi_25_13", 37, 0}, {"mom_accel_5", 10, 0}, {"adx_14", 27, 0}, {"plus_di_14", 14, 0},
    {"minus_di_14", 14, 0}, {"dx_14", 14, 0}, {"adxr_14", 40, 0}, {"aroon_up_25", 25, unstated},
    {"aroon_down_25", 25, unstated}, {"aroon_osc_25", 25, unstated}, {"psar", 1, unstated},
    {"psar_side", 1, unstated}, {"linreg_slope_20", 19, 0}, {"linreg_r2_20", 19, 0}, {"slope_norm_20", 19, 0},
    {"efficiency_ratio_20", 20, 0}, {"choppiness_14", 14, 100}, {"supertrend_10_3", 10, unstated},
    {"vortex_plus_14", 14, 1}, {"vortex_minus_14", 14, 1}, {"volume_sma_20", 19, unstated},
    {"volume_ratio", 19, 1}, {"volume_spike", 19, 0}, {"volume_zscore_20", 19, 0}, {"dollar_volume", 0, 0},
    {"price_volume_trend", 0, unstated}, {"on_balance_volume", 0, 0}, {"obv_slope_20", 19, 0},
    {"ad_line", 0, unstated}, {"adosc_3_10", 9, unstated}, {"mfi_14", 14, 50}, {"cmf_20", 19, 0},
    {"force_index_13", 13, 0}, {"eom_14", 14, 0}, {"vwma_20", 19, unstated}, {"body_ratio", 0, 0},
    {"upper_shadow_ratio", 0, 0}, {"lower_shadow_ratio", 0, 0}, {"candle_dir", 0, 0}, {"doji", 0, 0},
    {"hammer", 0, 0}, {"engulfing", 1, 0}, {"inside_bar", 1, 0}, {"run_length", 1, 0}, {"zscore_20", 19, 0},
    {"skew_60", 60, 0}, {"kurt_60", 60, 3}, {"autocorr_1_60", 60, 0}, {"variance_ratio_5_60", 60, 1},
    {"hurst_100", 99, 0.5}, {"entropy_60", 60, 0}, {"quantile_rank_100", 99, 0.5},
    {"frac_diff_04", 54, unstated}, {"trade_count", 0, 0}, {"avg_trade_size", 0, 0}, {"signed_volume", 0, 0},
    {"trade_imbalance", 0, 0}, {"tick_imbalance", 0, 0}, {"large_trade_share", by_data, 0},
    {"trade_intensity_z", 19, 0}, {"interarrival_cv", by_data, 0}, {"cvd_60", 59, 0},
    {"vpin_50", by_data, unstated}, {"kyle_lambda_60", 60, 0}, {"amihud_60", 60, 0},
    {"hasbrouck_lambda_60", 60, 0}, {"roll_spread_60", 61, 0}, {"corwin_schultz_20", 20, 0},
    {"spread_bps", by_data, unstated}, {"book_imbalance_5", by_data, 0}, {"microprice_dev", by_data, 0},
    {"ofi_60", by_data, 0}, {"funding_rate", by_data, 0}, {"funding_z_90", by_data, 0},
    {"basis_bps", by_data, 0}, {"oi_change_60", by_data, 0}, {"btc_correlation", 60, 0},
    {"eth_correlation", 60, 0}, {"market_beta", 60, 0}, {"eth_beta", 60, 0}, {"rel_strength_btc_20", 20, 0},
    {"btc_ret_1_lag_1", 2, 0}, {"resid_ret_1", 61, 0}, {"lead_lag_btc_60", 61, 0}, {"breadth_up", 20, 0.5},
    {"dispersion", 20, 0}, {"trend_strength", 27, 0}, {"volatility_regime", 119, 1},
    {"market_regime", 119, 0}, {"regime_age", 119, 0}, {"drawdown_state", 99, 0},
    {"hour_of_day", 0, unstated}, {"day_of_week", 0, unstated}, {"is_weekend", 0, unstated},
    {"hour_sin", 0, unstated}, {"hour_cos", 0, unstated}, {"dow_sin", 0, unstated}, {"dow_cos", 0, unstated},
    {"minute_of_day", 0, unstated}, {"mins_to_funding", 0, unstated}, {"session", 0, unstated},
    {"rsi_14_x_volume_ratio", 19, 0}, {"trend_x_imbalance", 27, 0}, {"ret_5_x_volatility_regime", 119, 0},
    {"ret_1_lag_1", 2, unstated}, {"ret_1_lag_2", 3, unstated}, {"ret_1_lag_3", 4, unstated},
    {"rsi_14_lag_1", 15, unstated}, {"volume_ratio_lag_1", 20, unstated}, {"ret_1_mean_10", 10, unstated},
    {"ret_1_std_10", 10, unstated}, {"ret_1_min_10", 10, unstated}, {"ret_1_max_10", 10, unstated},
    {"volume_ratio_max_10", 28, unstated},
};
// clang-format on

} // namespace finch::test
