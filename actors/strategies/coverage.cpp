#include "actors/strategies/coverage.hpp"

#include "actors/strategies/environment.hpp"
#include "actors/strategies/rules.hpp"

#include <set>

namespace finch::strategies {

namespace {

using expression::Expression;
using expression::Kind;
using expression::Node;

Expression as_expression(Node root) { return {expression::format(root), std::move(root)}; }

Node negated(Node condition) {
  Node node{.kind = Kind::logical_not};
  node.children.push_back(std::move(condition));
  return node;
}

/// The conditions joined by `and` at the top.
void split(const Node& node, std::vector<Node>& terms) {
  if (node.kind != Kind::logical_and) {
    terms.push_back(node);
    return;
  }
  for (const auto& child : node.children)
    split(child, terms);
}

/// A spec that is long where the condition holds, short where it does not, and without a side where something
/// it reads is missing.
Spec probe(const Spec& spec, Node condition) {
  auto copy = spec;
  copy.enter_short = as_expression(negated(condition));
  copy.enter_long = as_expression(std::move(condition));
  copy.confidence.reset();
  copy.exits = {};
  copy.exits.stop_loss = {Distance::Unit::price, as_expression(expression::make_reference("close"))};
  return copy;
}

/// The spec with an entry that always holds, but still reads all that the entry rules read.
Spec always(const Spec& spec) {
  Node any{.kind = Kind::boolean, .number = 1};
  for (const auto* rule : {&spec.enter_long, &spec.enter_short})
    if (*rule)
      any = expression::make_binary(Kind::logical_or, (*rule)->root, std::move(any));
  auto copy = spec;
  copy.enter_long = as_expression(std::move(any));
  copy.enter_short.reset();
  return copy;
}

/// Every reference and votes of the spec's row-by-row rules, each once.
std::vector<Node> inputs_of(const Spec& spec) {
  std::vector<Node> inputs;
  std::set<std::string> seen;
  for (const auto& [place, rule] : rules_of(spec))
    expression::walk(rule->root, [&](const Node& node) {
      auto reads = node.kind == Kind::votes || (node.kind == Kind::reference && !spec.parameter(node.text));
      if (reads && seen.insert(expression::format(node)).second)
        inputs.push_back(node);
    });
  return inputs;
}

} // namespace

Result<CoverageMeter> CoverageMeter::make(const Instance& instance, const FeatureLayout& layout) {
  std::vector<bool> listed;
  for (const auto& symbol : layout.symbols)
    listed.push_back(in_universe(instance.spec, symbol));
  CoverageMeter meter{std::move(listed)};
  auto whole = Evaluator::make(always(instance.spec), instance.timeframe, layout);
  if (!whole)
    return tl::unexpected(whole.error());
  meter.whole_.push_back(std::move(*whole));
  auto& coverage = meter.coverage_;
  if (auto added =
          meter.add_rule(instance, layout, instance.spec.enter_long, coverage.long_terms, meter.long_probes_);
      !added)
    return tl::unexpected(added.error());
  if (auto added = meter.add_rule(instance, layout, instance.spec.enter_short, coverage.short_terms,
                                  meter.short_probes_);
      !added)
    return tl::unexpected(added.error());
  for (const auto& input : inputs_of(instance.spec)) {
    auto is_there = probe(instance.spec, expression::make_binary(Kind::equal, input, input));
    auto evaluator = Evaluator::make(is_there, instance.timeframe, layout);
    if (!evaluator)
      return tl::unexpected(evaluator.error());
    meter.input_probes_.push_back(std::move(*evaluator));
    coverage.inputs.push_back({expression::format(input)});
  }
  return meter;
}

Status CoverageMeter::add_rule(const Instance& instance, const FeatureLayout& layout,
                               const std::optional<Expression>& rule, std::vector<TermCoverage>& terms,
                               std::vector<Evaluator>& probes) {
  if (!rule)
    return {};
  std::vector<Node> nodes;
  split(rule->root, nodes);
  for (auto& node : nodes) {
    terms.push_back({expression::format(node)});
    auto evaluator = Evaluator::make(probe(instance.spec, std::move(node)), instance.timeframe, layout);
    if (!evaluator)
      return tl::unexpected(evaluator.error());
    probes.push_back(std::move(*evaluator));
  }
  return {};
}

template <class Each>
void CoverageMeter::for_listed(std::size_t rows, std::size_t counted, Each each) const {
  auto lanes = listed_.size();
  for (std::size_t i = counted * lanes; i < rows * lanes; ++i)
    if (listed_[i % lanes])
      each(i);
}

void CoverageMeter::count_terms(const Evaluator::Columns& own, std::span<const Evaluator::Columns> others,
                                std::span<const fb::Vote* const> taken, std::size_t counted,
                                std::vector<Evaluator>& probes, std::vector<TermCoverage>& terms) {
  constexpr std::uint32_t several = 0xFFFF'FFFF;
  auto rows = own.rounds.size();
  failing_.assign(rows * listed_.size(), 0);
  for (std::size_t t = 0; t < probes.size(); ++t) {
    probes[t].vote_columns(own, others, answers_, taken);
    for_listed(rows, counted, [&](std::size_t i) {
      auto side = answers_[i].side();
      terms[t].holds += side > 0 ? 1 : 0;
      terms[t].unknown += side == 0 ? 1 : 0;
      if (side <= 0)
        failing_[i] = failing_[i] == 0 ? static_cast<std::uint32_t>(t + 1) : several;
    });
  }
  for_listed(rows, counted, [&](std::size_t i) {
    if (failing_[i] != 0 && failing_[i] != several)
      ++terms[failing_[i] - 1].alone;
  });
}

void CoverageMeter::take(const Evaluator::Columns& own, std::span<const Evaluator::Columns> others,
                         std::span<const fb::Vote> votes, std::span<const fb::Vote* const> taken,
                         std::size_t counted) {
  auto rows = own.rounds.size();
  answers_.resize(rows * listed_.size());
  count_terms(own, others, taken, counted, long_probes_, coverage_.long_terms);
  count_terms(own, others, taken, counted, short_probes_, coverage_.short_terms);
  for (std::size_t k = 0; k < input_probes_.size(); ++k) {
    input_probes_[k].vote_columns(own, others, answers_, taken);
    for_listed(rows, counted,
               [&](std::size_t i) { coverage_.inputs[k].missing += answers_[i].side() == 0 ? 1 : 0; });
  }
  whole_.front().vote_columns(own, others, answers_, taken);
  for_listed(rows, counted, [&](std::size_t i) {
    ++coverage_.rows;
    coverage_.abstained += answers_[i].side() == 0 ? 1 : 0;
    coverage_.longs += votes[i].side() > 0 ? 1 : 0;
    coverage_.shorts += votes[i].side() < 0 ? 1 : 0;
  });
}

} // namespace finch::strategies
