/// Reads the test vectors. JSON null is NaN, "inf" is infinity.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace finch::test {

inline std::string vector_path(const std::string& name) {
  const auto* source = std::getenv("FINCH_SOURCE");
  return std::string{source ? source : "."} + "/tests/vectors/" + name;
}

inline nlohmann::json read_json(const std::string& name) {
  std::ifstream in{vector_path(name)};
  if (!in)
    throw std::runtime_error("cannot read " + vector_path(name));
  return nlohmann::json::parse(in);
}

/// Rows of a CSV file as text, the header first.
inline std::vector<std::vector<std::string>> read_csv(const std::string& name) {
  std::ifstream in{vector_path(name)};
  if (!in)
    throw std::runtime_error("cannot read " + vector_path(name));
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(in, line);) {
    std::istringstream cells{line};
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');)
      rows.back().push_back(cell);
  }
  return rows;
}

/// Whether `value` is `expected` within `tolerance` absolutely or relatively.
inline bool close(double value, double expected, double tolerance = 1e-9) {
  auto scale = std::max(1.0, std::abs(expected));
  return std::abs(value - expected) <= tolerance * scale;
}

} // namespace finch::test
