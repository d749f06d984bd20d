#include "actors/strategies/evaluator.hpp"

#include "actors/strategies/environment.hpp"
#include "actors/strategies/requirements.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace finch::strategies {

namespace {

constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
/// Rows × instruments evaluated at once: enough to pay for the dispatch, small enough for the first-level
/// cache.
constexpr std::size_t lanes_at_once = 512;
constexpr double lowest_confidence = 0.5, highest_confidence = 0.9;

const Evaluator::Columns* find_timeframe(std::span<const Evaluator::Columns> all,
                                         market::Timeframe timeframe) {
  auto found = std::find_if(all.begin(), all.end(), [&](const auto& c) { return c.timeframe == timeframe; });
  return found == all.end() ? nullptr : &*found;
}

} // namespace

Result<Evaluator> Evaluator::make(const Spec& spec, market::Timeframe timeframe,
                                  const FeatureLayout& layout) {
  if (layout.symbols.size() != layout.instruments.size())
    return fail(Category::failed, fmt::format("{} symbols are given for {} instruments",
                                              layout.symbols.size(), layout.instruments.size()));
  auto rules = rule_set_of(spec);
  std::vector<expression::Root> wanted;
  for (std::size_t i = 0; i < rules.expressions.size(); ++i)
    wanted.push_back({&rules.expressions[i], rules.groups[i]});
  SourceTable table;
  RuleEnvironment environment{spec, timeframe, layout, table};
  auto program = expression::compile(wanted, environment);
  if (!program) {
    auto error = program.error();
    error.message = fmt::format("{}@{}: {}", spec.name, market::format_timeframe(timeframe), error.message);
    return tl::unexpected(std::move(error));
  }
  std::vector<Source> sources;
  for (auto slot : program->inputs)
    sources.push_back(table.sources()[slot]);
  auto lanes = std::max<std::size_t>(layout.instruments.size(), 1);
  auto rows = std::max<std::size_t>(1, lanes_at_once / lanes);
  return Evaluator{spec,
                   timeframe,
                   layout,
                   std::move(sources),
                   environment.references(),
                   rules.roots,
                   expression::Machine{std::move(*program), layout.instruments.size(), rows}};
}

Evaluator::Evaluator(const Spec& spec, market::Timeframe timeframe, const FeatureLayout& layout,
                     std::vector<Source> sources, std::vector<std::string> references, RuleRoots roots,
                     expression::Machine machine)
    : timeframe_{timeframe}, instruments_{layout.instruments}, features_{layout.names.size()},
      sources_{std::move(sources)}, references_{std::move(references)}, roots_{roots},
      machine_{std::move(machine)}, state_{expression::fresh_state(machine_.program(), instruments_.size())} {
  for (const auto& symbol : layout.symbols)
    listed_.push_back(in_universe(spec, symbol) ? 1 : 0);
  auto lanes = instruments_.size();
  buffer_.assign(sources_.size() * machine_.max_rows() * lanes, nan);
  carried_.assign(sources_.size() * lanes, nan);
  cursors_.assign(sources_.size(), 0);
  columns_.assign(sources_.size(), nullptr);
  bars_.assign(machine_.max_rows(), 0);
}

Result<Frame<fb::VoteBlock>> Evaluator::vote(std::uint32_t instance,
                                             std::span<const Frame<fb::FeatureBlock>> blocks,
                                             std::span<const Frame<fb::VoteBlock>> taken) {
  if (blocks.empty())
    return fail(Category::failed, "a window without feature blocks");
  Columns own{timeframe_, {}, nullptr};
  std::vector<Columns> others;
  for (const auto& block : blocks) {
    auto ids = block->instruments();
    auto rows = block->rounds() ? block->rounds()->size() : 0;
    auto cells = block->values() ? block->values()->size() : 0;
    if (!ids || !std::equal(ids->begin(), ids->end(), instruments_.begin(), instruments_.end()) ||
        block->feature_count() != features_ || cells != features_ * rows * instruments_.size())
      return fail(
          Category::failed,
          fmt::format("a {}m feature block has {} features and {} values for {} rows of {} instruments, not "
                      "the {} features of {} instruments agreed",
                      block->minutes(), block->feature_count(), cells, rows, ids ? ids->size() : 0, features_,
                      instruments_.size()),
          "make the evaluator again when the universe changes");
    Columns columns{{block->minutes()}, {}, nullptr};
    if (rows > 0) {
      columns.rounds = {block->rounds()->data(), rows};
      columns.values = block->values()->data();
    }
    (columns.timeframe == timeframe_ ? own : others.emplace_back()) = columns;
  }
  std::vector<const fb::Vote*> standing;
  for (const auto& votes : taken) {
    const auto& rows = *votes->rounds();
    if (votes->minutes() != timeframe_.minutes ||
        votes->votes()->size() != rows.size() * instruments_.size() ||
        !std::equal(rows.begin(), rows.end(), own.rounds.begin(), own.rounds.end()))
      return fail(Category::failed,
                  fmt::format("votes of {} {}m rows were handed to an instance with {} rows of {}m",
                              rows.size(), votes->minutes(), own.rounds.size(), timeframe_.minutes));
    standing.push_back(rows.size() > 0 ? votes->votes()->Get(0) : nullptr);
  }
  flatbuffers::FlatBufferBuilder builder{256 +
                                         own.rounds.size() * (8 + instruments_.size() * sizeof(fb::Vote))};
  auto rounds = builder.CreateVector(own.rounds.data(), own.rounds.size());
  auto instruments = builder.CreateVector(instruments_);
  fb::Vote* votes = nullptr;
  auto count = own.rounds.size() * instruments_.size();
  auto written = builder.CreateUninitializedVectorOfStructs(count, &votes);
  vote_columns(own, others, {votes, count}, standing);
  auto first = blocks.front()->first_round(), last = blocks.front()->last_round();
  return Frame<fb::VoteBlock>::own(builder, fb::CreateVoteBlock(builder, instance, timeframe_.minutes, first,
                                                                last, rounds, instruments, written));
}

void Evaluator::vote_columns(const Columns& own, std::span<const Columns> others, std::span<fb::Vote> votes,
                             std::span<const fb::Vote* const> taken) {
  auto lanes = instruments_.size();
  run(own, others, taken,
      [&](const Rules& rules) { decide(rules, votes.subspan(rules.first * lanes, rules.rows * lanes)); });
}

void Evaluator::scan(const Columns& own, std::span<const Columns> others, const Visit& visit,
                     std::span<const fb::Vote* const> taken) {
  run(own, others, taken, visit);
}

template <class Take>
void Evaluator::run(const Columns& own, std::span<const Columns> others,
                    std::span<const fb::Vote* const> taken, const Take& take) {
  auto lanes = instruments_.size();
  std::fill(cursors_.begin(), cursors_.end(), 0);
  for (std::size_t first = 0; first < own.rounds.size(); first += machine_.max_rows()) {
    auto rows = std::min(machine_.max_rows(), own.rounds.size() - first);
    for (std::size_t row = 0; row < rows; ++row)
      bars_[row] = market::floor_div(own.rounds[first + row] + 1, timeframe_.minutes);
    for (std::size_t input = 0; input < sources_.size(); ++input) {
      const auto& source = sources_[input];
      if (source.kind == Source::own) {
        columns_[input] = own.values + (source.feature * own.rounds.size() + first) * lanes;
        continue;
      }
      columns_[input] = buffer_.data() + input * machine_.max_rows() * lanes;
      if (source.kind == Source::gathered)
        gather(input, own, others, first, rows);
      else if (source.kind == Source::votes)
        count_votes(input, taken, first, rows);
    }
    machine_.run(columns_, {bars_.data(), rows}, state_);
    take(rules_of_run(first, rows));
  }
  remember(others);
}

/// Fills the input's buffer: each row takes the last row of the source's timeframe closed by then.
void Evaluator::gather(std::size_t input, const Columns& own, std::span<const Columns> others,
                       std::size_t first, std::size_t rows) {
  auto lanes = instruments_.size();
  const auto& source = sources_[input];
  auto from = source.timeframe == timeframe_ ? &own : find_timeframe(others, source.timeframe);
  auto out = buffer_.data() + input * machine_.max_rows() * lanes;
  auto& cursor = cursors_[input];
  for (std::size_t row = 0; row < rows; ++row, out += lanes) {
    while (from && cursor < from->rounds.size() && from->rounds[cursor] <= own.rounds[first + row])
      ++cursor;
    auto values = cursor == 0 ? carried_.data() + input * lanes
                              : from->values + (source.feature * from->rounds.size() + cursor - 1) * lanes;
    if (source.lane >= 0)
      std::fill_n(out, lanes, values[source.lane]);
    else
      std::copy_n(values, lanes, out);
  }
}

/// Fills the input's buffer with 1 or -1 where the quorum stands on one side only, else 0.
void Evaluator::count_votes(std::size_t input, std::span<const fb::Vote* const> taken, std::size_t first,
                            std::size_t rows) {
  auto lanes = instruments_.size();
  const auto& source = sources_[input];
  auto out = buffer_.data() + input * machine_.max_rows() * lanes;
  if (taken.size() != references_.size()) {
    std::fill_n(out, rows * lanes, nan);
    return;
  }
  for (std::size_t i = 0; i < rows * lanes; ++i) {
    std::int32_t longs = 0, shorts = 0;
    for (auto voter : source.voters) {
      auto side = taken[voter][first * lanes + i].side();
      longs += side > 0 ? 1 : 0;
      shorts += side < 0 ? 1 : 0;
    }
    out[i] = (longs >= source.quorum ? 1 : 0) - (shorts >= source.quorum ? 1 : 0);
  }
}

void Evaluator::remember(std::span<const Columns> others) {
  auto lanes = instruments_.size();
  for (std::size_t input = 0; input < sources_.size(); ++input) {
    const auto& source = sources_[input];
    if (source.kind != Source::gathered || source.timeframe == timeframe_)
      continue;
    auto from = find_timeframe(others, source.timeframe);
    if (from && !from->rounds.empty())
      std::copy_n(from->values + (source.feature * from->rounds.size() + from->rounds.size() - 1) * lanes,
                  lanes, carried_.data() + input * lanes);
  }
}

Evaluator::Rules Evaluator::rules_of_run(std::size_t first, std::size_t rows) const {
  auto result = [this](std::ptrdiff_t root) {
    return root < 0 ? nullptr : machine_.result(static_cast<std::size_t>(root)).data();
  };
  auto known = [this](std::size_t group) { return machine_.known(group).data(); };
  return {.first = first,
          .rows = rows,
          .enter_long = result(roots_.enter_long),
          .enter_short = result(roots_.enter_short),
          .confidence = result(roots_.confidence),
          .stop = result(roots_.stop),
          .target = result(roots_.target),
          .trail = result(roots_.trail),
          .exit_long = result(roots_.exit_long),
          .exit_short = result(roots_.exit_short),
          .entry_known = known(entry_group),
          .exit_long_known = known(exit_long_group),
          .exit_short_known = known(exit_short_group)};
}

void Evaluator::decide(const Rules& rules, std::span<fb::Vote> votes) const {
  auto lanes = instruments_.size();
  for (std::size_t i = 0; i < rules.rows * lanes; ++i) {
    if (listed_[i % lanes] == 0) {
      votes[i] = fb::Vote{0, 0, 0, lowest_confidence, 0, 0, 0};
      continue;
    }
    auto closes = [i](const double* rule, const double* known) {
      return static_cast<std::uint8_t>(rule && known[i] != 0 && expression::holds(rule[i]));
    };
    auto out_long = closes(rules.exit_long, rules.exit_long_known),
         out_short = closes(rules.exit_short, rules.exit_short_known);
    auto wants_long = rules.enter_long && expression::holds(rules.enter_long[i]);
    auto wants_short = rules.enter_short && expression::holds(rules.enter_short[i]);
    if (wants_long == wants_short || rules.entry_known[i] == 0 || !rules.usable(i)) {
      votes[i] = fb::Vote{0, out_long, out_short, lowest_confidence, 0, 0, 0};
      continue;
    }
    auto p = rules.confidence ? rules.confidence[i] : default_confidence;
    auto clipped = std::clamp(p, lowest_confidence, highest_confidence);
    votes[i] = fb::Vote{static_cast<std::int8_t>(wants_long ? 1 : -1),
                        out_long,
                        out_short,
                        static_cast<float>(clipped),
                        rules.stop[i],
                        rules.target ? rules.target[i] : 0,
                        rules.trail ? rules.trail[i] : 0};
  }
}

std::vector<std::uint8_t> Evaluator::save() const {
  auto bytes = expression::save(state_, machine_.program());
  auto size = bytes.size();
  bytes.resize(size + 8 * carried_.size() + 8);
  if (!carried_.empty())
    std::memcpy(bytes.data() + size, carried_.data(), 8 * carried_.size());
  auto check = XXH3_64bits(bytes.data() + size, 8 * carried_.size());
  std::memcpy(bytes.data() + bytes.size() - 8, &check, 8);
  return bytes;
}

Status Evaluator::restore(std::span<const std::uint8_t> bytes) {
  auto tail = 8 * carried_.size() + 8;
  if (bytes.size() < tail)
    return fail(Category::bad_input, "the saved state of a strategy is cut short",
                "drop it and warm the strategy up again from stored data");
  auto carried = bytes.last(tail).first(tail - 8);
  std::uint64_t check = 0;
  std::memcpy(&check, bytes.data() + bytes.size() - 8, 8);
  auto state = expression::restore(bytes.first(bytes.size() - tail), machine_.program(), instruments_.size());
  if (!state)
    return tl::unexpected(state.error());
  if (check != XXH3_64bits(carried.data(), carried.size()))
    return fail(Category::bad_input, "the saved state of a strategy is damaged: its checksum does not match",
                "drop it and warm the strategy up again from stored data");
  state_ = std::move(*state);
  if (!carried.empty())
    std::memcpy(carried_.data(), carried.data(), carried.size());
  return {};
}

} // namespace finch::strategies
