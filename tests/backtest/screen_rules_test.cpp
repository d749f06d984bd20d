/// Rules evaluated together beside each instance's own evaluator.
#include "actors/backtest/screen_rules.hpp"
#include "tests/backtest/support.hpp"

using namespace finch;
using namespace finch::backtest;
using namespace finch::backtest::test;

namespace {

bool is_set(const LaneWord* bits, std::size_t words, std::size_t row, std::size_t lane) {
  return (bits[row * words + lane / lanes_per_word] >> lane % lanes_per_word & 1U) != 0;
}

struct Counts {
  std::size_t wants = 0, leaves = 0;
};

/// Compares all answers in the open rows.
void check_rows(RowRules& together, RowRules& alone, std::size_t rows, std::size_t lanes, Counts& counts) {
  auto words = (lanes + lanes_per_word - 1) / lanes_per_word;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      auto wants = is_set(alone.wants(), words, row, lane);
      REQUIRE(is_set(together.wants(), words, row, lane) == wants);
      if (wants) {
        ++counts.wants;
        REQUIRE(is_set(together.longs(), words, row, lane) == is_set(alone.longs(), words, row, lane));
        auto a = together.entry(row, lane), b = alone.entry(row, lane);
        REQUIRE(a.usable == b.usable);
        REQUIRE((!b.usable || (a.stop == b.stop && a.target == b.target && a.trail == b.trail)));
      }
      auto word = lane / lanes_per_word;
      auto bit = LaneWord{1} << lane % lanes_per_word;
      for (auto side : {1, -1}) {
        auto leaves = alone.leaves(side, row, word, bit);
        REQUIRE(together.leaves(side, row, word, bit) == leaves);
        counts.leaves += leaves != 0 ? 1 : 0;
      }
    }
}

} // namespace

TEST_CASE("rules evaluated together say what each evaluator says, on every timeframe") {
  auto market = seeded_bars(6, 2 * market::rounds_per_day);
  std::vector<strategies::Instance> all;
  for (const auto& spec : library())
    if (std::none_of(spec.references.begin(), spec.references.end(),
                     [](const auto& reference) { return reference.spec != nullptr; }))
      for (auto minutes : {1, 5, 15})
        all.push_back({spec, {minutes}});
  HistoryJob columns;
  columns.instruments = market.instruments;
  columns.features = features_of(all);
  columns.first = columns.keep_from = market.first;
  columns.last = market.last;
  auto history = must(History::compute(columns, market.sources()));
  auto timeframes = timeframes_of(history);
  auto lanes = market.instruments.size();
  Counts counts;
  for (auto minutes : {1, 5, 15}) {
    std::vector<const strategies::Instance*> members;
    for (const auto& instance : all)
      if (instance.timeframe.minutes == minutes)
        members.push_back(&instance);
    auto group = must(RuleGroup::make(members, history, timeframes));
    std::vector<strategies::Evaluator> evaluators;
    for (const auto* instance : members)
      evaluators.push_back(
          must(strategies::Evaluator::make(instance->spec, instance->timeframe, history.layout())));
    for (std::size_t at = 0; at < history.windows().size(); ++at) {
      const auto& window = history.windows()[at];
      std::vector<strategies::Evaluator::Columns> others;
      for (const auto& block : window.blocks)
        if (block.timeframe.minutes != minutes)
          others.push_back({block.timeframe, block.rounds, block.values});
      const auto& own = window.block({minutes});
      // Some windows are passed over, so that rules with a memory have to catch up.
      auto passed_over = at % 5 == 3;
      for (std::size_t place = 0; place < members.size(); ++place) {
        CAPTURE(members[place]->id());
        evaluators[place].scan({{minutes}, own.rounds, own.values}, others, [&](const auto& said) {
          if (passed_over)
            return;
          for (std::size_t first = 0; first < said.rows; first += group->max_rows()) {
            auto count = std::min(group->max_rows(), said.rows - first);
            group->open(group->rows().first_of(at) + static_cast<std::int64_t>(said.first + first), count);
            EvaluatedRules alone{lanes};
            auto shifted = said;
            auto shift = [&](const double*& column) { column = column ? column + first * lanes : nullptr; };
            for (auto* column :
                 {&shifted.enter_long, &shifted.enter_short, &shifted.confidence, &shifted.stop,
                  &shifted.target, &shifted.trail, &shifted.exit_long, &shifted.exit_short,
                  &shifted.entry_known, &shifted.exit_long_known, &shifted.exit_short_known})
              shift(*column);
            shifted.rows = count;
            alone.open(shifted);
            check_rows(group->rules(place), alone, count, lanes, counts);
          }
        });
      }
    }
  }
  CHECK(counts.wants > 1'000);
  CHECK(counts.leaves > 10'000);
}
