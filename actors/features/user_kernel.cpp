#include "actors/features/user_kernel.hpp"

#include "actors/expression/checker.hpp"
#include "actors/expression/diagnostic.hpp"
#include "actors/expression/functions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <optional>

namespace finch::features {
namespace {

using expression::Binding;
using expression::Builtin;
using expression::Kind;
using expression::Node;

/// What is known of a name an expression may read.
struct Known {
  Dimension dimension = Dimension::unitless;
  int warmup = 0;
  std::uint64_t fingerprint = 0; ///< of a user's feature
};

bool is_plain_name(std::string_view name) {
  auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 64 && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(), plain);
}

/// Answers the checker and the compiler. Slots are handed out as names are asked for.
class Names : public expression::Environment {
public:
  explicit Names(const std::map<std::string, Known, std::less<>>& known) : known_{known} {}

  [[nodiscard]] Result<Binding> resolve(const Node& reference) const override {
    const auto& name = reference.text;
    if (reference.minutes != 0 || !reference.symbol.empty())
      return fail(
          Category::bad_input,
          fmt::format("expected a value of the feature's own timeframe and instrument, found '{}'",
                      expression::format(reference)),
          "define the feature without it, and write the timeframe or symbol where a strategy reads it");
    if (auto found = known_.find(name); found != known_.end())
      return expression::Input{slot_of(name), found->second.dimension};
    if (const auto* definition = find(name))
      return fail(Category::bad_input, fmt::format("expected an available feature, found '{}', which {}",
                                                   name, definition->unavailable_reason));
    std::vector<std::string> candidates;
    for (const auto& [candidate, what] : known_)
      candidates.push_back(candidate);
    auto close = expression::closest(name, candidates);
    return fail(Category::bad_input, fmt::format("expected a feature, found '{}'", name),
                close.empty() ? "`finch features list` names the features"
                              : fmt::format("did you mean {}?", close));
  }
  [[nodiscard]] Result<Binding> resolve_votes(const Node&) const override {
    return fail(Category::bad_input, "expected features, found votes",
                "features cannot depend on strategies; strategies can read votes");
  }

  [[nodiscard]] const std::string& name(std::uint32_t slot) const { return names_[slot]; }

private:
  std::uint32_t slot_of(const std::string& name) const {
    auto found = std::find(names_.begin(), names_.end(), name);
    auto slot = static_cast<std::uint32_t>(found - names_.begin());
    if (found == names_.end())
      names_.push_back(name);
    return slot;
  }

  const std::map<std::string, Known, std::less<>>& known_;
  mutable std::vector<std::string> names_; // the interface only asks questions
};

/// Bars before the newest one that a function looks at, of its argument.
std::int64_t reach_of(const expression::Function& function, const Node& call) {
  auto window = [&] { return static_cast<std::int64_t>(call.children[1].number); };
  switch (function.builtin) {
  case Builtin::cross_above:
  case Builtin::cross_below:
    return 1;
  case Builtin::lag:
  case Builtin::delta:
    return window();
  case Builtin::ema:
    return expression::ema_span * window() - 1;
  default:
    return function.min_window > 0 ? window() - 1 : 0;
  }
}

/// The furthest bar back at which each name is read.
void measure_reach(const Node& node, std::int64_t behind, std::map<std::string, std::int64_t>& reach) {
  if (node.kind == Kind::reference) {
    auto& furthest = reach[node.text];
    furthest = std::max(furthest, behind);
    return;
  }
  if (node.kind == Kind::call)
    behind += reach_of(*expression::find_function(node.text), node);
  for (const auto& child : node.children)
    measure_reach(child, behind, reach);
}

struct Measure {
  Dimension dimension;
  std::string_view unit;
};

/// The plain dimension of a result, or nothing where it has none.
std::optional<Measure> measure_of(const expression::Checked& checked) {
  if (checked.type == expression::Type::boolean || checked.flag)
    return Measure{Dimension::flag, "flag"};
  if (checked.units.unitless())
    return Measure{Dimension::unitless, "ratio"};
  for (auto [dimension, unit] : {Measure{Dimension::price, "quote per base"},
                                 Measure{Dimension::volume, "volume"}, Measure{Dimension::time, "time"}})
    if (checked.units == expression::units_of(dimension))
      return Measure{dimension, unit};
  return std::nullopt;
}

class Compiler {
public:
  explicit Compiler(std::span<const UserFeature> features) : features_{features} {
    for (auto field : {"open", "high", "low", "close", "volume"})
      known_.emplace(field, Known{bar_field_dimension(field), 0, 0});
    for (const auto& definition : catalogue())
      if (definition.available())
        known_.emplace(definition.name, Known{definition.dimension, definition.warmup, 0});
  }

  Result<std::vector<UserKernel>> compile() {
    if (features_.size() > max_user_features)
      return fail(Category::bad_input,
                  fmt::format("{}: expected at most {} features, found {}", features_.front().where,
                              max_user_features, features_.size()),
                  "remove those that no strategy reads");
    for (std::size_t i = 0; i < features_.size(); ++i)
      if (auto parsed = parse(i); !parsed)
        return tl::unexpected(parsed.error());
    for (std::size_t i = 0; i < features_.size(); ++i)
      if (auto placed = place(i); !placed)
        return tl::unexpected(placed.error());
    return std::move(out_);
  }

private:
  static Error locate(const UserFeature& feature, Error error) {
    error.message = fmt::format("{}: {}", feature.where, error.message);
    return error;
  }

  Status parse(std::size_t i) {
    const auto& feature = features_[i];
    auto refuse = [&](std::string what, std::string remedy) {
      return tl::unexpected(locate(feature, {Category::bad_input, std::move(what), std::move(remedy)}));
    };
    if (!is_plain_name(feature.name))
      return refuse(fmt::format("'{}' is not a name for a feature", feature.name),
                    "use lower-case letters, digits and _, beginning with a letter, 64 at most");
    if (find(feature.name) || is_bar_field(feature.name) || expression::is_reserved(feature.name))
      return refuse(fmt::format("'{}' has a meaning already", feature.name), "choose another name");
    if (!std::isfinite(feature.neutral))
      return refuse("the neutral value is not a finite number", "give a number, as neutral = 0.5");
    if (!index_.emplace(feature.name, i).second)
      return refuse(fmt::format("'{}' is defined twice", feature.name), "keep one of the two");
    auto tree = expression::parse(feature.formula);
    if (!tree)
      return tl::unexpected(locate(feature, tree.error()));
    trees_.push_back(std::move(*tree));
    return {};
  }

  /// Compiles a feature after those it reads.
  Status place(std::size_t i) {
    const auto& feature = features_[i];
    if (known_.contains(feature.name))
      return {};
    if (auto at = std::find(path_.begin(), path_.end(), feature.name); at != path_.end()) {
      std::string circle;
      for (; at != path_.end(); ++at)
        circle += *at + " -> ";
      return tl::unexpected(
          locate(feature, {Category::bad_input,
                           fmt::format("features read each other in a circle: {}{}", circle, feature.name),
                           "break the circle; a feature's own past cannot be read"}));
    }
    path_.push_back(feature.name);
    Status status;
    expression::walk(trees_[i].root, [&](const Node& node) {
      auto other = node.kind == Kind::reference ? index_.find(node.text) : index_.end();
      if (status && other != index_.end())
        status = place(other->second);
    });
    path_.pop_back();
    return status ? translate(i) : status;
  }

  Status translate(std::size_t i) {
    const auto& feature = features_[i];
    Names names{known_};
    auto checked = expression::check(trees_[i], names);
    if (!checked)
      return tl::unexpected(locate(feature, checked.error()));
    auto measure = measure_of(*checked);
    if (!measure)
      return tl::unexpected(locate(
          feature, expression::diagnose(trees_[i].source, trees_[i].root.offset,
                                        fmt::format("expected a price, a volume, a time or a ratio, found {}",
                                                    expression::format_units(checked->units)),
                                        "divide it by something of a like unit, so that rules can use it")));
    expression::Root root{&trees_[i], 0};
    auto program = expression::compile({&root, 1}, names);
    if (!program)
      return tl::unexpected(locate(feature, program.error()));
    if (program->inputs.empty())
      return tl::unexpected(locate(
          feature, expression::diagnose(trees_[i].source, trees_[i].root.offset,
                                        "expected a feature or bar field somewhere, found only numbers",
                                        "write the number where it is needed")));
    out_.push_back(assemble(i, *measure, std::move(*program), names));
    const auto& made = out_.back();
    known_.emplace(made.name, Known{made.dimension, made.warmup, made.fingerprint});
    return {};
  }

  UserKernel assemble(std::size_t i, const Measure& measure, expression::Program program,
                      const Names& names) const {
    const auto& feature = features_[i];
    UserKernel kernel;
    kernel.name = feature.name;
    kernel.formula = expression::format(trees_[i].root);
    kernel.unit = measure.unit;
    kernel.dimension = measure.dimension;
    kernel.neutral = feature.neutral;
    std::map<std::string, std::int64_t> reach;
    measure_reach(trees_[i].root, 0, reach);
    auto mix = [hash = std::uint64_t{14695981039346656037ULL}](std::uint64_t word) mutable {
      return hash = (hash ^ word) * 1099511628211ULL;
    };
    for (auto symbol : kernel.formula)
      kernel.fingerprint = mix(static_cast<unsigned char>(symbol));
    kernel.fingerprint = mix(std::bit_cast<std::uint64_t>(kernel.neutral));
    for (auto slot : program.inputs) {
      const auto& name = names.name(slot);
      const auto& known = known_.find(name)->second;
      kernel.inputs.push_back({name, reach[name]});
      kernel.warmup = std::max(kernel.warmup, known.warmup + static_cast<int>(reach[name]));
      kernel.fingerprint = mix(known.fingerprint);
    }
    kernel.program = std::move(program);
    return kernel;
  }

  std::span<const UserFeature> features_;
  std::vector<expression::Expression> trees_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::map<std::string, Known, std::less<>> known_;
  std::vector<std::string> path_;
  std::vector<UserKernel> out_;
};

} // namespace

Result<std::vector<UserKernel>> compile_user_features(std::span<const UserFeature> features) {
  return Compiler{features}.compile();
}

} // namespace finch::features
