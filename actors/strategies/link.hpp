/// Links specs to the strategies whose votes they take.
///
/// References form a graph without cycles: what a strategy votes is decided before anyone reads it. The names
/// are looked up once, when specs are loaded; from then on a spec carries those it refers to, and its hash
/// pins theirs.
#pragma once

#include "actors/strategies/spec.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace finch::strategies {

/// A spec and where it was read, for errors.
struct Found {
  Spec spec;
  std::string where;
};

/// The spec of a name, not linked; nothing where there is none.
using Finder = std::function<Result<std::optional<Found>>(const std::string& name)>;

/// Links any number of specs of one library; each strategy is looked up once and shared.
class Linker {
public:
  explicit Linker(Finder find) : find_{std::move(find)} {}

  /// The spec with every reference it did not bring along found. Fails for a name nobody has, a cycle (which
  /// is named: `a -> b -> a`), more than `max_reference_levels` levels or `max_references` strategies; the
  /// message names file, rule and column.
  [[nodiscard]] Result<Spec> link(Spec spec, std::string_view where);

private:
  [[nodiscard]] Result<std::shared_ptr<const Spec>> find(const Spec& by, const std::string& name,
                                                         std::string_view where);

  Finder find_;
  std::map<std::string, std::shared_ptr<const Spec>> linked_;
  std::vector<std::string> path_; ///< names from the spec asked for to the one at hand
};

/// A spec some of whose voters abstain.
struct Silenced {
  Spec spec;
  std::vector<std::string> voters; ///< whose votes are missing, by name; empty where it is the spec as it was
};
/// The spec as it acts while `archived` tells of strategies it refers to, at any depth, that they abstain.
[[nodiscard]] Silenced silence(const Spec& spec, const std::function<bool(const Spec&)>& archived);

/// All strategies a spec carries along, those of its references included.
[[nodiscard]] std::size_t count_references(const Spec& spec);

} // namespace finch::strategies
