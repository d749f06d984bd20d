#include "actors/features/markdown.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace finch::features {
namespace {

/// Text for a cell of a table, where a bar would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (auto symbol : text)
    out += symbol == '|' ? std::string{"\\|"} : std::string{symbol};
  return out;
}

std::string code(std::string_view text) { return text.empty() ? "" : fmt::format("`{}`", text); }

std::string row(std::size_t number, const Definition& feature) {
  std::vector<std::string> inputs;
  for (auto input : feature.inputs)
    inputs.push_back(code(input));
  auto formula = cell(feature.formula);
  if (!feature.available())
    formula += fmt::format(". Not available: {}", feature.unavailable_reason);
  return fmt::format("| {} | `{}` | {} | {} | {} | {} | {} | {} | {} | {} |\n", number, feature.name, formula,
                     feature.unit, market::format_dimension(feature.dimension), feature.warmup,
                     std::isnan(feature.neutral) ? "" : fmt::format("{}", feature.neutral),
                     fmt::join(inputs, " "), code(feature.talib), cell(feature.source));
}

} // namespace

std::string markdown(const Catalogue& catalogue) {
  std::size_t available = 0, number = 0;
  for (const auto& feature : catalogue.definitions())
    available += feature.available();
  auto out = fmt::format(
      "# Features\n\n"
      "Written by `finch features list --markdown`; do not edit. {} features, {} of them available.\n\n"
      "O, H, L, C, V are the bar's fields, X[-k] is k bars earlier; mean_n, sum_n, max_n run over the last n "
      "bars,\nthe newest included. *Warm-up* is the index of the first valid row, counted from the first bar "
      "or the first after\na gap; before it the value is NaN. *Neutral* is the value where the formula is "
      "undefined on known inputs;\nblank where that cannot be.\n",
      catalogue.definitions().size(), available);
  std::string_view group;
  for (const auto& feature : catalogue.definitions()) {
    if (feature.group != group) {
      group = feature.group;
      out += fmt::format("\n## {}\n\n| # | name | formula | unit | dimension | warm-up | neutral | inputs | "
                         "TA-Lib | source |\n|---|---|---|---|---|---|---|---|---|---|\n",
                         group);
    }
    out += row(++number, feature);
  }
  return out;
}

} // namespace finch::features
