"""NautilusTrader over the bars finch_bench writes. Run by finch_bench where the package is installed.

    nautilus_peer.py BARS FILLS SYMBOLS ROWS WINDOWS QUANTITY FEE REPETITIONS

See engine_peers.hpp for the rule and the files. A market order fills at what the book shows, so the book is told each bar's
open as a quote of equal bid and ask at the bar's beginning; bars are told a nanosecond before they end and move no book;
orders take a nanosecond. An order decided at a close thus fills at the next open. Events are told one by one, so it is given
the first symbol and the first window only.
"""

import sys
import time
from decimal import Decimal

try:
    import numpy as np
    from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
    from nautilus_trader.backtest.models import LatencyModel
    from nautilus_trader.common.config import LoggingConfig
    from nautilus_trader.indicators import SimpleMovingAverage
    from nautilus_trader.model.currencies import USDT
    from nautilus_trader.model.data import Bar, BarType, QuoteTick
    from nautilus_trader.model.enums import AccountType, CurrencyType, OmsType, OrderSide
    from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
    from nautilus_trader.model.instruments import CurrencyPair
    from nautilus_trader.model.objects import Currency, Money, Price, Quantity
    from nautilus_trader.trading.strategy import Strategy
    import nautilus_trader
except ImportError as missing:
    sys.exit(f"absent: {missing}")

bars_file, fills_file = sys.argv[1:3]
symbols, rows = int(sys.argv[3]), int(sys.argv[4])
windows = [int(n) for n in sys.argv[5].split(",")]
quantity, fee, repetitions = int(sys.argv[6]), sys.argv[7], int(sys.argv[8])
o, h, l, c = np.fromfile(bars_file).reshape(4, symbols, rows)[:, 0]
MINUTE, START = 60_000_000_000, 1_704_067_200_000_000_000

venue = Venue("SIM")
coin = Currency("S00", 0, 0, "S00", CurrencyType.CRYPTO)
instrument = CurrencyPair(
    instrument_id=InstrumentId(Symbol("S00-USDT"), venue),
    raw_symbol=Symbol("S00-USDT"),
    base_currency=coin,
    quote_currency=USDT,
    price_precision=3,
    size_precision=0,
    price_increment=Price.from_str("0.001"),
    size_increment=Quantity.from_int(1),
    maker_fee=Decimal(fee),
    taker_fee=Decimal(fee),
    ts_event=0,
    ts_init=0,
)
bar_type = BarType.from_str(f"{instrument.id}-1-MINUTE-LAST-EXTERNAL")
size = Quantity.from_int(quantity)
deep = Quantity.from_int(1_000_000_000)

data = []
for row in range(rows):
    begin, end = START + row * MINUTE, START + (row + 1) * MINUTE - 1
    price = Price(o[row], 3)
    data.append(QuoteTick(instrument.id, price, price, deep, deep, begin, begin))
    data.append(Bar(bar_type, price, Price(h[row], 3), Price(l[row], 3), Price(c[row], 3), deep, end, end))

fills = []


class Rule(Strategy):
    def __init__(self):
        super().__init__()
        self.mean = SimpleMovingAverage(windows[0])

    def on_start(self):
        self.register_indicator_for_bars(bar_type, self.mean)
        self.subscribe_bars(bar_type)

    def on_bar(self, bar):
        if not self.mean.initialized:
            return
        price, mean = bar.close.as_double(), self.mean.value
        if self.portfolio.is_flat(instrument.id):
            if price > mean:
                self.order(OrderSide.BUY)
        elif price < mean:
            self.order(OrderSide.SELL)

    def order(self, side):
        self.submit_order(self.order_factory.market(instrument.id, side, size))

    def on_order_filled(self, event):
        fills.append(
            (
                windows[0],
                0,
                (event.ts_event - START) // MINUTE,
                1 if event.order_side == OrderSide.BUY else -1,
                event.last_px.as_double(),
                event.last_qty.as_double(),
            )
        )


best = None
for _ in range(repetitions):
    fills.clear()
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(log_level="OFF"), run_analysis=False))
    engine.add_venue(
        venue=venue,
        oms_type=OmsType.NETTING,
        account_type=AccountType.CASH,
        starting_balances=[Money(1_000_000_000, USDT)],
        latency_model=LatencyModel(base_latency_nanos=1),
        bar_execution=False,
    )
    engine.add_instrument(instrument)
    engine.add_data(data)
    engine.add_strategy(Rule())
    begin = time.process_time_ns()
    engine.run()
    spent = time.process_time_ns() - begin
    best = spent if best is None else min(best, spent)
    engine.dispose()

np.array(fills, dtype=np.float64).tofile(fills_file)
print("name NautilusTrader", nautilus_trader.__version__)
print("symbols", 1)
print("windows", 1)
print("ns", best)
