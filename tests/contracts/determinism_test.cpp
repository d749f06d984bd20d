/// One digest for any number of threads and any batch; and the accounts behind it add up to the last unit.
#include "tests/contracts/place.hpp"

using namespace finch;
using namespace finch::contracts;

namespace {

struct Batch {
  const char* name;
  std::size_t threads;
  std::int32_t window;
  std::size_t ticks;
};

constexpr auto any = feed::BlockLimits{}.ticks;

/// Runs the job once as it is, and once for every batch, which must do the same.
desk::DeskResult check_batches(const Market& market, desk::ReplayJob job,
                               std::initializer_list<Batch> batches) {
  auto expected = run(market, job);
  for (const auto& [name, threads, window, ticks] : batches) {
    CAPTURE(name);
    job.threads = threads;
    job.desk.window = window;
    job.limits.ticks = ticks;
    check_same(expected, run(market, job));
  }
  return expected;
}

/// Money is where it came from, minus what was paid for: every account, to the unit.
void check_conserved(const Market& market, const ResultFrame& account) {
  CAPTURE(account->name()->str());
  market::Int128 gross = 0, net = 0, fees = 0, spread = 0, slippage = 0, funding = 0;
  for (const auto* trade : *account->trades()) {
    auto facts = must(market.store->instrument(trade->instrument()));
    auto value = [&](std::int64_t price) {
      return market::notional(price, facts.price_decimals, trade->quantity(), facts.quantity_decimals)->units;
    };
    REQUIRE(trade->gross_units() ==
            trade->side() * (value(trade->exit_price()) - value(trade->entry_price())));
    REQUIRE(trade->net_units() == trade->gross_units() - trade->fees_units() - trade->spread_units() -
                                      trade->slippage_units() - trade->funding_units());
    gross += trade->gross_units(), net += trade->net_units(), fees += trade->fees_units();
    spread += trade->spread_units(), slippage += trade->slippage_units(), funding += trade->funding_units();
  }
  CHECK(fees == account->fees_units());
  CHECK(spread == account->spread_units());
  CHECK(slippage == account->slippage_units());
  CHECK(funding == account->funding_units());
  auto change = account->equity_end_units() - account->equity_start_units();
  CHECK(change == gross - fees - spread - slippage - funding);
  CHECK(change == net);
  CHECK(account->equity()->Get(account->equity()->size() - 1)->equity_units() == account->equity_end_units());
}

void check_conserved(const Market& market, const desk::DeskResult& result) {
  for (const auto& book : result.books)
    check_conserved(market, book);
  check_conserved(market, result.desk);
}

} // namespace

TEST_CASE("determinism and conservation: bars and ticks of the seeded market") {
  const auto& market = seeded_market();
  auto result =
      check_batches(market, replay_job(market),
                    {{"one thread, by the day", 1, 1'440, any}, {"eight threads, 17 ticks", 8, 64, 17}});
  CHECK(trades_of(result) > 1'000);
  CHECK(result.desk->trades()->size() > 0);
  CHECK(result.desk->funding_units() != 0);
  check_conserved(market, result);
}

TEST_CASE("determinism: every batch and every number of threads, on hours of ticks") {
  const auto& market = seeded_market();
  auto job = replay_job(market);
  job.desk.first = job.desk.trade_from = market.ticks_from - 120;
  job.last = market.ticks_from + 180;
  auto result = check_batches(market, job,
                              {{"again", 2, 64, any},
                               {"a tick at a time", 2, 64, 1},
                               {"a tick at a time, one thread", 1, 64, 1},
                               {"17 ticks", 8, 64, 17},
                               {"by the round", 2, 1, any},
                               {"by the round, a tick at a time", 8, 1, 1},
                               {"odd windows", 1, 7, 17},
                               {"by the day", 8, 1'440, any}});
  CHECK(trades_of(result) > 100);
}

TEST_CASE("determinism and conservation: recorded data") {
  auto data = recorded_data();
  if (data.empty())
    return;
  for (const std::string name : {"trades", "bars", "equity"}) {
    CAPTURE(name);
    Folder folder;
    auto market = recorded_market(data, folder.path, name);
    auto result =
        check_batches(market, replay_job(market),
                      {{"one thread, by the day", 1, 1'440, any}, {"eight threads, 17 ticks", 8, 64, 17}});
    CHECK((trades_of(result) > 0 || name == "trades")); // eleven minutes: too short for any rule
    check_conserved(market, result);
  }
}
