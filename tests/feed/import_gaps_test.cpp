#include "actors/feed/import/gaps.hpp"

#include <doctest/doctest.h>

using namespace finch::feed;
using namespace finch::market;

TEST_CASE("bars have a gap wherever a minute is missing") {
  GapFinder gaps{0, false};
  for (auto minute : {0, 1, 2, 5, 6, 6, 3, 10})
    gaps.add(minute * ns_per_minute, (minute + 1) * ns_per_minute);
  CHECK(gaps.count() == 2);
  CHECK(gaps.missing_ns() == 5 * ns_per_minute);
  CHECK(gaps.gaps() ==
        std::vector<Gap>{{3 * ns_per_minute, 5 * ns_per_minute}, {7 * ns_per_minute, 10 * ns_per_minute}});
}

TEST_CASE("ticks have a gap after more than three silent minutes") {
  GapFinder gaps{quiet_ns, false};
  for (auto time : {TimeNs{0}, quiet_ns, 2 * quiet_ns + 1})
    gaps.add(time, time);
  CHECK(gaps.gaps() == std::vector<Gap>{{quiet_ns, 2 * quiet_ns + 1}});
}

TEST_CASE("a closed session is no gap, a silence inside one is") {
  GapFinder gaps{quiet_ns, true};
  for (auto hour : {TimeNs{9}, TimeNs{10}, TimeNs{33}})
    gaps.add(hour * ns_per_hour, hour * ns_per_hour);
  CHECK(gaps.count() == 1);
  CHECK(gaps.missing_ns() == ns_per_hour);
}

TEST_CASE("many gaps are counted, the first kept") {
  GapFinder gaps{0, false};
  for (TimeNs minute = 0; minute < 1'000; minute += 2)
    gaps.add(minute * ns_per_minute, (minute + 1) * ns_per_minute);
  CHECK(gaps.count() == 499);
  CHECK(gaps.gaps().size() == GapFinder::kept);
}
