/// `finch features` and features of one's own, as a user meets them.
#include "tests/contracts/program.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

using namespace finch::contracts;

namespace {

constexpr auto config = R"([node]
timeframes = ["1m", "3m", "4h"]
[features]
vwap_zscore = "(close - vwap_day) / atr_14"
trend_of = { formula = "mean(vwap_zscore, 5) - btc_correlation", neutral = -1 }
[sim]
symbols = 3
days = 2
tick_days = 1
)";

/// A program whose data is filled once for all tests.
const Program& filled() {
  static Program finch;
  static auto once = [] {
    finch.write("data/finch.toml", config);
    auto filled = finch.run("data fill");
    REQUIRE_MESSAGE(filled.code == 0, filled.err);
    return true;
  }();
  (void)once;
  return finch;
}

/// A CSV by column; empty cells are NaN, times are left out.
struct Csv {
  std::vector<std::string> names, times;
  std::map<std::string, std::vector<double>> columns;

  explicit Csv(const fs::path& file) {
    std::istringstream lines{read_file(file)};
    std::string line;
    for (bool first = true; std::getline(lines, line); first = false) {
      std::vector<std::string> cells;
      std::istringstream text{line + ","};
      for (std::string cell; std::getline(text, cell, ',');)
        cells.push_back(cell);
      if (first) {
        names.assign(cells.begin() + 1, cells.end());
        continue;
      }
      times.push_back(cells[0]);
      for (std::size_t i = 0; i < names.size(); ++i)
        columns[names[i]].push_back(cells[i + 1].empty() ? std::nan("") : std::stod(cells[i + 1]));
    }
  }
};

} // namespace

TEST_CASE("features list has 200 built-in features, each whole, and one's own") {
  if (!Program::present())
    return;
  const auto& finch = filled();
  auto list = finch.run("features list --json").json();
  REQUIRE(list.size() >= 202);
  std::size_t available = 0;
  for (const auto& feature : list) {
    CAPTURE(feature.dump());
    for (auto key : {"name", "group", "formula", "unit", "dimension"})
      CHECK_FALSE(feature.at(key).get<std::string>().empty());
    CHECK(feature.at("warmup").is_number_integer());
    CHECK((feature.at("neutral").is_number() || feature.at("neutral").is_null()));
    CHECK(feature.at("inputs").is_array());
    CHECK((feature.at("talib").is_string() || feature.at("talib").is_null()));
    available += feature.at("available").get<bool>();
    CHECK(feature.contains("reason") != feature.at("available").get<bool>());
  }
  CHECK(list.size() - available == 3);
  auto own = finch.run("features list --group user --json").json();
  REQUIRE(own.size() == 2);
  CHECK(own[0]["name"] == "vwap_zscore");
  CHECK(own[0]["warmup"] == 14);
  CHECK(own[0]["inputs"] == nlohmann::json({"close", "vwap_day", "atr_14"}));
  CHECK(own[1]["name"] == "trend_of");
  CHECK(own[1]["warmup"] == 60);
  CHECK(own[1]["neutral"] == -1);
  CHECK(finch.run("features list --group time --json").json().size() == 10);
  auto unknown = finch.run("features list --group tmie");
  CHECK(unknown.code == 2);
  CHECK(contains(unknown.err, "user"));
}

TEST_CASE("features show tells the definition and the distribution on stored data") {
  if (!Program::present())
    return;
  const auto& finch = filled();
  auto shown = finch.run("features show vwap_zscore --symbol BTC-USDT --timeframe 3m --json");
  REQUIRE_MESSAGE(shown.code == 0, shown.err);
  auto document = shown.json();
  CHECK(document["formula"] == "(close - vwap_day) / atr_14");
  const auto& data = document["data"];
  CHECK(data["timeframe"] == "3m");
  CHECK(data["rows"] == 960);
  CHECK(data["nan_share"].get<double>() == doctest::Approx(14.0 / 960));
  const auto& quantiles = data["quantiles"];
  CHECK(data["min"] <= quantiles["p01"]);
  CHECK(quantiles["p05"] < quantiles["p50"]);
  CHECK(quantiles["p50"] < quantiles["p95"]);
  CHECK(quantiles["p99"] <= data["max"]);
  CHECK_FALSE(data["sparkline"].get<std::string>().empty());
  auto text = finch.run("features show rsi_14");
  CHECK(text.code == 0);
  CHECK(contains(text.out, "RSI(14)"));
  CHECK(contains(text.out, "p50"));
  CHECK(contains(text.out, " 1m, bars of"));
  CHECK(contains(text.out, "█"));
  CHECK(contains(finch.run("features show oi_change_60").out, "open interest"));
  auto slip = finch.run("features show vwap_zcore");
  CHECK(slip.code == 2);
  CHECK(contains(slip.err, "did you mean vwap_zscore?"));
  // Without a store the definition stands alone.
  Program empty;
  auto alone = empty.run("features show rsi_14 --json");
  CHECK(alone.code == 0);
  CHECK_FALSE(alone.json().contains("data"));
  CHECK(empty.run("features show rsi_14 --symbol BTC-USDT").code != 0);
  CHECK_FALSE(fs::exists(empty.path("data")));
}

TEST_CASE("features export writes 17 digits, leaves NaN empty, and leaves nothing half-written") {
  if (!Program::present())
    return;
  const auto& finch = filled();
  auto file = finch.path("one.csv");
  auto exported = finch.run("features export --symbol BTC-USDT --timeframe 3m --features "
                            "close,vwap_day,atr_14,vwap_zscore,trend_of -o " +
                            file.string() + " --json");
  REQUIRE_MESSAGE(exported.code == 0, exported.err);
  CHECK(exported.json()["rows"] == 960);
  Csv csv{file};
  CHECK(csv.names == std::vector<std::string>{"close", "vwap_day", "atr_14", "vwap_zscore", "trend_of"});
  REQUIRE(csv.times.size() == 960);
  CHECK(csv.times.front() == "2025-12-30T00:00:00Z");
  CHECK(csv.times[1] == "2025-12-30T00:03:00Z");
  for (std::size_t i = 0; i < 960; ++i) {
    auto have = csv.columns["vwap_zscore"][i];
    REQUIRE(std::isnan(have) == (i < 14));
    if (i >= 14)
      REQUIRE(have == (csv.columns["close"][i] - csv.columns["vwap_day"][i]) / csv.columns["atr_14"][i]);
    CHECK(std::isnan(csv.columns["trend_of"][i]) == (i < 60));
  }
  // A part of the time has the same values, and all columns stand in the file by default.
  auto part = finch.path("part.csv");
  REQUIRE(finch
              .run("features export --symbol BTC-USDT --timeframe 3m --from 2025-12-31T06:00:00Z "
                   "--to 2025-12-31T12:00:00Z -o " +
                   part.string())
              .code == 0);
  Csv later{part};
  CHECK(later.names.size() >= 5 + 197 + 2);
  REQUIRE(later.times.size() == 120);
  auto from = static_cast<std::size_t>(std::find(csv.times.begin(), csv.times.end(), later.times[0]) -
                                       csv.times.begin());
  for (std::size_t i = 0; i < 120; ++i) {
    CHECK(later.columns["trend_of"][i] == csv.columns["trend_of"][from + i]);
    CHECK(later.columns["atr_14"][i] == csv.columns["atr_14"][from + i]);
  }
  auto refused = [&](const std::string& options, int code, std::string_view part_of_message) {
    auto outcome = finch.run("features export " + options);
    CAPTURE(outcome.err);
    CHECK(outcome.code == code);
    CHECK(contains(outcome.err, part_of_message));
    CHECK(contains(outcome.err, "-> "));
  };
  refused("--symbol BTC-USDT --timeframe 3m --features rsi_41 -o " + file.string(), 2, "rsi_14");
  refused("--symbol NONE-USDT --timeframe 3m -o " + file.string(), 2, "NONE");
  refused("--symbol BTC-USDT --timeframe 7m -o " + file.string(), 2, "7m");
  refused("--symbol BTC-USDT --timeframe 3m --from 2030-01-01 -o " + finch.path("none.csv").string(), 2,
          "no 3m bars");
  refused("--symbol BTC-USDT --timeframe 3m -o /nonexistent/x.csv", 4, "/nonexistent/x.csv");
  CHECK_FALSE(fs::exists(finch.path("none.csv")));
  for (const auto& entry : fs::directory_iterator{finch.path("")})
    CHECK(entry.path().extension() != ".tmp");
}

TEST_CASE(
    "a strategy on 3m and 4h bars that reads one's own feature is checked, replayed and refused elsewhere") {
  if (!Program::present())
    return;
  const auto& finch = filled();
  auto spec = finch
                  .write("own.json", R"({
    "name": "own", "family": "reversion", "description": "Trades a feature of the configuration.",
    "timeframes": ["3m", "4h"], "universe": "all",
    "enter_long": "vwap_zscore < -0.5", "enter_short": "vwap_zscore > 0.5 and trend_of < 9 and day_ret@240m > -1",
    "exits": {"stop_loss": {"atr": 2}, "max_hold_bars": 5}})")
                  .string();
  auto checked = finch.run("strategies check " + spec);
  CHECK_MESSAGE(checked.code == 0, checked.err);
  auto replayed = finch.run("replay --json --strategies " + spec);
  REQUIRE_MESSAGE(replayed.code == 0, replayed.err);
  auto again = finch.run("replay --json --threads 1 --batch 100 --strategies " + spec);
  auto document = replayed.json();
  CHECK(document["digest"] == again.json()["digest"]);
  std::size_t trades = 0;
  for (const auto& book : document["books"])
    trades += book["trades"].get<std::size_t>();
  CHECK(trades > 20);
  CHECK(contains(replayed.out, "own@3m"));
  CHECK(contains(replayed.out, "own@240m"));
  Program other;
  auto unknown = other.run("strategies check " + spec);
  CHECK(unknown.code == 3);
  CHECK(contains(unknown.out + unknown.err, "vwap_zscore"));
}

TEST_CASE(
    "what is wrong with a feature in the configuration stops every command, with file, key and column") {
  if (!Program::present())
    return;
  Program finch;
  finch.write("data/finch.toml",
              "[features]\n\nfirst = \"ret_1\"\nslope = \"(close - vwap_day) / atr_41\"\n");
  for (auto command : {"features list", "strategies check", "replay", "data list"}) {
    auto outcome = finch.run(command);
    CAPTURE(outcome.err);
    CHECK(outcome.code == 3);
    CHECK(
        contains(outcome.err, "finch.toml:4: features.slope: column 22: expected a feature, found 'atr_41'"));
    CHECK(contains(outcome.err, "did you mean atr_14?"));
  }
}

TEST_CASE("exported features of recorded data agree with TA-Lib") {
  auto data = std::getenv("FINCH_TEST_DATA");
  auto python =
      std::getenv("FINCH_PYTHON") ? std::string{std::getenv("FINCH_PYTHON")} : std::string{"python3"};
  auto set = fs::path{data ? data : "."} / "candles_1m_binance_um_2023-07";
  if (!Program::present())
    return;
  if (!data || !fs::exists(set)) {
    MESSAGE("no recorded data: set FINCH_TEST_DATA; skipping");
    return;
  }
  if (std::system((python + " -c 'import talib' 2> /dev/null").c_str()) != 0) {
    MESSAGE("no TA-Lib: pip install TA-Lib, or name a Python that has it in FINCH_PYTHON; skipping");
    return;
  }
  auto root = std::getenv("FINCH_SOURCE");
  Program finch;
  auto file = [&](const char* symbol) { return (set / fmt::format("{}USDT-1m.csv.zst", symbol)).string(); };
  // DOGE at 0.07 is where absolute zeros would show.
  auto imported = finch.run(fmt::format("import --venue binance.um {} {}", file("BTC"), file("DOGE")));
  REQUIRE_MESSAGE(imported.code == 0, imported.err);
  auto out = finch.path("coin.csv"), btc = finch.path("btc.csv"), report = finch.path("report.txt");
  for (auto [timeframe, end] : {std::pair{"1m", "2023-07-23"}, {"15m", "2023-08-17"}}) {
    for (auto [base, target] : {std::pair{"DOGE", out}, {"BTC", btc}}) {
      auto exported = finch.run(fmt::format("features export --symbol {}-USDT --timeframe {} --to {} -o {}",
                                            base, timeframe, end, target.string()));
      REQUIRE_MESSAGE(exported.code == 0, exported.err);
    }
    auto status = std::system(fmt::format("{} {}/tests/runtime/talib_agreement.py {} {} > {} 2>&1", python,
                                          root ? root : ".", out.string(), btc.string(), report.string())
                                  .c_str());
    auto text = read_file(report);
    CHECK_MESSAGE(status == 0, text);
    CHECK(contains(text, "features agree with TA-Lib"));
  }
}
