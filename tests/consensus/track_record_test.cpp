#include "actors/consensus/track_record.hpp"

#include <doctest/doctest.h>

using namespace finch::consensus;

TEST_CASE("a voter has no reliability before twenty votes resolve, and earns it by being right") {
  TrackRecord track;
  for (int i = 0; i < 19; ++i)
    track.resolve(TrackRecord::bin_of(0.8), 0.8, true);
  CHECK(track.reliability() == 0);
  track.resolve(TrackRecord::bin_of(0.8), 0.8, true);
  // 20 votes at (0.8 - 1)² against 20 pseudo-votes at 0.25.
  CHECK(track.brier() == doctest::Approx((20 * 0.04 + 20 * 0.25) / 40));
  CHECK(track.reliability() == doctest::Approx(1 - track.brier() / 0.25));
}

TEST_CASE("a voter that is wrong half the time while sure of itself is unreliable") {
  TrackRecord track;
  for (int i = 0; i < 400; ++i)
    track.resolve(TrackRecord::bin_of(0.85), 0.85, i % 2 == 0);
  CHECK(track.reliability() == 0);
}

TEST_CASE("confidence is clipped for a hundred votes, then calibrated bin by bin") {
  TrackRecord track;
  CHECK(track.calibrated(0.99) == 0.9);
  CHECK(track.calibrated(0.2) == 0.5);
  for (int i = 0; i < 99; ++i)
    track.resolve(TrackRecord::bin_of(0.9), 0.9, i % 10 < 6);
  CHECK(track.calibrated(0.9) == 0.9);
  for (int i = 99; i < 1'000; ++i)
    track.resolve(TrackRecord::bin_of(0.9), 0.9, i % 10 < 6);
  CHECK(track.calibrated(0.9) == doctest::Approx(0.6).epsilon(0.01));
  // A bin nobody has used falls back on the voter's own hit rate.
  CHECK(track.calibrated(0.55) == doctest::Approx(track.hit_rate()).epsilon(1e-9));
}

TEST_CASE("a voter that is mostly wrong is silenced, not inverted") {
  TrackRecord track;
  for (int i = 0; i < 500; ++i)
    track.resolve(TrackRecord::bin_of(0.7), 0.7, i % 10 < 2);
  CHECK(track.calibrated(0.7) == 0.5);
}

TEST_CASE("the past fades by half in fourteen days") {
  TrackRecord track;
  track.forget(1'000);
  for (int i = 0; i < 100; ++i)
    track.resolve(TrackRecord::bin_of(0.8), 0.8, true);
  auto fresh = track.brier();
  track.forget(1'000 + 14 * 1'440);
  CHECK(fresh == doctest::Approx((100 * 0.04 + 5) / 120));
  CHECK(track.brier() == doctest::Approx((50 * 0.04 + 5) / 70));
  CHECK(track.resolved() == 100);
}

TEST_CASE("confidence bins cover their range") {
  CHECK(TrackRecord::bin_of(0.1) == 0);
  CHECK(TrackRecord::bin_of(0.5) == 0);
  CHECK(TrackRecord::bin_of(0.56) == 1);
  CHECK(TrackRecord::bin_of(0.9) == 7);
  CHECK(TrackRecord::bin_of(1.0) == 7);
}
