/// Features that users define in the configuration.
#include "actors/features/calculator.hpp"
#include "actors/features/join.hpp"
#include "actors/features/user_kernel.hpp"
#include "tests/features/market_blocks.hpp"
#include "tests/features/naive.hpp"
#include "tests/features/vectors.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>

using namespace finch;
using namespace finch::features;

namespace {

std::vector<UserFeature> defined(std::initializer_list<std::pair<const char*, const char*>> formulas) {
  std::vector<UserFeature> out;
  for (auto [name, formula] : formulas)
    out.push_back({name, formula, 0, fmt::format("finch.toml:{}: features.{}", out.size() + 2, name)});
  return out;
}

Catalogue catalogue_of(std::initializer_list<std::pair<const char*, const char*>> formulas) {
  auto made = Catalogue::with(defined(formulas));
  REQUIRE_MESSAGE(made, made.error().message);
  return *made;
}

std::string error_of(std::initializer_list<std::pair<const char*, const char*>> formulas) {
  auto made = Catalogue::with(defined(formulas));
  REQUIRE_FALSE(made);
  CHECK(made.error().category == Category::bad_input);
  return made.error().message;
}

/// A universe's blocks of one timeframe, window by window, as one table.
struct Table {
  std::vector<std::string> names;
  std::vector<market::Round> rounds;
  std::size_t instruments = 0;
  std::vector<std::vector<double>> columns; ///< by feature: [row][instrument]

  [[nodiscard]] double at(std::string_view name, std::size_t row, std::size_t instrument = 0) const {
    auto f = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    return columns.at(f).at(row * instruments + instrument);
  }
  [[nodiscard]] std::size_t row_of(market::Round round) const {
    return static_cast<std::size_t>(std::lower_bound(rounds.begin(), rounds.end(), round) - rounds.begin());
  }
};

struct Run {
  std::vector<market::Instrument> universe;
  std::vector<test::Script> scripts;
  Plan plan;
  market::Timeframe timeframe{1};
  std::size_t window = 100'000;
  market::Round restart = -1; ///< the join is saved, and restored into another, before this round's window

  [[nodiscard]] Table operator()() const {
    Table table{{plan.names().begin(), plan.names().end()}, {}, universe.size(), {}};
    table.columns.resize(table.names.size());
    std::vector<InstrumentCalculator> calculators;
    for (std::size_t i = 0; i < universe.size(); ++i) {
      calculators.emplace_back(universe[i], plan, std::vector{timeframe});
      calculators[i].consume(*test::one_block(scripts[i], universe[i].id));
    }
    Join join{universe, plan, {timeframe}};
    auto first = scripts[0].front().round, last = scripts[0].back().round;
    for (const auto& script : scripts)
      first = std::min(first, script.front().round), last = std::max(last, script.back().round);
    for (auto from = first; from <= last; from += static_cast<market::Round>(window)) {
      if (from == restart) {
        Join other{universe, plan, {timeframe}};
        REQUIRE(other.restore(*join.save()));
        join = std::move(other);
      }
      auto to = std::min(last, from + static_cast<market::Round>(window) - 1);
      for (auto& calculator : calculators)
        join.add(calculator.take(from, to));
      for (const auto& block : join.take())
        take(table, *block);
    }
    return table;
  }

private:
  static void take(Table& table, const fb::FeatureBlock& block) {
    auto cells = block.rounds()->size() * table.instruments;
    table.rounds.insert(table.rounds.end(), block.rounds()->begin(), block.rounds()->end());
    for (std::size_t f = 0; f < table.columns.size(); ++f)
      table.columns[f].insert(table.columns[f].end(), block.values()->data() + f * cells,
                              block.values()->data() + (f + 1) * cells);
  }
};

/// Whether two tables say the same of an instrument, bar for bar.
bool same_bits(const Table& a, std::size_t i, const Table& b, std::size_t k, const std::string& name,
               market::Round from = 0) {
  std::vector<double> left, right;
  auto gather = [&](const Table& table, std::size_t instrument, std::vector<double>& out) {
    for (std::size_t row = table.row_of(from); row < table.rounds.size(); ++row)
      if (!std::isnan(table.at("close", row, instrument)))
        out.push_back(table.at(name, row, instrument));
  };
  gather(a, i, left), gather(b, k, right);
  return !left.empty() && left.size() == right.size() &&
         std::memcmp(left.data(), right.data(), left.size() * sizeof(double)) == 0;
}

const std::initializer_list<std::pair<const char*, const char*>> several{
    {"calm", "if(stretch > 0, 1, -1) * mean(vwap_zscore, 5)"}, // reads two that are defined after it
    {"vwap_zscore", "(close - vwap_day) / atr_14"},
    {"stretch", "zscore(close, 30) - lag(rsi_14 / 100, 7)"},
    {"surprise", "ret_1 - market_beta * btc_ret_1_lag_1"},
    {"squeeze", "rank(bb_width, 50) < 0.2 and volume > mean(volume, 20)"},
    {"ceiling", "highest(high, 40) - ema(close, 10)"},
};

std::vector<market::Instrument> three() {
  return {test::some_instrument(1, "COIN"), test::some_instrument(2, "BTC"), test::some_instrument(3, "ETH")};
}

} // namespace

TEST_CASE("a user's feature is listed with what follows from its expression") {
  auto catalogue = catalogue_of(several);
  CHECK(catalogue.definitions().size() == features::catalogue().size() + 6);
  const auto& zscore = *catalogue.find("vwap_zscore");
  CHECK(zscore.group == "user");
  CHECK(zscore.formula == "(close - vwap_day) / atr_14");
  CHECK(zscore.dimension == Dimension::unitless);
  CHECK(zscore.warmup == 14);
  CHECK(zscore.neutral == 0);
  CHECK(zscore.available());
  CHECK(zscore.inputs == std::vector<std::string_view>{"close", "vwap_day", "atr_14"});
  CHECK(catalogue.find("stretch")->warmup == 29);
  CHECK(catalogue.find("calm")->warmup == 29);
  CHECK(catalogue.find("surprise")->warmup == 60);
  CHECK(catalogue.find("squeeze")->dimension == Dimension::flag);
  CHECK(catalogue.find("squeeze")->warmup == 19 + 49);
  CHECK(catalogue.find("ceiling")->dimension == Dimension::price);
  CHECK(catalogue.find("ceiling")->warmup == 49); // ema(x, 10) weighs 50 rows
  auto of = [](const char* formula) { return *catalogue_of({{"x", formula}}).find("x"); };
  CHECK(of("lag(rsi_14, 3) + delta(ret_5, 9)").warmup == 17);
  CHECK(of("cross_above(close, sma_20)").warmup == 20);
  CHECK(of("volume * 2").dimension == Dimension::volume);
  CHECK(of("sqrt(close * open)").dimension == Dimension::price);
  CHECK(of("minute_of_day - lag(minute_of_day, 1)").dimension == Dimension::time);
  // The built-in catalogue knows nothing of them.
  CHECK(Catalogue{}.find("vwap_zscore") == nullptr);
  CHECK(Catalogue{}.definitions().size() == features::catalogue().size());
  CHECK_FALSE(Plan::make(std::vector<std::string>{"vwap_zscore"}));
}

TEST_CASE("a user's feature is what its expression says, on every timeframe") {
  auto catalogue = catalogue_of(several);
  auto plan = Plan::everything(catalogue);
  Run run{three(),
          {test::random_script(2'400, 81), test::random_script(2'400, 82), test::random_script(2'400, 83)},
          plan};
  for (auto& script : run.scripts)
    for (auto& round : script) // without gaps, to count rows
      round.status = fb::RoundStatus::ok;
  for (auto minutes : {1, 3, 15}) {
    run.timeframe = {minutes};
    auto table = run();
    std::size_t checked = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      auto value = [&](const char* name) -> test::Function {
        return [&table, i, name](int row) { return table.at(name, static_cast<std::size_t>(row), i); };
      };
      auto close = value("close"), rsi = value("rsi_14"), width = value("bb_width");
      for (int row = 0; row < static_cast<int>(table.rounds.size()); ++row) {
        auto r = static_cast<std::size_t>(row);
        auto expect = [&](const std::string& name, double want) {
          auto have = table.at(name, r, i);
          if (std::isnan(have) || std::abs(have - want) > 1e-9 * std::max(1.0, std::abs(want)))
            FAIL_CHECK(name << " in row " << row << ": " << have << " instead of " << want);
          ++checked;
        };
        // Rows after the script's silences have histories of their own.
        if (std::isnan(table.at("squeeze", r, i)) || std::isnan(table.at("surprise", r, i)))
          continue;
        auto whole = std::none_of(table.rounds.begin() + std::max(0, row - 60), table.rounds.begin() + row,
                                  [&](const auto& round) {
                                    auto at = static_cast<std::size_t>(&round - table.rounds.data());
                                    return std::isnan(table.at("close", at, i));
                                  });
        if (!whole)
          continue;
        auto atr = table.at("atr_14", r, i);
        expect("vwap_zscore", atr == 0 ? 0 : (close(row) - table.at("vwap_day", r, i)) / atr);
        auto window = test::Span{close, row, 30};
        auto deviation = window.deviation(1);
        expect("stretch",
               (deviation == 0 ? 0 : (close(row) - window.mean()) / deviation) - rsi(row - 7) / 100);
        expect("surprise",
               table.at("ret_1", r, i) - table.at("market_beta", r, i) * table.at("btc_ret_1_lag_1", r, i));
        expect("calm",
               (table.at("stretch", r, i) > 0 ? 1 : -1) * test::Span{value("vwap_zscore"), row, 5}.mean());
        expect("squeeze", test::Span{width, row, 50}.rank() < 0.2 &&
                                  table.at("volume", r, i) > test::Span{value("volume"), row, 20}.mean()
                              ? 1
                              : 0);
        double weights = 0, sum = 0;
        for (int k = 0; k < 50; ++k) {
          weights += std::pow(9.0 / 11, k);
          sum += std::pow(9.0 / 11, k) * close(row - k);
        }
        expect("ceiling", test::Span{value("high"), row, 40}.max() - sum / weights);
      }
    }
    CHECK(checked > 300);
  }
}

TEST_CASE(
    "a user's feature does not depend on windows, restarts, other instruments or where history begins") {
  auto plan = Plan::everything(catalogue_of(several));
  Run run{three(),
          {test::random_script(2'000, 84), test::random_script(2'000, 85), test::random_script(2'000, 86)},
          plan};
  auto first = run.scripts[0].front().round;
  auto whole = run();
  for (std::size_t window : {1U, 7U, 137U}) {
    auto cut = run;
    cut.window = window;
    cut.restart = first + static_cast<market::Round>(window * (700 / window));
    auto table = cut();
    for (const auto& [name, formula] : several)
      for (std::size_t i = 0; i < 3; ++i)
        CHECK_MESSAGE(same_bits(whole, i, table, i, name), name);
  }
  // Alone, its outages are rows nobody has; beside others they are rows it lacks.
  Run alone{{run.universe[0]}, {run.scripts[0]}, plan};
  auto single = alone();
  for (auto name : {"vwap_zscore", "stretch", "calm", "squeeze", "ceiling"})
    CHECK_MESSAGE(same_bits(whole, 0, single, 0, name), name);
  // Windows over what does not remember, from the fifth hour on and from the first.
  Run late = alone;
  late.scripts[0].erase(late.scripts[0].begin(), late.scripts[0].begin() + 300);
  CHECK(same_bits(single, 0, late(), 0, "ceiling", first + 400));
}

TEST_CASE("after a gap a user's feature is NaN until its warm-up has passed, and never looks across it") {
  auto catalogue = catalogue_of({{"reach", "close - lag(close, 25)"}, {"level", "mean(close, 40) / close"}});
  Run run{{test::some_instrument()}, {test::random_script(1'300, 87)}, Plan::everything(catalogue)};
  auto table = run();
  auto begin = run.scripts[0].front().round;
  auto resumed = table.row_of(begin + 1'030); // the script is silent from 1,000 to 1,029
  REQUIRE(table.rounds[resumed - 1] < table.rounds[resumed] - 20);
  REQUIRE(std::isnan(table.at("ret_1", resumed)));
  for (std::size_t i = 0; i < 60; ++i) {
    CHECK(std::isnan(table.at("reach", resumed + i)) == (i < 25));
    CHECK(std::isnan(table.at("level", resumed + i)) == (i < 39));
  }
  auto after = run;
  after.scripts[0].erase(after.scripts[0].begin(), after.scripts[0].begin() + 1'030);
  auto fresh = after();
  for (std::size_t i = 40; i < 200; ++i) {
    CHECK(table.at("reach", resumed + i) == fresh.at("reach", i));
    CHECK(table.at("level", resumed + i) == fresh.at("level", i));
  }
}

TEST_CASE("a user's feature is neutral where it is undefined and NaN where something is missing") {
  auto features = defined(
      {{"steepness", "ret_1 / (high - low) * close"}, {"smooth", "mean(open / (high - low), 5) / 2"}});
  features[0].neutral = 0.25;
  auto plan =
      *Plan::make(std::vector<std::string>{"high", "low", "steepness", "smooth"}, *Catalogue::with(features));
  test::Script flat;
  for (market::Round i = 0; i < 60; ++i) {
    auto begin = market::round_begin(28'000'000 + i);
    test::ScriptRound round;
    round.round = 28'000'000 + i;
    round.ticks = {{begin, 100, 10, 1}, {begin + 1, i < 30 ? 101 : 100, 10, 1}};
    flat.push_back(round);
  }
  Run run{{test::some_instrument()}, {flat}, plan};
  auto table = run();
  CHECK(table.at("steepness", 29) != 0.25);
  CHECK(std::isfinite(table.at("smooth", 29)));
  for (std::size_t row = 31; row < 60; ++row) {
    CHECK(table.at("steepness", row) == 0.25);
    CHECK(table.at("smooth", row) == 0); // its window holds an infinity
  }
  // Quotes come from the tenth bar on: before, and until they have filled the window, there is no value.
  auto quoted =
      catalogue_of({{"wide", "spread_bps > 2 * mean(spread_bps, 4)"}, {"now", "spread_bps + ret_1"}});
  for (std::size_t i = 10; i < 60; ++i)
    flat[i].quotes.emplace_back(market::round_begin(flat[i].round), 100, 5, 102, 5);
  run = {{test::some_instrument()}, {flat}, Plan::everything(quoted)};
  table = run();
  for (std::size_t row = 1; row < 60; ++row) {
    CHECK(std::isnan(table.at("now", row)) == (row < 10));
    CHECK(std::isnan(table.at("wide", row)) == (row < 13));
  }
}

TEST_CASE("what is wrong with a user's feature is named with place, column and remedy") {
  CHECK(error_of({{"a", "close +"}}).starts_with("finch.toml:2: features.a: column 8: "));
  CHECK(error_of({{"a", "close - 1"}}).find("finch.toml:2: features.a: column 9: ") == 0);
  CHECK(error_of({{"a", "rsi_41"}}).find("column 1: expected a feature, found 'rsi_41'") !=
        std::string::npos);
  CHECK(Catalogue::with(defined({{"a", "rsi_41 / 2"}})).error().remedy == "did you mean rsi_14?");
  CHECK(error_of({{"a", "ret_1 + oi_change_60"}}).find("column 9: expected an available feature") !=
        std::string::npos);
  CHECK(error_of({{"a", "ret_1 - close@60m / close"}}).find("column 9: ") != std::string::npos);
  CHECK(error_of({{"a", "close[BTC-USDT] / close"}}).find("column 1: ") != std::string::npos);
  CHECK(error_of({{"a", "model.direction.p_up"}}).find("column 1: ") != std::string::npos);
  CHECK(error_of({{"a", "votes(1, \"x\")"}}).find("found votes") != std::string::npos);
  CHECK(error_of({{"a", "close * volume"}}).find("price·volume") != std::string::npos);
  CHECK(error_of({{"a", "1 + 2"}}).find("only numbers") != std::string::npos);
  CHECK(error_of({{"a", "mean(close, 2000) / close"}}).find("column 13: ") != std::string::npos);
  CHECK(error_of({{"rsi_14", "close"}}).find("has a meaning already") != std::string::npos);
  CHECK(error_of({{"close", "open"}}).find("has a meaning already") != std::string::npos);
  CHECK(error_of({{"mean", "open"}}).find("has a meaning already") != std::string::npos);
  CHECK(error_of({{"Big", "open"}}).find("not a name") != std::string::npos);
  CHECK(error_of({{"a", "open"}, {"a", "close"}}).find("defined twice") != std::string::npos);
  CHECK(error_of({{"a", "lag(a, 1)"}}).find("in a circle: a -> a") != std::string::npos);
  CHECK(error_of({{"x", "a"}, {"a", "b"}, {"b", "c + ret_1"}, {"c", "a"}})
            .find("in a circle: a -> b -> c -> a") != std::string::npos);
  std::vector<UserFeature> many(max_user_features + 1, {"x", "close", 0, "finch.toml:2: features.x"});
  CHECK_FALSE(Catalogue::with(many));
  auto infinite = defined({{"a", "ret_1"}});
  infinite[0].neutral = std::nan("");
  CHECK_FALSE(Catalogue::with(infinite));
}

TEST_CASE("states and identities differ where a definition does, or one it reads") {
  auto fingerprint = [](std::vector<UserFeature> features) {
    auto plan = Plan::make(std::vector<std::string>{"outer", "inner"}, *Catalogue::with(features));
    REQUIRE(plan);
    return plan->fingerprint();
  };
  auto base = defined({{"inner", "ret_1"}, {"outer", "mean(inner, 5)"}});
  auto other_inner = defined({{"inner", "ret_5"}, {"outer", "mean(inner, 5)"}});
  auto other_neutral = base;
  other_neutral[0].neutral = 1;
  CHECK(fingerprint(base) == fingerprint(base));
  CHECK(fingerprint(base) != fingerprint(other_inner));
  CHECK(fingerprint(base) != fingerprint(other_neutral));
  auto kernels = *compile_user_features(base), changed = *compile_user_features(other_inner);
  CHECK(kernels[1].name == "outer");
  CHECK(kernels[1].formula == changed[1].formula);
  CHECK(kernels[1].fingerprint != changed[1].fingerprint);
}
