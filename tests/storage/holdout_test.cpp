#include "actors/storage/holdout.hpp"
#include "tests/storage/store_fixture.hpp"

#include <doctest/doctest.h>

#include <type_traits>

using namespace finch;
using namespace finch::market;
using namespace finch::storage;
using namespace finch::storage::test;

static_assert(!std::is_default_constructible_v<SearchWindow>);
static_assert(!std::is_constructible_v<SearchWindow, TimeNs, TimeNs>);

TEST_CASE("the newest fifth is held out, from a midnight on") {
  auto day = ns_per_day;
  CHECK(Holdout::of(0, 10 * day).h0() == 8 * day);
  CHECK(Holdout::of(0, 10 * day + 1).h0() == 8 * day);
  CHECK(Holdout::of(0, 11 * day).h0() == 8 * day);
  CHECK(Holdout::of(5, 10 * day, 0.5).h0() == 5 * day);
  CHECK(Holdout::of(0, 12 * day).h0() == 9 * day);
  CHECK(Holdout::at(3 * day + 7).h0() == 3 * day);
  // As data grows, H0 moves only by whole days.
  for (TimeNs last = 9 * day; last < 11 * day; last += day / 7)
    CHECK(Holdout::of(0, last).h0() % day == 0);
}

TEST_CASE("windows that reach into the holdout cannot be had") {
  auto holdout = Holdout::at(test_start + ns_per_day);
  CHECK(holdout.window(test_start, test_start + ns_per_day).has_value());
  auto refused = holdout.window(test_start, test_start + ns_per_day + 1);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().category == Category::usage);
  CHECK(refused.error().message.find("2024-08-10T00:00:00Z") != std::string::npos);
  CHECK_FALSE(holdout.window(5, 5).has_value());
}

TEST_CASE("a search reader ends at H0") {
  TemporaryDirectory directory;
  auto store = open_store(directory.path);
  auto id = store->ensure_instrument(bitcoin())->id;
  auto truth = make_ticks(20'000, test_start + 23 * ns_per_hour, 1, 1, ns_per_s);
  BarColumns bars{{60}, 2, 8, 0, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  for (int i = 0; i < 23; ++i) {
    bars.open_time_ns.push_back(test_start + i * ns_per_hour - 30 * ns_per_minute);
    for (auto* column : {&bars.open, &bars.high, &bars.low, &bars.close, &bars.volume})
      column->push_back(100);
  }
  REQUIRE(store->append_bars(id, bars).has_value());
  REQUIRE(store->append_ticks(id, truth).has_value());
  REQUIRE(store->commit().has_value());
  auto holdout = Holdout::at(test_start + ns_per_day);
  SearchReader reader{*store};
  auto rows = read_all(reader.ticks(id, holdout.everything())).first;
  auto seen =
      std::lower_bound(truth.time_ns.begin(), truth.time_ns.end(), holdout.h0()) - truth.time_ns.begin();
  CHECK(same_rows(rows, slice(truth, 0, static_cast<std::size_t>(seen))));
  CHECK(rows.size() < truth.size());
  auto early = Holdout::at(test_start).everything();
  CHECK(read_all(reader.bars(id, {60}, early)).first.size() == 0);
  CHECK(Holdout::of(*store).h0() <= test_start + ns_per_day);
  TemporaryDirectory empty;
  CHECK(Holdout::of(*open_store(empty.path)).h0() == 0);
}
