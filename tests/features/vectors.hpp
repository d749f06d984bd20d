/// Reads the vectors of the quant reference for the feature tests.
#pragma once

#include "actors/features/series.hpp"
#include "schemas/frame.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace finch::test {

inline std::string vector_path(const std::string& name) {
  auto root = std::getenv("FINCH_SOURCE");
  return std::string{root ? root : "."} + "/tests/vectors/" + name;
}

/// Columns of a CSV file with a header, by name.
inline std::map<std::string, std::vector<double>> read_columns(const std::string& name) {
  std::ifstream file{vector_path(name)};
  std::map<std::string, std::vector<double>> out;
  std::vector<std::string> header;
  for (std::string line; std::getline(file, line);) {
    std::stringstream cells{line};
    std::size_t column = 0;
    for (std::string cell; std::getline(cells, cell, ','); ++column) {
      if (header.size() <= column && out.find(cell) == out.end() && !(cell[0] >= '0' && cell[0] <= '9'))
        header.push_back(cell);
      else
        out[header.at(column)].push_back(std::strtod(cell.c_str(), nullptr));
    }
  }
  return out;
}

/// Bars of `ohlcv_a.csv` and its like.
inline std::vector<market::Bar> read_bars(const std::string& name, market::Timeframe timeframe) {
  auto columns = read_columns(name);
  std::vector<market::Bar> out(columns["open"].size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    auto& bar = out[i];
    bar.timeframe = timeframe;
    bar.open_time_ns = static_cast<std::int64_t>(columns["ts_open_ms"][i]) * market::ns_per_ms;
    bar.open = columns["open"][i], bar.high = columns["high"][i];
    bar.low = columns["low"][i], bar.close = columns["close"][i];
    bar.volume = columns["volume"][i];
    bar.quote_volume = bar.close * bar.volume;
    if (!columns["trades"].empty()) {
      bar.trade_count = static_cast<std::int64_t>(columns["trades"][i]);
      bar.has_count = true;
      bar.buy_volume = columns["taker_buy_volume"][i];
      bar.has_sides = true;
    }
  }
  return out;
}

inline market::Instrument some_instrument(std::uint32_t id = 1, std::string base = "BTC") {
  market::Instrument out;
  out.id = id;
  out.name = {"test", "perp", std::move(base), "USDT"};
  return out;
}

/// A series' state as its own frame.
inline Frame<fb::SeriesState> state_of(const features::SeriesCalculator& series) {
  flatbuffers::FlatBufferBuilder builder;
  return Frame<fb::SeriesState>::own(builder, series.save(builder));
}

/// Rows of a plan over bars, one vector per bar.
inline std::vector<std::vector<double>> run(const features::Plan& plan,
                                            const std::vector<market::Bar>& bars) {
  features::SeriesCalculator calculator{plan, bars.front().timeframe, some_instrument()};
  std::vector<std::vector<double>> out;
  for (const auto& bar : bars) {
    calculator.update(bar);
    auto row = calculator.row();
    out.emplace_back(row.begin(), row.end());
  }
  return out;
}

} // namespace finch::test
