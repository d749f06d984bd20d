"""backtesting.py over the bars finch_bench writes. Run by finch_bench where the package is installed.

    backtesting_peer.py BARS FILLS SYMBOLS ROWS WINDOWS QUANTITY FEE REPETITIONS

See engine_peers.hpp for the rule and the files. This engine runs one symbol and one strategy at a time and takes tens of
microseconds a bar, so it is given the first symbol and the first window only.
"""

import sys
import time
import warnings

warnings.filterwarnings("ignore")
try:
    import numpy as np
    import pandas as pd
    from backtesting import Backtest, Strategy
    import backtesting
except ImportError as missing:
    sys.exit(f"absent: {missing}")

bars_file, fills_file = sys.argv[1:3]
symbols, rows = int(sys.argv[3]), int(sys.argv[4])
windows = [int(n) for n in sys.argv[5].split(",")]
quantity, fee, repetitions = float(sys.argv[6]), float(sys.argv[7]), int(sys.argv[8])
o, h, l, c = np.fromfile(bars_file).reshape(4, symbols, rows)

backtesting.backtesting._tqdm = lambda seq, **_: seq  # a progress bar costs time of its own


class Rule(Strategy):
    def init(self):
        self.mean = self.I(lambda x: pd.Series(x).rolling(windows[0]).mean().to_numpy(), self.data.Close)

    def next(self):
        price, mean = self.data.Close[-1], self.mean[-1]
        if not self.position:
            if price > mean:
                self.buy(size=int(quantity))
        elif price < mean:
            self.position.close()


frame = pd.DataFrame(
    {"Open": o[0], "High": h[0], "Low": l[0], "Close": c[0], "Volume": 1.0},
    index=pd.date_range("2024-01-01", periods=rows, freq="min"),
)
best = None
for _ in range(repetitions):
    begin = time.process_time_ns()
    stats = Backtest(frame, Rule, cash=1e12, commission=fee, trade_on_close=False, finalize_trades=False).run()
    spent = time.process_time_ns() - begin
    best = spent if best is None else min(best, spent)

fills = []
for trade in stats["_trades"].itertuples():
    fills.append((windows[0], 0, trade.EntryBar, 1, trade.EntryPrice, trade.Size))
    fills.append((windows[0], 0, trade.ExitBar, -1, trade.ExitPrice, trade.Size))
for trade in stats["_strategy"].trades:  # open at the end
    fills.append((windows[0], 0, trade.entry_bar, 1, trade.entry_price, trade.size))
np.array(fills, dtype=np.float64).tofile(fills_file)
print("name backtesting.py", backtesting.__version__)
print("symbols", 1)
print("windows", 1)
print("ns", best)
