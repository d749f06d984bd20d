#include "actors/feed/import/tick_parsers.hpp"

#include "actors/feed/import/symbol_guard.hpp"

#include <array>
#include <limits>

namespace finch::feed {
namespace {

using market::Decimal;
using market::Side;
using market::TimeNs;

class TickParser : public RowParser {
public:
  TickParser(const Layout& layout, RowSink& sink)
      : RowParser(sink), layout_(layout), symbol_(layout[Column::symbol]),
        prices_(batch_.price_decimals, {&batch_.price}),
        quantities_(batch_.quantity_decimals, {&batch_.quantity}) {}

  Reject row(const Fields& fields) override {
    if (!symbol_.same(fields))
      return Reject::other_symbol;
    std::array<Decimal, 1> price, quantity;
    TimeNs time = 0;
    auto side = Side::none;
    std::optional<std::uint64_t> id;
    if (auto reason = read_time(fields[layout_[Column::time]], time); reason != Reject::none)
      return reason;
    if (auto reason = read_price(fields[layout_[Column::price]], price[0]); reason != Reject::none)
      return reason;
    if (auto reason = read_quantity(fields[layout_[Column::quantity]], quantity[0], true);
        reason != Reject::none)
      return reason;
    if (!read_aggressor(fields, side))
      return Reject::bad_side;
    if (!read_id(fields, id))
      return Reject::bad_id;
    return keep(time, price, quantity, side, id);
  }

  Status flush() override {
    if (batch_.size() == 0)
      return {};
    prices_.narrow();
    quantities_.narrow();
    auto done = sink_.ticks(batch_);
    batch_.clear();
    return done;
  }

protected:
  Reject keep(TimeNs time, std::span<Decimal> price, std::span<Decimal> quantity, Side side,
              std::optional<std::uint64_t> id) {
    // A batch has ids or it has none.
    if (batch_.size() > 0 && id.has_value() == batch_.id.empty())
      hand_on();
    if (!prices_.fit(price) || !quantities_.fit(quantity)) {
      hand_on();
      prices_.restart();
      quantities_.restart();
      if (!prices_.fit(price) || !quantities_.fit(quantity))
        return Reject::too_large;
    }
    batch_.time_ns.push_back(time);
    batch_.price.push_back(price[0].mantissa);
    batch_.quantity.push_back(quantity[0].mantissa);
    batch_.side.push_back(side);
    if (id)
      batch_.id.push_back(*id);
    saw(time);
    if (batch_.size() == batch_rows)
      hand_on();
    return Reject::none;
  }

private:
  bool read_aggressor(const Fields& fields, Side& side) const {
    if (layout_.has(Column::maker)) {
      bool buyer_is_maker = false;
      if (!read_flag(fields[layout_[Column::maker]], buyer_is_maker))
        return false;
      side = buyer_is_maker ? Side::sell : Side::buy;
      return true;
    }
    return !layout_.has(Column::side) || read_side(fields[layout_[Column::side]], side);
  }

  /// An empty id is none. Ids that are words (some venues' are UUIDs) are left out for the whole file, as its
  /// first row has it; Binance has none such.
  bool read_id(const Fields& fields, std::optional<std::uint64_t>& id) {
    if (!layout_.has(Column::id) || fields[layout_[Column::id]].empty())
      return true;
    std::uint64_t value = 0;
    auto number = read_unsigned(fields[layout_[Column::id]], value);
    if (!ids_known_) {
      ids_known_ = true;
      id_words_ = !number && !layout_.has(Column::maker);
    }
    if (number && !id_words_)
      id = value;
    return number || id_words_;
  }

  Layout layout_;
  SymbolGuard symbol_;
  market::TickColumns batch_;
  DecimalGroup prices_, quantities_;
  bool ids_known_ = false, id_words_ = false;
};

/// LEAN equity ticks: milliseconds of the New York day, price in units of 1e-4 dollars, no side, no id.
class LeanParser final : public TickParser {
public:
  LeanParser(const Layout& layout, NewYorkDay day, RowSink& sink)
      : TickParser(layout, sink), layout_(layout), day_(std::move(day)) {}

  Reject row(const Fields& fields) override {
    std::uint64_t ms = 0, units = 0;
    std::array<Decimal, 1> quantity, price;
    TimeNs time = 0;
    if (!read_unsigned(fields[layout_[Column::time]], ms))
      return Reject::bad_time;
    if (ms >= 86'400'000)
      return Reject::time_range;
    if (!day_.to_utc(static_cast<std::int64_t>(ms), time))
      return Reject::bad_time;
    if (!read_unsigned(fields[layout_[Column::price]], units)) {
      auto reason = read_price(fields[layout_[Column::price]], price[0]);
      return reason == Reject::none ? Reject::not_a_number : reason;
    }
    if (units == 0)
      return Reject::not_positive;
    if (units > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return Reject::too_large;
    price[0] = {static_cast<std::int64_t>(units), 4};
    if (auto reason = read_quantity(fields[layout_[Column::quantity]], quantity[0], true);
        reason != Reject::none)
      return reason;
    return keep(time, price, quantity, Side::none, std::nullopt);
  }

private:
  Layout layout_;
  NewYorkDay day_;
};

} // namespace

std::unique_ptr<RowParser> make_tick_parser(const Layout& layout, RowSink& sink) {
  return std::make_unique<TickParser>(layout, sink);
}

std::unique_ptr<RowParser> make_lean_parser(const Layout& layout, NewYorkDay day, RowSink& sink) {
  return std::make_unique<LeanParser>(layout, std::move(day), sink);
}

} // namespace finch::feed
