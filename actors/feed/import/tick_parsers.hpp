/// Parsers of single trades.
#pragma once

#include "actors/feed/import/new_york.hpp"
#include "actors/feed/import/row_parsers.hpp"

namespace finch::feed {

/// Trades, aggregate trades and Tardis trades: time, price, quantity, aggressor and id as the layout has
/// them.
[[nodiscard]] std::unique_ptr<RowParser> make_tick_parser(const Layout& layout, RowSink& sink);
/// LEAN equity ticks of one New York day.
[[nodiscard]] std::unique_ptr<RowParser> make_lean_parser(const Layout& layout, NewYorkDay day,
                                                          RowSink& sink);

} // namespace finch::feed
