#include "actors/features/catalogue.hpp"

#include "actors/features/kernel.hpp"
#include "actors/features/user_kernel.hpp"

#include <algorithm>
#include <deque>
#include <map>

namespace finch::features {
namespace {

struct GroupSource {
  std::string_view name;
  std::string_view source; ///< of definitions that name no other
  Entries (*make)();
};

constexpr GroupSource groups[]{
    {"returns", "quant reference 1.4", return_features},
    {"averages", "quant reference 1.5", average_features},
    {"volatility", "quant reference 1.6", volatility_features},
    {"momentum", "quant reference 1.7", momentum_features},
    {"trend", "quant reference 1.8", trend_features},
    {"volume", "quant reference 1.9", volume_features},
    {"candles", "quant reference 1.10", candle_features},
    {"statistics", "quant reference 1.10", statistic_features},
    {"microstructure", "quant reference 1.11", microstructure_features},
    {"cross_asset", "quant reference 1.12", cross_asset_features},
    {"regime", "quant reference 1.13", regime_features},
    {"time", "quant reference 1.14", time_features},
    {"interactions", "quant reference 1.15", interaction_features},
};

/// What a reader should see as the inputs of a feature: bar fields and features, inner nodes opened up.
using Index = std::map<std::string_view, const Entry*>;

std::string_view shown_field(std::string_view inner) {
  constexpr std::pair<std::string_view, std::string_view> names[]{
      {".prev_open", "open"},
      {".prev_high", "high"},
      {".prev_low", "low"},
      {".prev_close", "close"},
      {".dollars", "dollar_volume"},
      {".trades", "trade_count"},
      {".signed", "signed_volume"},
      {".tick_signed", "trades"},
      {".sqrt_flow", "trades"},
      {".turnover", "turnover"},
      {".minute", ""}}; // the time of a bar is no input of it
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
    else if (auto shown = shown_field(name); !shown.empty() && shown != entry.definition.name &&
                                             std::find(out.begin(), out.end(), shown) == out.end())
      out.push_back(shown);
  }
}

Entries build_entries() {
  Entries out;
  for (const auto& group : groups)
    for (auto& entry : group.make()) {
      entry.definition.group = group.name;
      if (entry.definition.source.empty())
        entry.definition.source = group.source;
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

Dimension bar_field_dimension(std::string_view name) {
  return name == "volume" ? Dimension::volume : Dimension::price;
}

struct Catalogue::Content {
  std::vector<Definition> definitions;
  std::deque<std::string> texts; ///< what the definitions of users' features point to
  std::vector<UserKernel> kernels;
};

Catalogue::Catalogue() {
  static const auto built_in = [] {
    auto content = std::make_shared<Content>();
    content->definitions.assign(catalogue().begin(), catalogue().end());
    return content;
  }();
  content_ = built_in;
}

Result<Catalogue> Catalogue::with(std::span<const UserFeature> features) {
  Catalogue out;
  if (features.empty())
    return out;
  auto compiled = compile_user_features(features);
  if (!compiled)
    return tl::unexpected(compiled.error());
  auto content = std::make_shared<Content>(*out.content_);
  content->kernels = std::move(*compiled);
  auto keep = [&](std::string text) -> std::string_view {
    return content->texts.emplace_back(std::move(text));
  };
  for (const auto& kernel : content->kernels) {
    Definition definition{.name = keep(kernel.name),
                          .formula = keep(kernel.formula),
                          .unit = kernel.unit,
                          .dimension = kernel.dimension,
                          .warmup = kernel.warmup,
                          .neutral = kernel.neutral,
                          .source = "the configuration",
                          .group = "user"};
    for (const auto& input : kernel.inputs)
      definition.inputs.push_back(keep(input.name));
    content->definitions.push_back(std::move(definition));
  }
  return Catalogue{std::move(content)};
}

std::span<const Definition> Catalogue::definitions() const noexcept { return content_->definitions; }

std::span<const UserKernel> Catalogue::user_kernels() const noexcept { return content_->kernels; }

const Definition* Catalogue::find(std::string_view name) const noexcept {
  for (const auto& definition : content_->definitions)
    if (definition.name == name)
      return &definition;
  return nullptr;
}

std::string_view Catalogue::nearest_name(std::string_view name) const {
  std::string_view best = "close";
  auto least = std::numeric_limits<std::size_t>::max();
  auto consider = [&](std::string_view candidate) {
    if (auto distance = edit_distance(name, candidate); distance < least) {
      least = distance;
      best = candidate;
    }
  };
  for (const auto& definition : content_->definitions)
    consider(definition.name);
  for (int i = 0; i < public_bar_fields; ++i)
    consider(bar_fields[i]);
  return best;
}

} // namespace finch::features
