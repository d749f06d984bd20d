#include "actors/features/catalogue.hpp"

#include "actors/features/kernel.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace finch::features {
namespace {

struct GroupSource {
  std::string_view name;
  Entries (*make)();
};

constexpr GroupSource groups[]{
    {"returns", return_features},
    {"averages", average_features},
    {"volatility", volatility_features},
    {"momentum", momentum_features},
    {"trend", trend_features},
    {"volume", volume_features},
    {"candles", candle_features},
    {"statistics", statistic_features},
    {"microstructure", microstructure_features},
    {"cross_asset", cross_asset_features},
    {"regime", regime_features},
    {"time", time_features},
    {"interactions", interaction_features},
};

/// What a reader should see as the inputs of a feature: bar fields and features, inner nodes opened up.
using Index = std::map<std::string_view, const Entry*>;

std::string_view shown_field(std::string_view inner) {
  constexpr std::pair<std::string_view, std::string_view> names[]{
      {".prev_open", "open"},       {".prev_high", "high"},        {".prev_low", "low"},
      {".prev_close", "close"},     {".dollars", "dollar_volume"}, {".trades", "trade_count"},
      {".signed", "signed_volume"}, {".tick_signed", "trades"},    {".sqrt_flow", "trades"},
      {".turnover", "turnover"}};
  for (auto [from, to] : names)
    if (from == inner)
      return to;
  return inner;
}

void open_inputs(const Entry& entry, const Index& index, std::vector<std::string_view>& out) {
  for (auto wire : entry.wires) {
    auto name = wire.substr(0, wire.find('#'));
    auto found = index.find(name);
    if (name.front() == '.' && found != index.end())
      open_inputs(*found->second, index, out);
    else if (auto shown = shown_field(name);
             shown != entry.definition.name && std::find(out.begin(), out.end(), shown) == out.end())
      out.push_back(shown);
  }
}

Entries build_entries() {
  Entries out;
  for (const auto& group : groups)
    for (auto& entry : group.make()) {
      entry.definition.group = group.name;
      out.push_back(std::move(entry));
    }
  Index index;
  for (const auto& entry : out)
    index.emplace(entry.definition.name, &entry);
  for (auto& entry : out)
    if (entry.definition.name.front() != '.')
      open_inputs(entry, index, entry.definition.inputs);
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

} // namespace

const Entries& all_entries() {
  static const Entries entries = build_entries();
  return entries;
}

std::span<const Definition> catalogue() {
  static const auto definitions = [] {
    std::vector<Definition> out;
    for (const auto& entry : all_entries())
      if (entry.definition.name.front() != '.')
        out.push_back(entry.definition);
    return out;
  }();
  return definitions;
}

const Definition* find(std::string_view name) {
  for (const auto& definition : catalogue())
    if (definition.name == name)
      return &definition;
  return nullptr;
}

bool is_bar_field(std::string_view name) {
  return std::find(bar_fields, bar_fields + public_bar_fields, name) != bar_fields + public_bar_fields;
}

std::string_view nearest_name(std::string_view name) {
  std::string_view best = "close";
  auto least = std::numeric_limits<std::size_t>::max();
  auto consider = [&](std::string_view candidate) {
    if (auto distance = edit_distance(name, candidate); distance < least) {
      least = distance;
      best = candidate;
    }
  };
  for (const auto& definition : catalogue())
    consider(definition.name);
  for (int i = 0; i < public_bar_fields; ++i)
    consider(bar_fields[i]);
  return best;
}

} // namespace finch::features
