#include "actors/desk/round_clock.hpp"

#include <doctest/doctest.h>

using namespace finch::desk;

TEST_CASE("windows are granted in order, within credit, and never cross midnight") {
  RoundClock clock{1'430, 8, 2, 2};
  CHECK_FALSE(clock.next());
  clock.allow(1'460);
  CHECK(clock.next() == Window{1'430, 1'437});
  CHECK(clock.next() == Window{1'438, 1'439});
  CHECK_FALSE(clock.next());
  clock.done(7, 1'439);
  CHECK_FALSE(clock.next());
  CHECK(clock.settled() == 1'429);
  clock.done(9, 1'437);
  CHECK(clock.settled() == 1'437);
  CHECK(clock.next() == Window{1'440, 1'447});
  CHECK_FALSE(clock.next());
}

TEST_CASE("a late report never takes settled rounds back, and a new sink owes only what comes after it") {
  RoundClock clock{0, 4, 1, 1};
  clock.allow(9);
  CHECK(clock.next() == Window{0, 3});
  clock.done(1, 3);
  clock.done(1, 2);
  CHECK(clock.settled() == 3);
  clock.add_sink(2, 4);
  CHECK(clock.next() == Window{4, 7});
  clock.done(1, 7);
  CHECK(clock.settled() == 3);
  clock.done(2, 7);
  CHECK(clock.next() == Window{8, 9});
}
