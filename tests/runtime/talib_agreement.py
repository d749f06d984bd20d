"""Compares exported features with TA-Lib, bar for bar.

    talib_agreement.py COIN.csv BTC.csv

Both files are from `finch features export`, of one stretch of time. Ends with 1 where a shared feature
disagrees, and prints what it compared. Parameters are always passed: TA-Lib's defaults have moved.
"""
import csv
import sys

import numpy
import talib


def read(name):
    with open(name, newline="") as stream:
        rows = list(csv.reader(stream))
    return {
        head: numpy.array([float(row[at]) if row[at] else numpy.nan for row in rows[1:]])
        for at, head in enumerate(rows[0]) if head != "open_time"
    }, [row[0] for row in rows[1:]]


def returns(prices):
    return talib.ROCP(prices, timeperiod=1)


def shared(c, btc):
    """Every feature with a counterpart, as TA-Lib computes it; those of 0.8.1 only where the module has them."""
    o, h, l, x, v = c["open"], c["high"], c["low"], c["close"], c["volume"]
    out = {
        "ret_1": talib.ROCP(x, 1), "ret_5": talib.ROCP(x, 5), "ret_20": talib.ROCP(x, 20),
        "ret_60": talib.ROCP(x, 60), "price_change": talib.MOM(x, 1), "mom_10": talib.MOM(x, 10),
        "roc_10": talib.ROC(x, 10), "typical_price": talib.TYPPRICE(h, l, x),
        "median_price": talib.MEDPRICE(h, l), "weighted_close": talib.WCLPRICE(h, l, x),
        "dist_high_20": x / talib.MAX(h, 20) - 1, "dist_low_20": x / talib.MIN(l, 20) - 1,
        "donchian_upper_20": talib.MAX(h, 20), "donchian_lower_20": talib.MIN(l, 20),
        "wma_20": talib.WMA(x, 20), "dema_20": talib.DEMA(x, 20), "tema_20": talib.TEMA(x, 20),
        "kama_10": talib.KAMA(x, 10), "true_range": talib.TRANGE(h, l, x), "atr_14": talib.ATR(h, l, x, 14),
        "natr_14": talib.NATR(h, l, x, 14), "stddev_20": talib.STDDEV(x, 20, 1.0),
        "rsi_14": talib.RSI(x, 14), "rsi_7": talib.RSI(x, 7),
        "stochrsi_14": talib.STOCHRSI(x, 14, 14, 1, 0)[0] / 100, "cci_20": talib.CCI(h, l, x, 20),
        "willr_14": talib.WILLR(h, l, x, 14), "cmo_14": talib.CMO(x, 14), "ppo_12_26": talib.PPO(x, 12, 26, 1),
        "trix_15": talib.TRIX(x, 15), "ultosc_7_14_28": talib.ULTOSC(h, l, x, 7, 14, 28),
        "adx_14": talib.ADX(h, l, x, 14), "adxr_14": talib.ADXR(h, l, x, 14),
        "plus_di_14": talib.PLUS_DI(h, l, x, 14), "minus_di_14": talib.MINUS_DI(h, l, x, 14),
        "dx_14": talib.DX(h, l, x, 14), "aroon_osc_25": talib.AROONOSC(h, l, 25), "psar": talib.SAR(h, l, 0.02, 0.2),
        "linreg_slope_20": talib.LINEARREG_SLOPE(x, 20), "volume_sma_20": talib.SMA(v, 20),
        "on_balance_volume": talib.OBV(x, v), "ad_line": talib.AD(h, l, x, v),
        "adosc_3_10": talib.ADOSC(h, l, x, v, 3, 10), "mfi_14": talib.MFI(h, l, x, v, 14),
    }
    for n in (5, 10, 20, 50, 200):
        out[f"sma_{n}"], out[f"ema_{n}"] = talib.SMA(x, n), talib.EMA(x, n)
    out["bb_upper"], out["bb_middle"], out["bb_lower"] = talib.BBANDS(x, 20, 2.0, 2.0, 0)
    out["macd"], out["macd_signal"], out["macd_histogram"] = talib.MACD(x, 12, 26, 9)
    # KC of 0.8.1 stands about an average of typical prices and is no counterpart; its parts are.
    out["keltner_upper_20"] = talib.EMA(x, 20) + 2 * talib.ATR(h, l, x, 10)
    out["keltner_lower_20"] = talib.EMA(x, 20) - 2 * talib.ATR(h, l, x, 10)
    out["stoch_k"], out["stoch_d"] = talib.STOCH(h, l, x, 14, 3, 0, 3, 0)
    out["aroon_down_25"], out["aroon_up_25"] = talib.AROON(h, l, 25)
    own, other = returns(x), returns(btc["close"])
    # The first return is missing, which a running sum would never forget.
    out["btc_correlation"] = numpy.concatenate([[numpy.nan], talib.CORREL(own[1:], other[1:], 60)])
    out["market_beta"] = talib.BETA(btc["close"], x, 60)
    newer = {
        "hma_20": ("HMA", lambda: talib.HMA(x, 20)),
        "efficiency_ratio_20": ("ER", lambda: talib.ER(x, 20)),
        "tsi_25_13": ("TSI", lambda: talib.TSI(x, 25, 13)),
        "supertrend_10_3": ("SUPERTREND", lambda: talib.SUPERTREND(h, l, x, 10, 3.0)[1]),
        "vortex_plus_14": ("VORTEX", lambda: talib.VORTEX(h, l, x, 14)[0]),
        "vortex_minus_14": ("VORTEX", lambda: talib.VORTEX(h, l, x, 14)[1]),
        "price_volume_trend": ("PVT", lambda: talib.PVT(x, v)),
        "cmf_20": ("CMF", lambda: talib.CMF(h, l, x, v, 20)),
        "force_index_13": ("EFI", lambda: talib.EFI(x, v, 13)),
        "vwma_20": ("VWMA", lambda: talib.VWMA(x, v, 20)),
    }
    for name, (function, call) in newer.items():
        if hasattr(talib, function):
            out[name] = call()
    return out


def exceptions(c):
    """Bars on which a feature is meant to differ (reference 1.2), with the reason."""
    h, l, x, v = c["high"], c["low"], c["close"], c["volume"]
    flat = lambda n: talib.MAX(h, n) == talib.MIN(l, n)
    still = lambda n: talib.MAX(x, n + 1) == talib.MIN(x, n + 1)
    tp = c["typical_price"]
    step = numpy.abs(numpy.diff(tp, prepend=tp[0]))
    near = (step > 0) & (step <= 1e-12 * tp)
    rsi = numpy.nan_to_num(c["rsi_14"])
    return {
        "willr_14": (flat(14), "a flat window is neutral, not oversold"),
        "stoch_k": (talib.MAX(flat(14).astype(float), 3) > 0, "a flat window is neutral, not oversold"),
        "stoch_d": (talib.MAX(flat(14).astype(float), 5) > 0, "a flat window is neutral, not oversold"),
        "stochrsi_14": (talib.MAX(rsi, 14) - talib.MIN(rsi, 14) < 1e-9, "a flat window is neutral"),
        "mfi_14": (talib.SUM(near.astype(float), 14) > 0.5,
                   "typical prices equal but for a rounding count by their sign here, as unchanged in 0.8.1"),
        "stddev_20": (c["stddev_20"] ** 2 < 1e-7 * x * x, "TA-Lib's variance is a difference of squares, tested "
                      "against an absolute zero"),
        "vwma_20": (talib.SUM(v, 20) == 0, "without volume the plain average"),
        "efficiency_ratio_20": (still(20), "nothing moved: 0"),
        "price_volume_trend": (numpy.arange(len(x)) < 1, "starts at bar 0 with 0"),
    }


def main():
    coin, times = read(sys.argv[1])
    btc, btc_times = read(sys.argv[2])
    # The coin's bars; where BTC has none of its own there is nothing to compare.
    closes = dict(zip(btc_times, btc["close"]))
    btc = {"close": numpy.array([closes.get(time, numpy.nan) for time in times])}
    if numpy.isnan(btc["close"]).any():
        sys.exit("BTC has no bar where the coin has one")
    allowed = exceptions(coin)
    # A band is as wide as its deviation, so its error is that of the variance; measure it in widths of price.
    loose = {"stddev_20": 1e-6, "bb_upper": 1e-8, "bb_lower": 1e-8, "btc_correlation": 1e-7, "market_beta": 1e-7}
    wrong = []
    for name, theirs in sorted(shared(coin, btc).items()):
        ours = coin[name]
        known = ~numpy.isnan(ours) & ~numpy.isnan(theirs)
        excused, reason = allowed.get(name, (numpy.zeros(len(ours), bool), ""))
        compared = known & ~excused
        scale = numpy.maximum(numpy.abs(theirs), 1e-9 * numpy.nanmax(numpy.abs(theirs)))
        # Differences of large prices and running totals keep the rounding of what they are made of.
        if name in ("macd", "macd_signal", "macd_histogram", "price_change", "mom_10", "linreg_slope_20"):
            scale = numpy.maximum(scale, coin["close"] * 1e-3)
        if name in ("adosc_3_10", "force_index_13"):
            scale = numpy.maximum(scale, 1e-3 * numpy.nanmax(numpy.abs(coin["ad_line"])))
        if name in ("cci_20", "trix_15", "cmo_14", "ppo_12_26", "tsi_25_13", "cmf_20", "roc_10", "mfi_14", "willr_14",
                    "stoch_k", "stoch_d", "rsi_14", "rsi_7", "adx_14", "stochrsi_14", "dx_14", "ultosc_7_14_28",
                    "ret_1", "ret_5", "ret_20", "ret_60", "dist_high_20", "dist_low_20", "btc_correlation",
                    "market_beta", "efficiency_ratio_20"):
            scale = numpy.maximum(scale, 1e-1)
        error = numpy.abs(ours - theirs) / scale
        worst = error[compared].max() if compared.any() else numpy.nan
        bad = int((error[compared] > loose.get(name, 1e-9)).sum())
        if bad or compared.sum() < 0.5 * len(ours):
            at = int(numpy.argmax(numpy.where(compared, error, -1)))
            wrong.append(name)
            print(f"differs  {name}: {bad} of {int(compared.sum())} bars, worst at {times[at]}: "
                  f"{ours[at]!r} instead of {theirs[at]!r}")
        else:
            note = f"; {int((known & excused).sum())} bars excused: {reason}" if (known & excused).any() else ""
            print(f"agrees   {name}: {int(compared.sum())} bars, largest relative difference {worst:.1e}{note}")
    print(f"{len(shared(coin, btc)) - len(wrong)} features agree with TA-Lib {talib.__ta_version__.decode().split()[0]}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
