#include "actors/supervisor/restart_policy.hpp"

#include <doctest/doctest.h>

using finch::supervisor::RestartPolicy;

TEST_CASE("delays double up to the longest, and too many deaths end the part") {
  RestartPolicy policy{
      {.first_delay_ns = 10, .longest_delay_ns = 35, .within_ns = 1'000, .most_restarts = 4}};
  CHECK(policy.died(0) == 10);
  CHECK(policy.died(100) == 120);
  CHECK(policy.died(200) == 235);
  CHECK(policy.died(300) == 335);
  CHECK_FALSE(policy.given_up());
  CHECK_FALSE(policy.died(400).has_value());
  CHECK(policy.given_up());
}

TEST_CASE("a part that lived long enough starts afresh") {
  RestartPolicy policy{
      {.first_delay_ns = 10, .longest_delay_ns = 80, .within_ns = 1'000, .most_restarts = 2}};
  CHECK(policy.died(0) == 10);
  CHECK(policy.died(5) == 25);
  CHECK(policy.died(2'000) == 2'010);
  CHECK(policy.deaths() == 1);
}
