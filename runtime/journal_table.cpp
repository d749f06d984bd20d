#include "runtime/journal_table.hpp"

#include "actors/market/decimal.hpp"
#include "actors/market/time.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <set>

namespace finch::runtime {
namespace {

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos)
    return text;
  std::string out = "\"";
  for (auto symbol : text)
    out += symbol == '"' ? std::string{"\"\""} : std::string{symbol};
  return out + '"';
}

std::string numbers_text(const std::string& base64) {
  auto numbers = journal::from_base64(base64);
  return numbers ? fmt::format("[{}]", fmt::join(*numbers, ",")) : std::string{};
}

} // namespace

TableText::Column TableText::column_of(const std::string& name, const journal::Cell& cell) {
  static const std::set<std::string> prices{"price", "entry_price", "exit_price", "stop_price", "mfe", "mae"};
  auto ends = [&](std::string_view end) { return name.ends_with(end); };
  auto stem = [&](std::size_t cut) { return name.substr(0, name.size() - cut); };
  auto whole = std::holds_alternative<std::int64_t>(cell);
  if (prices.contains(name))
    return {name, Kind::price, false};
  if (name == "features_entry" || name == "spec")
    return {name, Kind::object, false};
  if (name == "hourly_returns")
    return {name, Kind::numbers, false};
  if (!whole)
    return {name, Kind::plain, std::holds_alternative<std::string>(cell)};
  if (ends("_units"))
    return {stem(6) + "_quote", Kind::units, false};
  if (ends("_ns"))
    return {stem(3), Kind::time, true};
  if (name == "round" || ends("_round"))
    return {stem(5) + "time", Kind::round, true};
  if (name == "day")
    return {name, Kind::day, true};
  if (name == "quantity")
    return {name, Kind::quantity, false};
  if (name == "instrument")
    return {name, Kind::instrument, true};
  return {name, Kind::plain, false};
}

TableText::TableText(const journal::TableShape& shape, TableFormat format, const Instruments& instruments)
    : format_{format}, instruments_{instruments}, instrument_{shape.columns.size()} {
  for (const auto& [name, cell] : shape.columns) {
    columns_.push_back(column_of(name, cell));
    if (columns_.back().kind == Kind::instrument)
      instrument_ = columns_.size() - 1;
  }
  if (format_ == TableFormat::json) {
    out_ += '[';
    return;
  }
  for (const auto& column : columns_)
    out_ += (&column == &columns_.front() ? "" : ",") + column.name;
  out_ += '\n';
}

std::string TableText::show(const Column& column, const journal::Cell& cell,
                            const journal::InstrumentFacts* facts) const {
  if (const auto* text = std::get_if<std::string>(&cell))
    return column.kind == Kind::numbers ? numbers_text(*text) : *text;
  if (const auto* number = std::get_if<double>(&cell)) {
    if (!std::isfinite(*number))
      return {};
    // Excursions are whole price units, however they are stored.
    return column.kind == Kind::price && facts != nullptr
               ? market::format_decimal(std::llround(*number), static_cast<int>(facts->price_decimals))
               : fmt::format("{}", *number);
  }
  auto value = std::get<std::int64_t>(cell);
  switch (column.kind) {
  case Kind::units:
    return market::format_decimal(value, 8);
  case Kind::time:
    return market::format_time(value);
  case Kind::round:
    return market::format_time(market::round_close(value));
  case Kind::day:
    return market::format_day(static_cast<std::int32_t>(value));
  case Kind::price:
    // No price is 0: that is how a missing stop is stored.
    return value == 0 || facts == nullptr
               ? std::string{}
               : market::format_decimal(value, static_cast<int>(facts->price_decimals));
  case Kind::quantity:
    return facts == nullptr ? std::string{}
                            : market::format_decimal(value, static_cast<int>(facts->quantity_decimals));
  case Kind::instrument:
    return facts == nullptr ? std::to_string(value) : facts->name;
  default:
    return std::to_string(value);
  }
}

void TableText::add(const std::vector<journal::Cell>& row) {
  const journal::InstrumentFacts* facts = nullptr;
  if (instrument_ < row.size())
    if (const auto* id = std::get_if<std::int64_t>(&row[instrument_]))
      if (auto found = instruments_.find(*id); found != instruments_.end())
        facts = &found->second;
  auto json = format_ == TableFormat::json;
  if (json)
    out_ += empty_ ? "\n{" : ",\n{";
  empty_ = false;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& column = columns_[i];
    auto text = show(column, row[i], facts);
    out_ += i > 0 ? "," : "";
    if (!json)
      out_ += csv_cell(text);
    else
      out_ += fmt::format("\"{}\":{}", column.name,
                          column.text    ? nlohmann::json(text).dump()
                          : text.empty() ? "null"
                                         : text);
  }
  out_ += json ? "}" : "\n";
}

std::string TableText::finish() {
  if (format_ == TableFormat::json)
    out_ += empty_ ? "]\n" : "\n]\n";
  return std::move(out_);
}

} // namespace finch::runtime
