#include "tests/storage/journal_place.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <cmath>

using namespace finch;
using namespace finch::journal;
using finch::journal::tests::Place;

namespace {

std::unique_ptr<Journal> opened(const std::string& where) {
  auto journal = Journal::open(where);
  if (!journal)
    FAIL(journal.error().message);
  return std::move(*journal);
}

Trial trial(std::string id, std::int64_t epoch, double sharpe) {
  Trial made;
  made.id = std::move(id);
  made.epoch = epoch;
  made.spec_hash = "5f";
  made.minutes = 5;
  made.trades = 42;
  made.sharpe = sharpe;
  made.composite = 0.25;
  made.hourly_returns = {0.001, -0.0, 1e-300, std::numeric_limits<double>::infinity(), 0.1 + 0.2};
  return made;
}

Trade trade(std::int64_t id, std::int64_t exit_time) {
  Trade made;
  made.session = 1;
  made.account = "desk";
  made.id = id;
  made.instrument = 3;
  made.side = -1;
  made.exit_reason = "stop";
  made.exit_time_ns = exit_time;
  made.net_units = std::numeric_limits<std::int64_t>::min();
  made.mfe = 1.0 / 3;
  made.mae = 2.5e-17;
  made.features_entry = R"({"x": "it's; -- quoted"})";
  return made;
}

} // namespace

TEST_CASE("an empty place becomes a journal of the newest schema, and opening again changes nothing") {
  FINCH_ON_BOTH_DATABASES(where);
  auto version = opened(where)->schema_version();
  CHECK(version == 5);
  auto again = opened(where);
  CHECK(again->schema_version() == version);
  CHECK(again->verify().has_value());
  CHECK(*again->count<Trial>() == 0);
  CHECK(*again->count<Model>() == 0);
}

TEST_CASE("a journal of the first version is migrated and keeps its rows") {
  FINCH_ON_BOTH_DATABASES(where);
  {
    auto old = Journal::open_at(where, 1);
    REQUIRE(old.has_value());
    CHECK((*old)->schema_version() == 1);
    REQUIRE((*old)->record_trial(trial("a", 1, 0.5)).value());
    CHECK_FALSE((*old)->count<Trade>().has_value()); // not there yet
  }
  auto reader = Journal::open(where, Access::read);
  REQUIRE_FALSE(reader.has_value());
  CHECK(reader.error().category == Category::unavailable);
  CHECK(reader.error().message.find("schema 1") != std::string::npos);
  auto journal = opened(where);
  CHECK(journal->schema_version() == 5);
  CHECK(*journal->select<Trial>() == std::vector{trial("a", 1, 0.5)});
  CHECK(*journal->count<Trade>() == 0);
}

TEST_CASE("a journal of a newer schema, and another program's database, are refused") {
  Place place;
  std::string statement = "CREATE TABLE theirs (x)";
  std::string expected = "not Finch's journal";
  SUBCASE("newer") {
    opened(place.file());
    statement = "INSERT INTO schema_version VALUES (99, 'later')";
    expected = "schema 99";
  }
  SUBCASE("another's") {}
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(place.file().c_str(), &database) == SQLITE_OK);
  REQUIRE(sqlite3_exec(database, statement.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_close(database) == SQLITE_OK);
  auto refused = Journal::open(place.file());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().category == Category::unavailable);
  CHECK(refused.error().message.find(expected) != std::string::npos);
}

TEST_CASE("records come back as they were written, to the last bit") {
  FINCH_ON_BOTH_DATABASES(where);
  auto journal = opened(where);
  std::vector<Trade> trades{trade(1, 30), trade(2, 10), trade(3, 20)};
  REQUIRE(journal->insert(std::span<const Trade>{trades}).has_value());
  CHECK(*journal->select<Trade>() == trades);
  auto query = Query{}.equal("account", "desk").at_least("exit_time_ns", 15).order_by("exit_time_ns");
  CHECK(*journal->select<Trade>(query) == std::vector{trades[2], trades[0]});
  CHECK(journal->select<Trade>(Query{}.order_by("id", true).limit(1))->front() == trades[2]);
  CHECK(*journal->count<Trade>(Query{}.at_most("exit_time_ns", 20)) == 2);
  InstrumentFacts facts{7, "sim.perp/BTC-USDT", 1, 4, true, 10, 10'000};
  REQUIRE(journal->put(facts).has_value());
  CHECK(journal->select<InstrumentFacts>()->front() == facts);
}

TEST_CASE("what is missing is NULL in SQL and NaN here") {
  FINCH_ON_BOTH_DATABASES(where);
  auto journal = opened(where);
  REQUIRE(journal->record_trial(trial("nan", 1, std::nan(""))).value());
  REQUIRE(journal->record_trial(trial("one", 1, 1.5)).value());
  CHECK(std::isnan(journal->select<Trial>(Query{}.equal("id", "nan"))->front().sharpe));
  CHECK(*journal->trial_sharpes(1) == std::vector{1.5});
}

TEST_CASE("put replaces by key, insert refuses, and a refused batch leaves nothing") {
  FINCH_ON_BOTH_DATABASES(where);
  auto journal = opened(where);
  Cycle cycle;
  cycle.id = 9;
  cycle.state = "running";
  REQUIRE(journal->insert(cycle).has_value());
  cycle.state = "done";
  REQUIRE(journal->put(cycle).has_value());
  CHECK(*journal->select<Cycle>() == std::vector{cycle});
  auto twice = journal->insert(cycle);
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().message.find("cycles") != std::string::npos);
  CHECK(twice.error().message.find(where.substr(where.size() - 8)) != std::string::npos);
  std::vector<Trade> trades{trade(1, 1), trade(2, 2), trade(1, 3)};
  CHECK_FALSE(journal->insert(std::span<const Trade>{trades}).has_value());
  CHECK(*journal->count<Trade>() == 0);
}

TEST_CASE("a transaction is all or nothing, and transactions inside join it") {
  FINCH_ON_BOTH_DATABASES(where);
  auto journal = opened(where);
  auto failed = journal->transact([&]() -> Status {
    REQUIRE(journal->insert(trade(1, 1)).has_value());
    return fail(Category::failed, "changed my mind");
  });
  CHECK(failed.error().message == "changed my mind");
  CHECK(*journal->count<Trade>() == 0);
  auto kept = journal->transact([&]() -> Status {
    REQUIRE(journal->insert(trade(1, 1)).has_value());
    return journal->transact([&] { return journal->insert(trade(2, 2)); });
  });
  CHECK(kept.has_value());
  CHECK(*journal->count<Trade>() == 2);
}

TEST_CASE("every trial is counted once, per epoch") {
  FINCH_ON_BOTH_DATABASES(where);
  auto journal = opened(where);
  CHECK(*journal->record_trial(trial("a", 1, 0.1)));
  CHECK_FALSE(*journal->record_trial(trial("a", 1, 0.1)));
  CHECK(*journal->record_trial(trial("b", 1, 0.2)));
  CHECK(*journal->record_trial(trial("c", 2, 0.3)));
  CHECK(*journal->trial_count(1) == 2);
  CHECK(*journal->trial_count(2) == 1);
  CHECK(*journal->trial_count(3) == 0);
  CHECK(*journal->trial_sharpes(1) == std::vector{0.1, 0.2});
}

TEST_CASE("a lineage has one look at a holdout day") {
  FINCH_ON_BOTH_DATABASES(where);
  auto journal = opened(where);
  HoldoutLook look{"breakout", 20'000, "5f", 1, "kept"};
  CHECK(*journal->record_holdout_look(look));
  CHECK_FALSE(*journal->record_holdout_look(look));
  look.day = 20'001;
  CHECK(*journal->record_holdout_look(look));
}

TEST_CASE("a query that does not fit the table is a usage error that lists the columns") {
  FINCH_ON_BOTH_DATABASES(where);
  auto journal = opened(where);
  for (const auto& query :
       {Query{}.equal("no_such", 1), Query{}.equal("account", 1), Query{}.order_by("1; DROP TABLE trades")}) {
    auto refused = journal->select<Trade>(query);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().category == Category::usage);
    CHECK(refused.error().remedy.find("exit_reason") != std::string::npos);
  }
  REQUIRE(journal->insert(trade(1, 1)).has_value());
  CHECK(*journal->count<Trade>(Query{}.equal("account", "desk' OR '1'='1")) == 0);
}

TEST_CASE("base64 columns survive every length and refuse damage") {
  for (std::size_t size = 0; size < 8; ++size) {
    std::vector<double> values;
    for (std::size_t i = 0; i < size; ++i)
      values.push_back(std::sqrt(static_cast<double>(i) + 2) * (i % 2 ? -1 : 1));
    auto text = to_base64(values);
    CHECK(*from_base64(text) == values);
    if (size > 0) {
      CHECK_FALSE(from_base64(text.substr(1)).has_value());
      text[2] = '*';
      CHECK_FALSE(from_base64(text).has_value());
    }
  }
  CHECK(to_base64(std::vector{1.0}) == "AAAAAAAA8D8=");
}
