#include "actors/strategies/link.hpp"

#include "actors/expression/diagnostic.hpp"
#include "actors/strategies/rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace finch::strategies {

namespace {

/// Where a rule names the strategy, in quotes of either kind.
std::optional<std::size_t> place_of(const expression::Expression& rule, const std::string& name) {
  std::optional<std::size_t> place;
  expression::walk(rule.root, [&](const expression::Node& node) {
    if (place || std::find(node.names.begin(), node.names.end(), name) == node.names.end())
      return;
    auto quoted = std::min(rule.source.find("\"" + name + "\"", node.offset),
                           rule.source.find("'" + name + "'", node.offset));
    place = quoted == std::string::npos ? node.offset : quoted;
  });
  return place;
}

/// An error at the first place a rule of the spec names the strategy.
Error at_name(const Spec& spec, const std::string& name, std::string_view where, const std::string& what,
              std::string remedy) {
  for (const auto& [pointer, rule] : rules_of(spec))
    if (auto place = place_of(*rule, name)) {
      auto error = expression::diagnose(rule->source, *place, what, std::move(remedy));
      error.message = fmt::format("{}: {}: {}", where, pointer, error.message);
      return error;
    }
  return {Category::bad_input, fmt::format("{}: {}", where, what), std::move(remedy)};
}

} // namespace

std::size_t count_references(const Spec& spec) {
  std::size_t count = 0;
  for (const auto& reference : spec.references)
    count += reference.spec ? 1 + count_references(*reference.spec) : 1;
  return count;
}

Silenced silence(const Spec& spec, const std::function<bool(const Spec&)>& archived) {
  Silenced result{spec, {}};
  std::set<std::string> voters;
  for (auto& reference : result.spec.references) {
    if (reference.spec && archived(*reference.spec)) {
      reference.spec = nullptr;
      reference.archived = true;
      voters.insert(reference.name);
    } else if (reference.spec) {
      auto behind = silence(*reference.spec, archived);
      if (behind.voters.empty())
        continue;
      reference.spec = std::make_shared<const Spec>(std::move(behind.spec));
      voters.insert(behind.voters.begin(), behind.voters.end());
    }
  }
  result.voters.assign(voters.begin(), voters.end());
  return result;
}

Result<Spec> Linker::link(Spec spec, std::string_view where) {
  path_.push_back(spec.name);
  for (auto& reference : spec.references) {
    if (reference.spec || reference.archived)
      continue;
    auto found = find(spec, reference.name, where);
    if (!found) {
      path_.clear();
      return tl::unexpected(found.error());
    }
    reference.spec = std::move(*found);
  }
  path_.pop_back();
  if (auto count = count_references(spec); count > max_references)
    return fail(Category::bad_input,
                fmt::format("{}: expected at most {} strategies behind the votes, found {}", where,
                            max_references, count),
                "name fewer strategies, or such as take no votes themselves");
  return spec;
}

Result<std::shared_ptr<const Spec>> Linker::find(const Spec& by, const std::string& name,
                                                 std::string_view where) {
  if (std::find(path_.begin(), path_.end(), name) != path_.end())
    return tl::unexpected(
        at_name(by, name, where,
                fmt::format("expected strategies that do not depend on '{}', found a cycle: {} -> {}",
                            path_.front(), fmt::join(path_, " -> "), name),
                "take one of these references out"));
  if (path_.size() > max_reference_levels)
    return tl::unexpected(at_name(by, name, where,
                                  fmt::format("expected at most {} levels of references, found {} -> {}",
                                              max_reference_levels, fmt::join(path_, " -> "), name),
                                  "refer to the strategies behind it directly"));
  if (auto known = linked_.find(name); known != linked_.end())
    return known->second;
  auto found = find_(name);
  if (!found)
    return tl::unexpected(found.error());
  if (!*found)
    return tl::unexpected(at_name(by, name, where,
                                  fmt::format("expected a strategy's name, found '{}'", name),
                                  "`finch strategies list` names them"));
  auto spec = link(std::move((*found)->spec), (*found)->where);
  if (!spec)
    return tl::unexpected(spec.error());
  auto shared = std::make_shared<const Spec>(std::move(*spec));
  linked_.emplace(name, shared);
  return shared;
}

} // namespace finch::strategies
