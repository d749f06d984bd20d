/// What the four kinds of columns have in common, so that storing, merging and reading is written once.
#pragma once

#include "actors/market/data.hpp"

#include <array>
#include <concepts>
#include <span>
#include <tuple>

namespace finch::storage {

template <class C>
concept AnyColumns = std::same_as<C, market::TickColumns> || std::same_as<C, market::QuoteColumns> ||
    std::same_as<C, market::BarColumns> || std::same_as<C, market::FundingColumns>;

/// References to all columns, time first, in stored order.
template <class C>
auto columns_of(C& c) {
  using T = std::remove_const_t<C>;
  if constexpr (std::same_as<T, market::TickColumns>)
    return std::tie(c.time_ns, c.price, c.quantity, c.side, c.id);
  else if constexpr (std::same_as<T, market::QuoteColumns>)
    return std::tie(c.time_ns, c.bid_price, c.bid_quantity, c.ask_price, c.ask_quantity, c.id);
  else if constexpr (std::same_as<T, market::BarColumns>)
    return std::tie(c.open_time_ns, c.open, c.high, c.low, c.close, c.volume, c.quote_volume, c.trade_count,
                    c.buy_volume);
  else
    return std::tie(c.time_ns, c.rate);
}

template <class C>
auto& times_of(C& c) {
  return std::get<0>(columns_of(c));
}

/// Rows of different layouts never share a block or a batch: which optional columns are there, and the
/// decimals.
struct Layout {
  std::uint16_t present = 0;              ///< bit i: column i of `columns_of` is there
  std::array<std::uint8_t, 3> decimals{}; ///< price, quantity or volume, quote volume; funding: rate

  bool operator==(const Layout&) const = default;
};

template <class C>
std::array<std::uint8_t, 3> decimals_of(const C& c) {
  if constexpr (std::same_as<C, market::BarColumns>)
    return {c.price_decimals, c.volume_decimals, c.quote_decimals};
  else if constexpr (std::same_as<C, market::FundingColumns>)
    return {c.decimals, 0, 0};
  else
    return {c.price_decimals, c.quantity_decimals, 0};
}

template <class C>
void set_decimals(C& c, const std::array<std::uint8_t, 3>& decimals) {
  if constexpr (std::same_as<C, market::BarColumns>) {
    c.price_decimals = decimals[0], c.volume_decimals = decimals[1], c.quote_decimals = decimals[2];
  } else if constexpr (std::same_as<C, market::FundingColumns>) {
    c.decimals = decimals[0];
  } else {
    c.price_decimals = decimals[0], c.quantity_decimals = decimals[1];
  }
}

/// Calls f(index, column) for every column.
template <class C, class F>
void each_column(C& c, F&& f) {
  std::apply(
      [&](auto&... column) {
        std::size_t i = 0;
        (f(i++, column), ...);
      },
      columns_of(c));
}
/// Calls f(column of a, column of b) for every column.
template <class A, class B, class F>
void each_pair(A& a, B& b, F&& f) {
  auto left = columns_of(a);
  auto right = columns_of(b);
  [&]<std::size_t... I>(std::index_sequence<I...>) { (f(std::get<I>(left), std::get<I>(right)), ...); }
  (std::make_index_sequence<std::tuple_size_v<decltype(left)>>{});
}

/// The layout of non-empty columns.
template <class C>
Layout layout_of(const C& c) {
  Layout layout{0, decimals_of(c)};
  each_column(c, [&](std::size_t i, const auto& column) {
    layout.present = static_cast<std::uint16_t>(layout.present | (column.empty() ? 0U : 1U << i));
  });
  return layout;
}

/// Whether every column is as long as the time column, or is empty where it may be.
template <class C>
bool well_formed(const C& c) {
  auto rows = times_of(c).size();
  bool good = true;
  each_column(c, [&](std::size_t i, const auto& column) {
    bool optional = std::same_as<C, market::BarColumns>     ? i >= 6
                    : std::same_as<C, market::TickColumns>  ? i == 4
                    : std::same_as<C, market::QuoteColumns> ? i == 5
                                                            : false;
    good &= column.size() == rows || (optional && column.empty());
  });
  for (auto decimals : decimals_of(c))
    good &= decimals <= 18;
  return good;
}

template <class C>
void clear_rows(C& c) {
  each_column(c, [](std::size_t, auto& column) { column.clear(); });
}

/// Appends rows [first, last) of `from`; both have one layout, or `to` is empty and takes it over.
template <class C>
void append_rows(C& to, const C& from, std::size_t first, std::size_t last) {
  if (times_of(to).empty())
    set_decimals(to, decimals_of(from));
  if constexpr (std::same_as<C, market::BarColumns>)
    to.timeframe = from.timeframe;
  each_pair(to, from, [&](auto& out, const auto& in) {
    if (!in.empty())
      out.insert(out.end(), in.begin() + static_cast<std::ptrdiff_t>(first),
                 in.begin() + static_cast<std::ptrdiff_t>(last));
  });
}

/// Keeps rows [first, last) only.
template <class C>
void keep_rows(C& c, std::size_t first, std::size_t last) {
  each_column(c, [&](std::size_t, auto& column) {
    if (column.empty())
      return;
    column.erase(column.begin() + static_cast<std::ptrdiff_t>(last), column.end());
    column.erase(column.begin(), column.begin() + static_cast<std::ptrdiff_t>(first));
  });
}

/// Ids of ticks or quotes; empty for what has none.
template <class C>
std::span<const std::uint64_t> ids_of(const C& c) {
  if constexpr (requires { c.id; })
    return c.id;
  else
    return {};
}

/// Whether a time may occur once only: one bar, one funding rate.
template <class C>
inline constexpr bool unique_times =
    std::same_as<C, market::BarColumns> || std::same_as<C, market::FundingColumns>;

} // namespace finch::storage
