#include "actors/features/plan.hpp"

#include "actors/features/plan_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>

namespace finch::features {
namespace {

/// FNV-1a over texts and numbers. The kernels' arithmetic has no text: raise the seed when it changes without
/// its definition, so that no state of the old one is taken up.
class Fingerprint {
public:
  void add(std::string_view text) {
    for (auto symbol : text)
      mix(static_cast<unsigned char>(symbol));
    mix(0);
  }
  void add(std::uint64_t number) {
    for (int i = 0; i < 8; ++i, number >>= 8)
      mix(number & 0xff);
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return hash_; }

private:
  static constexpr std::uint64_t arithmetic = 2;
  void mix(std::uint64_t byte) { hash_ = (hash_ ^ byte) * 1099511628211ULL; }
  std::uint64_t hash_ = 14695981039346656037ULL + arithmetic;
};

/// Compiles one plan. Nodes are placed after what they read, each once.
class Compiler {
public:
  explicit Compiler(const Catalogue& catalogue) {
    layout_.catalogue = catalogue;
    for (const auto& entry : all_entries())
      entries_.emplace(entry.definition.name, &entry);
    for (const auto& kernel : catalogue.user_kernels())
      user_entries_.push_back(entry_of(kernel, *catalogue.find(kernel.name)));
    for (const auto& entry : user_entries_)
      entries_.emplace(entry.definition.name, &entry);
  }

  Status want(std::string_view name) {
    if (columns_.contains(name))
      return {};
    const Entry* entry = nullptr;
    if (!is_bar_field(name)) {
      auto found = entries_.find(name);
      if (found == entries_.end() || name.starts_with('.'))
        return fail(Category::usage, fmt::format("there is no feature '{}'", name.substr(0, 60)),
                    fmt::format("did you mean '{}'? 'finch features list' shows them all",
                                layout_.catalogue.nearest_name(name)));
      entry = found->second;
      if (!entry->definition.available())
        return fail(
            Category::usage,
            fmt::format("feature '{}' is not available: it {}", name, entry->definition.unavailable_reason),
            "leave it out");
    }
    columns_.emplace(entry ? entry->definition.name : name, static_cast<std::uint16_t>(order_.size()));
    order_.push_back(entry);
    layout_.names.emplace_back(name);
    layout_.warmups.push_back(entry ? entry->definition.warmup : 0);
    layout_.cross_asset.push_back(entry && !entry->kernel.run);
    return {};
  }

  /// What the join computes reads other columns of the row, so those must be in it.
  void want_cross_inputs() {
    for (std::size_t i = 0; i < order_.size(); ++i)
      if (layout_.cross_asset[i])
        for (auto wire : order_[i]->wires)
          static_cast<void>(want(wire)); // known by construction
  }

  PlanLayout finish() {
    layout_.value_count = order_.size();
    for (std::size_t i = 0; i < std::size(bar_fields); ++i) {
      auto column = columns_.find(bar_fields[i]);
      layout_.field_slots[i] = column != columns_.end() ? column->second : take_slot();
      placed_[bar_fields[i]] = layout_.field_slots[i];
    }
    for (std::size_t i = 0; i < order_.size(); ++i)
      if (order_[i] && !layout_.cross_asset[i])
        place(*order_[i]);
    order_chain();
    for (std::size_t i = 0; i < order_.size(); ++i)
      if (layout_.cross_asset[i])
        layout_.cross_columns.push_back(i);
    layout_.longest_warmup = *std::max_element(layout_.warmups.begin(), layout_.warmups.end());
    layout_.any_cross_asset = std::any_of(order_.begin(), order_.end(), [](const Entry* entry) {
      return entry && entry->definition.group == "cross_asset";
    });
    add_user_steps();
    layout_.fingerprint = fingerprint();
    return std::move(layout_);
  }

private:
  /// A user's feature as an entry without a kernel of its own, which leaves it to the join.
  static Entry entry_of(const UserKernel& kernel, const Definition& definition) {
    // The join tells a gap by a bar without a return.
    Entry entry{definition, {"ret_1"}, {}};
    for (const auto& input : kernel.inputs)
      entry.wires.push_back(input.name);
    return entry;
  }

  void add_user_steps() {
    for (const auto& kernel : layout_.catalogue.user_kernels()) {
      auto column = columns_.find(kernel.name);
      if (column == columns_.end())
        continue;
      UserStep step{&kernel, column->second, {}};
      for (const auto& input : kernel.inputs)
        step.inputs.push_back(columns_.find(input.name)->second);
      layout_.user_steps.push_back(std::move(step));
    }
  }

  /// Level by level: what a kernel reads was made long before, so that a live update never waits for it. Runs
  /// keep the order of placing, in which it is still in the nearest cache.
  void order_chain() {
    std::vector<Link> sorted;
    auto deepest = chain_levels_.empty() ? 0 : *std::max_element(chain_levels_.begin(), chain_levels_.end());
    for (auto level = 0; level <= deepest; ++level)
      for (std::size_t i = 0; i < chain_levels_.size(); ++i)
        if (chain_levels_[i] == level)
          sorted.push_back(layout_.chain[i]);
    sorted.push_back({end_chain, 0, 0});
    layout_.chain = std::move(sorted);
  }

  std::uint16_t take_slot() { return static_cast<std::uint16_t>(layout_.value_count++); }

  /// Slot of the first output of `entry`, compiling it and its inputs where that has not happened.
  std::uint16_t place(const Entry& entry) {
    auto name = entry.definition.name;
    if (auto found = placed_.find(name); found != placed_.end())
      return found->second;
    std::vector<std::uint16_t> slots;
    for (auto wire : entry.wires) {
      auto mark = wire.find('#');
      auto output = mark == std::string_view::npos ? 0 : wire[mark + 1] - '0';
      auto source = wire.substr(0, mark);
      auto field = placed_.find(source);
      auto base = field != placed_.end() ? field->second : place(*entries_.at(source));
      slots.push_back(static_cast<std::uint16_t>(base + output));
    }
    auto column = columns_.find(name);
    auto first = column != columns_.end() ? column->second : take_slot();
    slots.push_back(first);
    for (int i = 1; i < entry.kernel.outputs; ++i)
      slots.push_back(take_slot());
    layout_.arena_size = (layout_.arena_size + 31) / 32 * 32;
    auto state = static_cast<std::uint32_t>(layout_.arena_size);
    layout_.arena_size += entry.kernel.size;
    layout_.inits.emplace_back(state, entry.kernel.init);
    layout_.steps.push_back({entry.kernel.run, entry.kernel.run_together, state,
                             static_cast<std::uint32_t>(layout_.slots.size()), entry.kernel.size,
                             entry.kernel.woven, name, fingerprint_of(entry)});
    auto level = 0;
    for (auto wire : entry.wires)
      if (auto below = levels_.find(wire.substr(0, wire.find('#'))); below != levels_.end())
        level = std::max(level, below->second + 1);
    levels_.emplace(name, level);
    layout_.chain.push_back({entry.kernel.step, state, static_cast<std::uint32_t>(layout_.slots.size())});
    chain_levels_.push_back(level);
    layout_.slots.insert(layout_.slots.end(), slots.begin(), slots.end());
    placed_[name] = first;
    return first;
  }

  /// Of what a kernel computes, as far as its definition and those of its inputs tell.
  [[nodiscard]] std::uint64_t fingerprint_of(const Entry& entry) const {
    Fingerprint out;
    out.add(entry.definition.name);
    out.add(entry.definition.formula);
    out.add(entry.kernel.size);
    for (auto wire : entry.wires) {
      out.add(wire);
      for (const auto& step : layout_.steps)
        if (step.name == wire.substr(0, wire.find('#')))
          out.add(step.fingerprint);
    }
    return out.value();
  }

  /// Of the columns and of every kernel.
  [[nodiscard]] std::uint64_t fingerprint() const {
    Fingerprint out;
    for (const auto& name : layout_.names)
      out.add(name);
    for (const auto& step : layout_.steps)
      out.add(step.fingerprint);
    for (const auto& step : layout_.user_steps)
      out.add(step.kernel->fingerprint);
    return out.value();
  }

  std::deque<Entry> user_entries_;
  std::map<std::string_view, const Entry*> entries_;
  std::map<std::string_view, std::uint16_t> columns_, placed_;
  std::map<std::string_view, int> levels_; ///< of kernels: the longest way from the bar
  std::vector<int> chain_levels_;          ///< of the chain's links
  std::vector<const Entry*> order_;
  PlanLayout layout_;
};

} // namespace

Result<Plan> Plan::make(std::span<const std::string> wanted, const Catalogue& catalogue) {
  Compiler compiler{catalogue};
  // The strings of bar fields and entries outlive the compiler; the caller's need not.
  if (std::find(wanted.begin(), wanted.end(), "close") == wanted.end())
    static_cast<void>(compiler.want("close"));
  for (const auto& name : wanted)
    if (auto status = compiler.want(name); !status)
      return tl::unexpected(status.error());
  compiler.want_cross_inputs();
  return Plan{std::make_shared<const PlanLayout>(compiler.finish())};
}

Plan Plan::everything(const Catalogue& catalogue) {
  std::vector<std::string> names;
  for (const auto& definition : catalogue.definitions())
    if (definition.available())
      names.emplace_back(definition.name);
  return *make(names, catalogue);
}

std::span<const std::string> Plan::names() const noexcept { return layout_->names; }

std::optional<std::size_t> Plan::index(std::string_view name) const noexcept {
  auto found = std::find(layout_->names.begin(), layout_->names.end(), name);
  if (found == layout_->names.end())
    return std::nullopt;
  return static_cast<std::size_t>(found - layout_->names.begin());
}

std::span<const int> Plan::warmups() const noexcept { return layout_->warmups; }
std::uint64_t Plan::fingerprint() const noexcept { return layout_->fingerprint; }
bool Plan::has_cross_asset() const noexcept { return layout_->any_cross_asset; }
bool Plan::has_user_features() const noexcept { return !layout_->user_steps.empty(); }
// Each of these is the input of exactly one feature.
bool Plan::needs_sqrt_flow() const noexcept { return index("hasbrouck_lambda_60").has_value(); }
bool Plan::needs_interarrival() const noexcept { return index("interarrival_cv").has_value(); }
bool Plan::needs_large_trades() const noexcept { return index("large_trade_share").has_value(); }
bool Plan::needs_vpin() const noexcept { return index("vpin_50").has_value(); }

} // namespace finch::features
