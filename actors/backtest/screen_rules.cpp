#include "actors/backtest/screen_rules.hpp"

#include "actors/backtest/lane_bits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

namespace finch::backtest {
namespace {

using expression::LazyMachine;
using expression::Value;
using strategies::Source;

/// Rows × instruments at a time: few enough that an `and` often finds nothing left to do, enough to pay for
/// asking.
constexpr std::size_t cells_at_once = 640;

/// The inputs of a group as rows of the history.
class GroupSource : public expression::RowSource {
public:
  GroupSource(const TimeframeRows& own, const std::vector<TimeframeRows>& all, std::size_t lanes)
      : own_{own}, all_{all}, lanes_{lanes} {}

  /// Takes the table once all specs are lowered, and finds what each slot reads.
  void seal(const std::vector<Source>& sources) {
    sources_ = sources;
    for (const auto& source : sources_) {
      auto found = std::find_if(all_.begin(), all_.end(),
                                [&](const auto& rows) { return rows.timeframe() == source.timeframe; });
      from_.push_back(found == all_.end() ? nullptr : &*found);
    }
  }

  [[nodiscard]] const double* rows(std::uint32_t slot, std::int64_t first, std::size_t count,
                                   double* scratch) const override {
    const auto& source = sources_[slot];
    if (source.kind == Source::own)
      return own_.rows(source.feature, first, count, scratch);
    auto* out = scratch;
    const auto* from = source.kind == Source::gathered ? from_[slot] : nullptr;
    auto at = from ? from->closed_by(own_.round(first)) : -1;
    for (std::size_t i = 0; i < count; ++i, out += lanes_) {
      auto round = own_.round(first + static_cast<std::int64_t>(i));
      while (from && at + 1 < from->count() && from->round(at + 1) <= round)
        ++at;
      if (at < 0)
        std::fill_n(out, lanes_, std::numeric_limits<double>::quiet_NaN());
      else if (source.lane >= 0)
        std::fill_n(out, lanes_, from->row(source.feature, at)[source.lane]);
      else
        std::copy_n(from->row(source.feature, at), lanes_, out);
    }
    return scratch;
  }
  [[nodiscard]] bool lane(std::uint32_t slot, std::int64_t first, std::size_t count, std::size_t lane,
                          double* out) const override {
    if (sources_[slot].kind == Source::own)
      own_.lane(sources_[slot].feature, first, count, lane, out);
    return sources_[slot].kind == Source::own;
  }
  [[nodiscard]] std::int64_t bar(std::int64_t row) const override { return own_.bar(row); }

private:
  const TimeframeRows& own_;
  const std::vector<TimeframeRows>& all_;
  std::size_t lanes_;
  std::vector<Source> sources_;
  std::vector<const TimeframeRows*> from_; // by slot
};

/// The roots of one instance in the group's graph.
struct Roots {
  std::optional<Value> enter_long, enter_short, confidence, stop, target, trail, exit_long, exit_short;

  [[nodiscard]] std::vector<Value> entry() const {
    std::vector<Value> values;
    for (const auto& root : {enter_long, enter_short, confidence, stop, target, trail})
      if (root)
        values.push_back(*root);
    return values;
  }
};

/// One instance's rules in the group's machine.
class SharedRules : public RowRules {
public:
  SharedRules(LazyMachine& machine, const Roots& roots) : machine_{machine} {
    auto condition = [&](const std::optional<Value>& root) {
      return root ? std::optional{machine.condition(*root)} : std::nullopt;
    };
    auto number = [&](const std::optional<Value>& root) {
      return root ? std::optional{machine.number(*root)} : std::nullopt;
    };
    long_ = condition(roots.enter_long), short_ = condition(roots.enter_short);
    confidence_ = number(roots.confidence), stop_ = number(roots.stop), target_ = number(roots.target),
    trail_ = number(roots.trail);
    known_ = machine.known(roots.entry());
    if (roots.exit_long)
      leave_long_ = {condition(roots.exit_long), machine.known({&*roots.exit_long, 1})};
    if (roots.exit_short)
      leave_short_ = {condition(roots.exit_short), machine.known({&*roots.exit_short, 1})};
  }

  /// Rows were opened: nothing is known of them yet.
  void forget(std::size_t count) {
    count_ = count * machine_.words();
    asked_ = false;
    leave_long_.bits = leave_short_.bits = nullptr;
  }

  [[nodiscard]] const LaneWord* wants() override {
    if (!asked_)
      ask();
    return wants_.data();
  }
  [[nodiscard]] const LaneWord* longs() override {
    if (!asked_)
      ask();
    return longs_.data();
  }
  [[nodiscard]] LaneWord leaves(int side, std::size_t row, std::size_t word, LaneWord concerned) override {
    auto& leave = side > 0 ? leave_long_ : leave_short_;
    if (!leave.rule)
      return 0;
    if (leave.bits == nullptr)
      leave.bits = machine_.bits(*leave.rule);
    auto closes = leave.bits[row * machine_.words() + word] & concerned;
    // Few are closed: whether everything the rule reads is known is asked for those alone.
    for_each_bit(closes, [&](std::size_t bit) {
      if (!machine_.holds_at(leave.known, row, word * lanes_per_word + bit))
        closes &= ~bit_of(bit);
    });
    return closes;
  }
  [[nodiscard]] Entry entry(std::size_t row, std::size_t lane) override {
    auto number = [&](const std::optional<LazyMachine::Handle>& root) {
      return root ? machine_.at(*root, row, lane) : 0;
    };
    Entry entry{true, number(stop_), number(target_), number(trail_)};
    auto usable = [](const std::optional<LazyMachine::Handle>& root, double distance) {
      return !root || (distance > 0 && distance <= std::numeric_limits<double>::max());
    };
    auto confidence = number(confidence_);
    entry.usable = confidence == confidence && usable(stop_, entry.stop) && usable(target_, entry.target) &&
                   usable(trail_, entry.trail);
    return entry;
  }

private:
  using Handle = LazyMachine::Handle;
  struct Leave {
    std::optional<Handle> rule;
    Handle known;
    const LaneWord* bits = nullptr; // of the open rows, once they are asked for
  };

  void ask() {
    asked_ = true;
    longs_.assign(count_, 0);
    const auto *longs = long_ ? machine_.bits(*long_) : longs_.data(),
               *shorts = short_ ? machine_.bits(*short_) : longs_.data();
    wants_.resize(count_);
    LaneWord any = 0;
    for (std::size_t i = 0; i < count_; ++i)
      any |= wants_[i] = longs[i] ^ shorts[i];
    for (std::size_t i = 0; any != 0 && i < count_; ++i)
      longs_[i] = longs[i];
    if (any != 0)
      machine_.keep(known_, wants_.data());
  }

  LazyMachine& machine_;
  std::optional<Handle> long_, short_, confidence_, stop_, target_, trail_;
  Handle known_;
  Leave leave_long_, leave_short_;
  std::vector<LaneWord> wants_, longs_;
  std::size_t count_ = 0; // words of the open rows
  bool asked_ = false;
};

Result<Roots> lower(expression::Lowering& lowering, const strategies::Instance& instance,
                    const strategies::FeatureLayout& layout, strategies::SourceTable& table) {
  strategies::RuleEnvironment environment{instance.spec, instance.timeframe, layout, table};
  auto rules = strategies::rule_set_of(instance.spec);
  Roots roots;
  std::vector<Value> all;
  auto blame = [&](Error error) {
    error.message = fmt::format("{}@{}: {}", instance.spec.name, market::format_timeframe(instance.timeframe),
                                error.message);
    return tl::unexpected(std::move(error));
  };
  auto add = [&](std::optional<Value>& root, std::ptrdiff_t place) -> Status {
    if (place < 0)
      return {};
    auto value = lowering.add(rules.expressions[static_cast<std::size_t>(place)], environment);
    if (!value)
      return blame(value.error());
    all.push_back(*value);
    root = *value;
    return {};
  };
  const auto& places = rules.roots;
  for (auto [root, place] : {std::pair{&roots.enter_long, places.enter_long},
                             {&roots.enter_short, places.enter_short},
                             {&roots.confidence, places.confidence},
                             {&roots.stop, places.stop},
                             {&roots.target, places.target},
                             {&roots.trail, places.trail},
                             {&roots.exit_long, places.exit_long},
                             {&roots.exit_short, places.exit_short}})
    if (auto added = add(*root, place); !added)
      return tl::unexpected(added.error());
  if (auto kept = expression::check_store(lowering.graph(), all); !kept)
    return blame(kept.error());
  return roots;
}

} // namespace

EvaluatedRules::EvaluatedRules(std::size_t lanes)
    : lanes_{lanes}, words_{(lanes + lanes_per_word - 1) / lanes_per_word} {}

/// A column's bits, [row][word]; none without a column.
void EvaluatedRules::read(const double* column, std::vector<LaneWord>& bits) const {
  bits.assign(rules_.rows * words_, 0);
  if (column)
    for (std::size_t row = 0; row < rules_.rows; ++row)
      for (std::size_t word = 0; word < words_; ++word)
        bits[row * words_ + word] = bits_of(column + row * lanes_ + word * lanes_per_word,
                                            std::min(lanes_per_word, lanes_ - word * lanes_per_word));
}

/// Keeps the bits that the column has too.
void EvaluatedRules::keep(const double* column, std::vector<LaneWord>& bits) const {
  std::vector<LaneWord> more;
  read(column, more);
  for (std::size_t i = 0; i < bits.size(); ++i)
    bits[i] &= more[i];
}

void EvaluatedRules::open(const strategies::Evaluator::Rules& rules) {
  rules_ = rules;
  read(rules.enter_long, longs_);
  read(rules.enter_short, wants_);
  for (std::size_t i = 0; i < wants_.size(); ++i)
    wants_[i] ^= longs_[i];
  keep(rules.entry_known, wants_);
  if (rules.exit_long) {
    read(rules.exit_long, leave_long_);
    keep(rules.exit_long_known, leave_long_);
  }
  if (rules.exit_short) {
    read(rules.exit_short, leave_short_);
    keep(rules.exit_short_known, leave_short_);
  }
}

LaneWord EvaluatedRules::leaves(int side, std::size_t row, std::size_t word, LaneWord concerned) {
  if ((side > 0 ? rules_.exit_long : rules_.exit_short) == nullptr)
    return 0;
  return (side > 0 ? leave_long_ : leave_short_)[row * words_ + word] & concerned;
}

RowRules::Entry EvaluatedRules::entry(std::size_t row, std::size_t lane) {
  auto cell = row * lanes_ + lane;
  return {rules_.usable(cell), rules_.stop ? rules_.stop[cell] : 0, rules_.target ? rules_.target[cell] : 0,
          rules_.trail ? rules_.trail[cell] : 0};
}

TimeframeRows::TimeframeRows(const History& history, market::Timeframe timeframe)
    : timeframe_{timeframe}, lanes_{history.instruments().size()} {
  for (const auto& window : history.windows()) {
    const auto& block = window.block(timeframe);
    first_.push_back(static_cast<std::int64_t>(rounds_.size()));
    window_of_.resize(window_of_.size() + block.rounds.size(), static_cast<std::uint32_t>(blocks_.size()));
    rounds_.insert(rounds_.end(), block.rounds.begin(), block.rounds.end());
    blocks_.push_back(&block);
  }
  for (auto round : rounds_)
    bars_.push_back(market::floor_div(round + 1, timeframe.minutes));
}

const double* TimeframeRows::row(std::size_t feature, std::int64_t row) const noexcept {
  auto window = window_of_[static_cast<std::size_t>(row)];
  return blocks_[window]->column(feature, lanes_) + static_cast<std::size_t>(row - first_[window]) * lanes_;
}

const double* TimeframeRows::rows(std::size_t feature, std::int64_t first, std::size_t count,
                                  double* scratch) const noexcept {
  auto last = static_cast<std::size_t>(first) + count - 1;
  if (window_of_[static_cast<std::size_t>(first)] == window_of_[last])
    return row(feature, first);
  for (std::size_t i = 0; i < count; ++i)
    std::copy_n(row(feature, first + static_cast<std::int64_t>(i)), lanes_, scratch + i * lanes_);
  return scratch;
}

void TimeframeRows::lane(std::size_t feature, std::int64_t first, std::size_t count, std::size_t lane,
                         double* out) const noexcept {
  for (auto end = first + static_cast<std::int64_t>(count); first < end;) {
    auto window = window_of_[static_cast<std::size_t>(first)];
    auto rows = static_cast<std::int64_t>(blocks_[window]->rounds.size());
    const auto* from = row(feature, first) + lane;
    for (auto last = std::min(end, first_[window] + rows); first < last; ++first, from += lanes_)
      *out++ = *from;
  }
}

std::int64_t TimeframeRows::closed_by(market::Round round) const noexcept {
  return std::upper_bound(rounds_.begin(), rounds_.end(), round) - rounds_.begin() - 1;
}

std::vector<TimeframeRows> timeframes_of(const History& history) {
  std::vector<TimeframeRows> all;
  if (!history.windows().empty())
    for (const auto& block : history.windows().front().blocks)
      all.emplace_back(history, block.timeframe);
  return all;
}

class RuleGroup::Impl {
public:
  Impl(const TimeframeRows& own, const std::vector<TimeframeRows>& all, std::size_t lanes)
      : own_{own}, source_{own, all, lanes} {}

  Status lower_all(std::span<const strategies::Instance* const> instances, const History& history) {
    strategies::SourceTable table;
    std::vector<Roots> roots;
    for (const auto* instance : instances) {
      auto lowered = lower(lowering_, *instance, history.layout(), table);
      if (!lowered)
        return tl::unexpected(lowered.error());
      roots.push_back(*lowered);
    }
    source_.seal(table.sources());
    auto lanes = std::max<std::size_t>(1, history.instruments().size());
    machine_.emplace(lowering_.graph(), source_, history.instruments().size(),
                     std::clamp<std::size_t>(std::bit_floor(cells_at_once / lanes), 4, 64));
    rules_.reserve(roots.size());
    for (const auto& root : roots)
      rules_.emplace_back(*machine_, root);
    return {};
  }

  const TimeframeRows& own_;
  GroupSource source_;
  expression::Lowering lowering_;
  std::optional<LazyMachine> machine_;
  std::vector<SharedRules> rules_;
};

RuleGroup::RuleGroup(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
RuleGroup::~RuleGroup() = default;

Result<std::unique_ptr<RuleGroup>> RuleGroup::make(std::span<const strategies::Instance* const> instances,
                                                   const History& history,
                                                   const std::vector<TimeframeRows>& timeframes) {
  auto wanted = instances.front()->timeframe;
  auto own = std::find_if(timeframes.begin(), timeframes.end(),
                          [wanted](const auto& rows) { return rows.timeframe() == wanted; });
  if (own == timeframes.end())
    return fail(Category::failed, fmt::format("the history has no {} rows", market::format_timeframe(wanted)),
                "add the timeframe to those whose columns are computed");
  auto impl = std::make_unique<Impl>(*own, timeframes, history.instruments().size());
  if (auto lowered = impl->lower_all(instances, history); !lowered)
    return tl::unexpected(lowered.error());
  return std::unique_ptr<RuleGroup>{new RuleGroup{std::move(impl)}};
}

std::size_t RuleGroup::max_rows() const noexcept { return impl_->machine_->max_rows(); }
const TimeframeRows& RuleGroup::rows() const noexcept { return impl_->own_; }

void RuleGroup::open(std::int64_t first, std::size_t count) {
  impl_->machine_->open(first, count);
  for (auto& rules : impl_->rules_)
    rules.forget(count);
}

RowRules& RuleGroup::rules(std::size_t place) { return impl_->rules_[place]; }

} // namespace finch::backtest
