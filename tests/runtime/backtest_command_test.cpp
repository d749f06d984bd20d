/// `finch backtest`: the same bytes twice, every trial once, one look at the holdout, nothing half-written.
#include "tests/contracts/program.hpp"

#include <doctest/doctest.h>

using namespace finch;
using namespace finch::contracts;

namespace {

/// Days enough for a holdout.
void fill_days(const Program& finch) {
  auto filled = finch.run("data fill --instruments 3 --days 6 --tick-days 1 --quiet");
  REQUIRE_MESSAGE(filled.code == 0, filled.err);
}

} // namespace

TEST_CASE("a backtest is the same to the byte and counts its trials once") {
  if (!Program::present())
    return;
  Program finch;
  fill_days(finch);
  auto first = finch.run("backtest momentum ema_crossover --exact --json");
  REQUIRE_MESSAGE(first.code == 0, first.err);
  auto second = finch.run("backtest momentum ema_crossover --exact --json", {});
  CHECK(first.out == second.out);
  auto document = first.json();
  CHECK(document["speed"] == "exact");
  CHECK(document["holdout"] == false);
  CHECK(document["trials"] == document["instances"].size());
  CHECK(document["instances"].size() >= 4);
  // A screen of the same variants on the same days is no new trial; other days are.
  auto screened = finch.run("backtest momentum ema_crossover --screen --json --threads 2");
  CHECK(screened.json()["trials"] == document["trials"]);
  auto other = finch.run("backtest momentum --timeframes 5m,15m --symbols BTC-USDT --json");
  REQUIRE_MESSAGE(other.code == 0, other.err);
  CHECK(other.json()["instances"].size() == 2);
  CHECK(other.json()["trials"] >= document["trials"].get<int>() + 2);

  auto page = finch.path("page.html");
  auto reported = finch.run("backtest momentum --screen --walk-forward --report " + page.string());
  REQUIRE_MESSAGE(reported.code == 0, reported.err);
  CHECK(contains(reported.out, "walk-forward"));
  CHECK(contains(read_file(page), "What the search was"));
}

TEST_CASE("the holdout is looked at once by a lineage") {
  if (!Program::present())
    return;
  Program finch;
  fill_days(finch);
  auto searched = finch.run("backtest momentum --json");
  REQUIRE_MESSAGE(searched.code == 0, searched.err);
  auto h0 = searched.json()["holdout_from"].get<std::string>();
  CHECK(searched.json()["to"] == h0);
  // A search cannot end in it.
  finch.refused("backtest momentum --to 2100-01-01", 2, {"reaches into the holdout", "--holdout"});
  auto look = finch.run("backtest momentum --holdout --json");
  REQUIRE_MESSAGE(look.code == 0, look.err);
  CHECK(look.json()["holdout"] == true);
  CHECK(look.json()["from"] == h0);
  finch.refused("backtest momentum --holdout", 2, {"momentum", "have had their look"});
  finch.refused("backtest all --holdout", 2, {"momentum", "have had their look"});
  // Another lineage has its own.
  CHECK(finch.run("backtest ema_crossover --holdout --json").code == 0);
  finch.refused("backtest momentum --holdout --screen", 2, {"neither searched nor screened"});
}

TEST_CASE("a backtest that is interrupted leaves nothing behind") {
  if (!Program::present())
    return;
  Program finch;
  fill_days(finch);
  auto page = finch.path("page.html");
  // Stopped at once, or after a moment: whichever it is, there is all or nothing.
  auto stopped = finch.run("backtest all --walk-forward --report " + page.string(),
                           "timeout --preserve-status --signal=INT --kill-after=60 0.05");
  if (stopped.code == 0) // the machine was quicker than the signal
    return;
  CHECK(stopped.code == 130);
  CHECK_FALSE(fs::exists(page));
  for (const auto& entry : fs::directory_iterator{page.parent_path()})
    CHECK_FALSE(contains(entry.path().filename().string(), "page.html"));
  auto after = finch.run("backtest momentum --timeframes 5m --json");
  REQUIRE_MESSAGE(after.code == 0, after.err);
  CHECK(after.json()["trials"] == 1);
}

TEST_CASE("a backtest says what it does not know") {
  if (!Program::present())
    return;
  Program finch;
  finch.refused("backtest momentum", 4, {"holds no data"});
  fill_days(finch);
  finch.refused("backtest momentun", 2, {"momentun", "momentum"});
  finch.refused("backtest momentum --screen --exact", 2, {"exclude each other"});
  finch.refused("backtest momentum --timeframes 7x", 2, {"7x"});
  finch.refused("backtest momentum --from 1990-01-01 --to 1990-01-02", 2, {"empty"});
}
