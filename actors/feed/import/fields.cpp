#include "actors/feed/import/fields.hpp"

#include "actors/feed/import/text.hpp"
#include "actors/market/money.hpp"
#include "actors/market/time.hpp"

#include <cstring>

namespace finch::feed {

std::string_view describe(Reject reason) noexcept {
  switch (reason) {
  case Reject::none:
    return "accepted";
  case Reject::column_count:
    return "wrong column count";
  case Reject::line_too_long:
    return "line too long";
  case Reject::bad_time:
    return "not a time";
  case Reject::time_range:
    return "time out of range";
  case Reject::off_grid:
    return "time is not the start of a bar";
  case Reject::not_a_number:
    return "not a number";
  case Reject::missing_value:
    return "empty or NaN";
  case Reject::too_large:
    return "too many digits";
  case Reject::not_positive:
    return "negative or zero price";
  case Reject::bad_quantity:
    return "negative or zero quantity";
  case Reject::bad_bar:
    return "low or high does not enclose open and close";
  case Reject::crossed_quote:
    return "bid above ask";
  case Reject::bad_side:
    return "not a side";
  case Reject::bad_id:
    return "not an id";
  case Reject::rate_range:
    return "funding rate out of range";
  case Reject::other_symbol:
    return "another symbol";
  case Reject::count_:
    break;
  }
  return "unknown";
}

namespace {

void keep(Fields& out, std::string_view field) noexcept {
  if (out.count < Fields::capacity)
    out.at[static_cast<std::size_t>(out.count)] = field;
  ++out.count;
}

void split_quoted(std::string_view line, char delimiter, Fields& out) noexcept {
  std::size_t begin = 0;
  bool inside = false;
  for (std::size_t at = 0; at <= line.size(); ++at) {
    if (at < line.size() && line[at] == '"')
      inside = !inside;
    if (at < line.size() && (inside || line[at] != delimiter))
      continue;
    auto field = trim(line.substr(begin, at - begin));
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"')
      field = field.substr(1, field.size() - 2);
    keep(out, field);
    begin = at + 1;
  }
}

} // namespace

void split(std::string_view line, char delimiter, Fields& out) noexcept {
  out.count = 0;
  auto* begin = line.data();
  auto* end = begin + line.size();
  if (line.empty() || std::memchr(begin, '"', line.size()) != nullptr)
    return split_quoted(line, delimiter, out);
  auto* start = begin;
  for (auto* at = begin; at != end; ++at)
    if (*at == delimiter) {
      keep(out, {start, static_cast<std::size_t>(at - start)});
      start = at + 1;
    }
  keep(out, {start, static_cast<std::size_t>(end - start)});
}

Reject read_odd_decimal(std::string_view text, market::Decimal& out) noexcept {
  text = trim(text);
  auto folded = fold(text.substr(0, 8));
  if (text.empty() || folded == "nan" || folded == "null" || folded == "none" || folded == "na")
    return Reject::missing_value;
  auto value = market::parse_decimal(text);
  if (!value)
    return value.error().message.find("is not a number") != std::string::npos ? Reject::not_a_number
                                                                              : Reject::too_large;
  out = *value;
  return Reject::none;
}

Reject read_odd_time(std::string_view text, market::TimeNs& out) noexcept {
  text = trim(text);
  if (text.empty())
    return Reject::missing_value;
  market::TimeNs time = 0;
  if (market::Decimal stamp; text.find_first_of("-:T", 1) == std::string_view::npos &&
                             read_odd_decimal(text, stamp) == Reject::none) {
    // A stamp printed with a fraction (`1325412060.0`, `1577836800.125`): the whole part tells the unit.
    auto scale = market::pow10_int[stamp.decimals];
    auto whole = stamp.mantissa / scale;
    auto unit = stamp_unit_ns(static_cast<std::uint64_t>(whole < 0 ? 0 : whole));
    if (whole < 0 || whole >= last_time_ns / unit)
      return Reject::time_range;
    time = whole * unit +
           static_cast<market::TimeNs>(static_cast<market::Int128>(stamp.mantissa % scale) * unit / scale);
  } else {
    auto parsed = market::parse_time(text);
    if (!parsed)
      return Reject::bad_time;
    time = *parsed;
  }
  if (time < first_time_ns || time >= last_time_ns)
    return Reject::time_range;
  out = time;
  return Reject::none;
}

bool read_flag(std::string_view text, bool& out) noexcept {
  if (text == "true" || text == "True" || text == "TRUE" || text == "1")
    out = true;
  else if (text == "false" || text == "False" || text == "FALSE" || text == "0")
    out = false;
  else
    return false;
  return true;
}

bool read_side(std::string_view text, market::Side& out) noexcept {
  if (text == "buy" || text == "Buy" || text == "BUY")
    out = market::Side::buy;
  else if (text == "sell" || text == "Sell" || text == "SELL")
    out = market::Side::sell;
  else if (text.empty() || text == "unknown")
    out = market::Side::none;
  else
    return false;
  return true;
}

} // namespace finch::feed
