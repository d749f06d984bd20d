"""TA-Lib over the bars finch_bench writes, for the features both have. Run by finch_bench where TA-Lib is installed.

    talib_peer.py BARS VALUES REPETITIONS

BARS holds float64 columns open, high, low, close, volume, one after the other. VALUES gets one float64 column per feature,
in the order printed. Prints "feature" and its name for each, then "ns" and the nanoseconds of processor time all calls took together, the best of the
repetitions of each. A call with several outputs is made once.
"""

import sys
import time

try:
    import numpy as np
    import talib as t
except ImportError as missing:
    sys.exit(f"absent: {missing}")

raw = np.fromfile(sys.argv[1])
o, h, l, c, v = raw.reshape(5, -1)
SMA, EMA = 0, 1

CALLS = [
    (["ret_1"], lambda: t.ROCP(c, 1)),
    (["ret_5"], lambda: t.ROCP(c, 5)),
    (["ret_20"], lambda: t.ROCP(c, 20)),
    (["ret_60"], lambda: t.ROCP(c, 60)),
    (["price_change"], lambda: t.MOM(c, 1)),
    (["typical_price"], lambda: t.TYPPRICE(h, l, c)),
    (["median_price"], lambda: t.MEDPRICE(h, l)),
    (["weighted_close"], lambda: t.WCLPRICE(h, l, c)),
    (["sma_5"], lambda: t.SMA(c, 5)),
    (["sma_10"], lambda: t.SMA(c, 10)),
    (["sma_20"], lambda: t.SMA(c, 20)),
    (["sma_50"], lambda: t.SMA(c, 50)),
    (["sma_200"], lambda: t.SMA(c, 200)),
    (["ema_5"], lambda: t.EMA(c, 5)),
    (["ema_10"], lambda: t.EMA(c, 10)),
    (["ema_20"], lambda: t.EMA(c, 20)),
    (["ema_50"], lambda: t.EMA(c, 50)),
    (["ema_200"], lambda: t.EMA(c, 200)),
    (["wma_20"], lambda: t.WMA(c, 20)),
    (["dema_20"], lambda: t.DEMA(c, 20)),
    (["tema_20"], lambda: t.TEMA(c, 20)),
    (["kama_10"], lambda: t.KAMA(c, 10)),
    (["true_range"], lambda: t.TRANGE(h, l, c)),
    (["atr_14"], lambda: t.ATR(h, l, c, 14)),
    (["natr_14"], lambda: t.NATR(h, l, c, 14)),
    (["stddev_20"], lambda: t.STDDEV(c, 20, 1)),
    (["bb_upper", "bb_middle", "bb_lower"], lambda: t.BBANDS(c, 20, 2, 2, SMA)),
    (["donchian_upper_20"], lambda: t.MAX(h, 20)),
    (["donchian_lower_20"], lambda: t.MIN(l, 20)),
    (["rsi_14"], lambda: t.RSI(c, 14)),
    (["rsi_7"], lambda: t.RSI(c, 7)),
    (["macd", "macd_signal", "macd_histogram"], lambda: t.MACD(c, 12, 26, 9)),
    (["stoch_k", "stoch_d"], lambda: t.STOCH(h, l, c, 14, 3, SMA, 3, SMA)),
    (["cci_20"], lambda: t.CCI(h, l, c, 20)),
    (["willr_14"], lambda: t.WILLR(h, l, c, 14)),
    (["roc_10"], lambda: t.ROC(c, 10)),
    (["mom_10"], lambda: t.MOM(c, 10)),
    (["cmo_14"], lambda: t.CMO(c, 14)),
    (["ppo_12_26"], lambda: t.PPO(c, 12, 26, EMA)),
    (["trix_15"], lambda: t.TRIX(c, 15)),
    (["ultosc_7_14_28"], lambda: t.ULTOSC(h, l, c, 7, 14, 28)),
    (["adx_14"], lambda: t.ADX(h, l, c, 14)),
    (["plus_di_14"], lambda: t.PLUS_DI(h, l, c, 14)),
    (["minus_di_14"], lambda: t.MINUS_DI(h, l, c, 14)),
    (["dx_14"], lambda: t.DX(h, l, c, 14)),
    (["adxr_14"], lambda: t.ADXR(h, l, c, 14)),
    (["aroon_down_25", "aroon_up_25"], lambda: t.AROON(h, l, 25)),
    (["aroon_osc_25"], lambda: t.AROONOSC(h, l, 25)),
    (["psar"], lambda: t.SAR(h, l, 0.02, 0.2)),
    (["linreg_slope_20"], lambda: t.LINEARREG_SLOPE(c, 20)),
    (["volume_sma_20"], lambda: t.SMA(v, 20)),
    (["on_balance_volume"], lambda: t.OBV(c, v)),
    (["ad_line"], lambda: t.AD(h, l, c, v)),
    (["adosc_3_10"], lambda: t.ADOSC(h, l, c, v, 3, 10)),
    (["mfi_14"], lambda: t.MFI(h, l, c, v, 14)),
]

total = 0
with open(sys.argv[2], "wb") as values:
    for names, call in CALLS:
        best = None
        for _ in range(int(sys.argv[3])):
            begin = time.process_time_ns()
            out = call()
            spent = time.process_time_ns() - begin
            best = spent if best is None else min(best, spent)
        total += best
        for name, column in zip(names, out if isinstance(out, tuple) else (out,)):
            print("feature", name)
            np.ascontiguousarray(column, dtype=np.float64).tofile(values)
print("ns", total)
