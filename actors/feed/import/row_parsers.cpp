#include "actors/feed/import/row_parsers.hpp"

#include "actors/feed/import/symbol_guard.hpp"
#include "actors/feed/import/tick_parsers.hpp"

#include <algorithm>
#include <array>

namespace finch::feed {
namespace {

using market::Decimal;
using market::TimeNs;

class QuoteParser final : public RowParser {
public:
  QuoteParser(const Layout& layout, RowSink& sink)
      : RowParser(sink), layout_(layout),
        prices_(batch_.price_decimals, {&batch_.bid_price, &batch_.ask_price}),
        quantities_(batch_.quantity_decimals, {&batch_.bid_quantity, &batch_.ask_quantity}) {}

  Reject row(const Fields& fields) override {
    std::array<Decimal, 2> price, quantity;
    TimeNs time = 0;
    std::uint64_t id = 0;
    if (auto reason = read_time(fields[layout_[Column::time]], time); reason != Reject::none)
      return reason;
    constexpr std::array price_columns{Column::bid_price, Column::ask_price};
    constexpr std::array quantity_columns{Column::bid_quantity, Column::ask_quantity};
    for (std::size_t at = 0; at < 2; ++at) {
      if (auto reason = read_price(fields[layout_[price_columns[at]]], price[at]); reason != Reject::none)
        return reason;
      if (auto reason = read_quantity(fields[layout_[quantity_columns[at]]], quantity[at], false);
          reason != Reject::none)
        return reason;
    }
    auto has_id = layout_.has(Column::id) && !fields[layout_[Column::id]].empty();
    if (has_id && !read_unsigned(fields[layout_[Column::id]], id))
      return Reject::bad_id;
    // A batch has ids or it has none.
    if (batch_.size() > 0 && has_id == batch_.id.empty())
      hand_on();
    if (!prices_.fit(price) || !quantities_.fit(quantity)) {
      hand_on();
      prices_.restart();
      quantities_.restart();
      if (!prices_.fit(price) || !quantities_.fit(quantity))
        return Reject::too_large;
    }
    if (price[0].mantissa > price[1].mantissa)
      return Reject::crossed_quote;
    batch_.time_ns.push_back(time);
    batch_.bid_price.push_back(price[0].mantissa);
    batch_.ask_price.push_back(price[1].mantissa);
    batch_.bid_quantity.push_back(quantity[0].mantissa);
    batch_.ask_quantity.push_back(quantity[1].mantissa);
    if (has_id)
      batch_.id.push_back(id);
    saw(time);
    if (batch_.size() == batch_rows)
      hand_on();
    return Reject::none;
  }

  Status flush() override {
    if (batch_.size() == 0)
      return {};
    prices_.narrow();
    quantities_.narrow();
    auto done = sink_.quotes(batch_);
    for (auto* column :
         {&batch_.time_ns, &batch_.bid_price, &batch_.bid_quantity, &batch_.ask_price, &batch_.ask_quantity})
      column->clear();
    batch_.id.clear();
    return done;
  }

private:
  Layout layout_;
  market::QuoteColumns batch_;
  DecimalGroup prices_, quantities_;
};

class BarParser final : public RowParser {
public:
  BarParser(const Layout& layout, market::Timeframe timeframe, RowSink& sink)
      : RowParser(sink), layout_(layout), symbol_(layout[Column::symbol]),
        prices_(batch_.price_decimals, {&batch_.open, &batch_.high, &batch_.low, &batch_.close}),
        volumes_(batch_.volume_decimals, {&batch_.volume, &batch_.buy_volume}),
        quote_volumes_(batch_.quote_decimals, {&batch_.quote_volume}) {
    batch_.timeframe = timeframe;
  }

  Reject row(const Fields& fields) override {
    if (!symbol_.same(fields))
      return Reject::other_symbol;
    std::array<Decimal, 4> price;
    Volumes volumes;
    TimeNs time = 0;
    if (auto reason = read_time(fields[layout_[Column::time]], time); reason != Reject::none)
      return reason;
    if (batch_.timeframe.bar_open(time) != time)
      return Reject::off_grid;
    constexpr std::array price_columns{Column::open, Column::high, Column::low, Column::close};
    for (std::size_t at = 0; at < 4; ++at)
      if (auto reason = read_price(fields[layout_[price_columns[at]]], price[at]); reason != Reject::none)
        return reason;
    if (auto reason = read_volumes(fields, volumes); reason != Reject::none)
      return reason;
    // A batch has an optional column or it has not.
    if (batch_.size() > 0 &&
        (volumes.has_quote == batch_.quote_volume.empty() ||
         volumes.has_count == batch_.trade_count.empty() || volumes.has_buy == batch_.buy_volume.empty()))
      hand_on();
    if (!fit(price, volumes)) {
      hand_on();
      prices_.restart();
      volumes_.restart();
      quote_volumes_.restart();
      if (!fit(price, volumes))
        return Reject::too_large;
    }
    auto [open, high, low, close] =
        std::tuple{price[0].mantissa, price[1].mantissa, price[2].mantissa, price[3].mantissa};
    if (low > std::min(open, close) || high < std::max(open, close))
      return Reject::bad_bar;
    keep(time, price, volumes);
    return Reject::none;
  }

  Status flush() override {
    if (batch_.size() == 0)
      return {};
    prices_.narrow();
    volumes_.narrow();
    quote_volumes_.narrow();
    auto done = sink_.bars(batch_);
    for (auto* column : {&batch_.open_time_ns, &batch_.open, &batch_.high, &batch_.low, &batch_.close,
                         &batch_.volume, &batch_.quote_volume, &batch_.trade_count, &batch_.buy_volume})
      column->clear();
    return done;
  }

private:
  struct Volumes {
    std::array<Decimal, 2> base; ///< all, and bought by aggressors
    std::array<Decimal, 1> quote;
    std::uint64_t count = 0;
    bool has_quote = false, has_count = false, has_buy = false;
  };

  [[nodiscard]] bool given(const Fields& fields, Column column) const {
    return layout_.has(column) && !fields[layout_[column]].empty();
  }

  Reject read_volumes(const Fields& fields, Volumes& out) const {
    out.has_buy = given(fields, Column::buy_volume);
    out.has_quote = given(fields, Column::quote_volume);
    out.has_count = given(fields, Column::count);
    auto read = [&](bool wanted, Column column, Decimal& value) {
      return wanted ? read_quantity(fields[layout_[column]], value, false) : Reject::none;
    };
    if (auto reason = read(layout_.has(Column::volume), Column::volume, out.base[0]); reason != Reject::none)
      return reason;
    if (auto reason = read(out.has_buy, Column::buy_volume, out.base[1]); reason != Reject::none)
      return reason;
    if (auto reason = read(out.has_quote, Column::quote_volume, out.quote[0]); reason != Reject::none)
      return reason;
    return out.has_count && !read_unsigned(fields[layout_[Column::count]], out.count) ? Reject::not_a_number
                                                                                      : Reject::none;
  }

  bool fit(std::span<Decimal> price, Volumes& volumes) {
    return prices_.fit(price) && volumes_.fit(volumes.base) && quote_volumes_.fit(volumes.quote);
  }

  void keep(TimeNs time, std::span<const Decimal> price, const Volumes& volumes) {
    batch_.open_time_ns.push_back(time);
    batch_.open.push_back(price[0].mantissa);
    batch_.high.push_back(price[1].mantissa);
    batch_.low.push_back(price[2].mantissa);
    batch_.close.push_back(price[3].mantissa);
    batch_.volume.push_back(volumes.base[0].mantissa);
    if (volumes.has_buy)
      batch_.buy_volume.push_back(volumes.base[1].mantissa);
    if (volumes.has_quote)
      batch_.quote_volume.push_back(volumes.quote[0].mantissa);
    if (volumes.has_count)
      batch_.trade_count.push_back(static_cast<std::int64_t>(volumes.count));
    saw(time);
    if (batch_.size() == batch_rows)
      hand_on();
  }

  Layout layout_;
  SymbolGuard symbol_;
  market::BarColumns batch_;
  DecimalGroup prices_, volumes_, quote_volumes_;
};

class FundingParser final : public RowParser {
public:
  FundingParser(const Layout& layout, RowSink& sink)
      : RowParser(sink), layout_(layout), symbol_(layout[Column::symbol]),
        rates_(batch_.decimals, {&batch_.rate}) {}

  Reject row(const Fields& fields) override {
    if (!symbol_.same(fields))
      return Reject::other_symbol;
    std::array<Decimal, 1> rate;
    TimeNs time = 0;
    if (auto reason = read_time(fields[layout_[Column::time]], time); reason != Reject::none)
      return reason;
    if (auto reason = read_decimal(fields[layout_[Column::rate]], rate[0]); reason != Reject::none)
      return reason;
    auto whole = market::pow10_int[rate[0].decimals];
    if (rate[0].mantissa > whole || rate[0].mantissa < -whole)
      return Reject::rate_range;
    if (!rates_.fit(rate)) {
      hand_on();
      rates_.restart();
      if (!rates_.fit(rate))
        return Reject::too_large;
    }
    batch_.time_ns.push_back(time);
    batch_.rate.push_back(rate[0].mantissa);
    saw(time);
    if (batch_.size() == batch_rows)
      hand_on();
    return Reject::none;
  }

  Status flush() override {
    if (batch_.size() == 0)
      return {};
    rates_.narrow();
    auto done = sink_.funding(batch_);
    batch_.time_ns.clear();
    batch_.rate.clear();
    return done;
  }

private:
  Layout layout_;
  SymbolGuard symbol_;
  market::FundingColumns batch_;
  DecimalGroup rates_;
};

} // namespace

Result<std::unique_ptr<RowParser>> make_parser(const Layout& layout, market::Timeframe timeframe,
                                               std::optional<std::int32_t> day, RowSink& sink) {
  switch (layout.format) {
  case Format::book_ticker:
    return std::make_unique<QuoteParser>(layout, sink);
  case Format::klines:
  case Format::ohlcv:
    return std::make_unique<BarParser>(layout, timeframe, sink);
  case Format::funding:
    return std::make_unique<FundingParser>(layout, sink);
  case Format::lean_ticks: {
    auto new_york = NewYorkDay::of(day.value_or(0));
    if (!new_york)
      return tl::unexpected(new_york.error());
    return make_lean_parser(layout, std::move(*new_york), sink);
  }
  default:
    return make_tick_parser(layout, sink);
  }
}

} // namespace finch::feed
