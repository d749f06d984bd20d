"""vectorbt over the bars finch_bench writes. Run by finch_bench where the package is installed.

    vectorbt_peer.py BARS FILLS SYMBOLS ROWS WINDOWS QUANTITY FEE REPETITIONS

See engine_peers.hpp for the rule and the files. All symbols and windows are columns of one run, which is how this engine is
fastest. Its loops are compiled on first use; the first run is not counted.
"""

import sys
import time
import warnings

warnings.filterwarnings("ignore")
try:
    import numpy as np
    import pandas as pd
    import vectorbt as vbt
except ImportError as missing:
    sys.exit(f"absent: {missing}")

bars_file, fills_file = sys.argv[1:3]
symbols, rows = int(sys.argv[3]), int(sys.argv[4])
windows = [int(n) for n in sys.argv[5].split(",")]
quantity, fee, repetitions = float(sys.argv[6]), float(sys.argv[7]), int(sys.argv[8])
o, h, l, c = np.fromfile(bars_file).reshape(4, symbols, rows)

index = pd.date_range("2024-01-01", periods=rows, freq="min")
close = pd.DataFrame(c.T.copy(), index=index)
opened = pd.DataFrame(o.T.copy(), index=index)


def run():
    mean = vbt.MA.run(close, window=windows).ma
    wide = pd.DataFrame(np.tile(close.to_numpy(), len(windows)), index=index, columns=mean.columns)
    price = pd.DataFrame(np.tile(opened.to_numpy(), len(windows)), index=index, columns=mean.columns)
    # Decided at a close, done at the next open.
    enter = (wide > mean).shift(1, fill_value=False)
    leave = (wide < mean).shift(1, fill_value=False)
    portfolio = vbt.Portfolio.from_signals(
        wide, enter, leave, price=price, size=quantity, fees=fee, init_cash=1e12, direction="longonly", freq="1min"
    )
    return portfolio, portfolio.total_return()


best = None
for repetition in range(repetitions + 1):
    begin = time.process_time_ns()
    portfolio, returns = run()
    spent = time.process_time_ns() - begin
    if repetition > 0:
        best = spent if best is None else min(best, spent)

orders = portfolio.orders.records_arr
fills = np.column_stack(
    (
        np.array(windows, dtype=np.float64)[orders["col"] // symbols],
        orders["col"] % symbols,
        orders["idx"],
        np.where(orders["side"] == 0, 1, -1),
        orders["price"],
        orders["size"],
    )
).astype(np.float64)
fills.tofile(fills_file)
print("name vectorbt", vbt.__version__)
print("symbols", symbols)
print("windows", len(windows))
print("ns", best)
