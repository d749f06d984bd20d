#include "actors/statistics/distributions.hpp"
#include "actors/statistics/moments.hpp"
#include "actors/statistics/quantiles.hpp"
#include "actors/statistics/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <vector>

using namespace finch::statistics;

TEST_CASE("moments of a small sample are the ones worked out by hand") {
  std::vector<double> x{2, 4, 4, 4, 5, 5, 7, 9};
  CHECK(mean(x) == 5);
  CHECK(variance(x, 0) == 4);
  CHECK(variance(x) == doctest::Approx(32.0 / 7));
  CHECK(skewness(x) == doctest::Approx(0.65625));
  CHECK(kurtosis(x) == doctest::Approx(2.78125));
  CHECK(autocorrelation(std::vector<double>{1, -1, 1, -1}) == doctest::Approx(-0.75));
  std::vector<double> y{1, 3, 3, 3, 4, 4, 6, 8};
  CHECK(correlation(x, y) == doctest::Approx(1));
  auto line = least_squares(x, y);
  CHECK(line.slope == doctest::Approx(1));
  CHECK(line.intercept == doctest::Approx(-1));
}

TEST_CASE("degenerate samples have stated values") {
  std::vector<double> none, one{3}, flat{0.1, 0.1, 0.1};
  CHECK(std::isnan(mean(none)));
  CHECK(std::isnan(variance(one)));
  CHECK(variance(one, 0) == 0);
  CHECK(deviation(flat) == 0);
  CHECK(skewness(flat) == 0);
  CHECK(kurtosis(flat) == 3);
  CHECK(correlation(flat, std::vector<double>{1, 2, 3}) == 0);
  CHECK(std::isnan(quantile(none, 0.5)));
}

TEST_CASE("quantiles interpolate and ranks share ties") {
  std::vector<double> x{3, 1, 2, 4};
  CHECK(median(x) == 2.5);
  CHECK(quantile(x, 0.25) == 1.75);
  CHECK(interquartile_range(x) == 1.5);
  CHECK(ranks(std::vector<double>{10, 20, 10, 30}) == std::vector<double>{1.5, 3, 1.5, 4});
  CHECK(rank_correlation(x, std::vector<double>{30, 1, 20, 400}) == doctest::Approx(1));
}

TEST_CASE("the normal quantile inverts the normal distribution in the middle and far out") {
  CHECK(normal_quantile(0.975) == doctest::Approx(1.959963984540054).epsilon(1e-15));
  CHECK(normal_quantile(1e-10) == doctest::Approx(-6.361340902404056).epsilon(1e-14));
  CHECK(normal_quantile(1e-300) == doctest::Approx(-37.0470962993612).epsilon(1e-12));
  CHECK(normal_quantile(0.5) == 0);
  CHECK(std::isinf(normal_quantile(0)));
  CHECK(std::isnan(normal_quantile(1.5)));
  for (double p = 1e-12; p < 1; p = p < 0.01 ? p * 3 : p + 0.0071)
    CHECK(std::abs(normal_cdf(normal_quantile(p)) / p - 1) < 1e-12);
}

TEST_CASE("Student's tails match tables and invert") {
  CHECK(student_two_sided(12.706204736432095, 1) == doctest::Approx(0.05).epsilon(1e-12));
  CHECK(student_two_sided(2.2281388519862744, 10) == doctest::Approx(0.05).epsilon(1e-12));
  CHECK(student_two_sided(1.0, 1) == doctest::Approx(0.5).epsilon(1e-13));
  CHECK(student_two_sided(0, 7) == doctest::Approx(1));
  CHECK(student_cdf(-2.2281388519862744, 10) == doctest::Approx(0.025).epsilon(1e-12));
  for (double freedom : {1.0, 2.0, 5.0, 30.0, 119.0, 5000.0})
    for (double p : {1e-12, 1e-4, 0.05, 0.5, 0.99}) {
      auto t = student_two_sided_quantile(p, freedom);
      CHECK(std::abs(student_two_sided(t, freedom) / p - 1) < 1e-8);
    }
  CHECK(student_two_sided_quantile(1, 9) == 0);
}

TEST_CASE("Kolmogorov's tail matches its 5 % and 1 % points") {
  CHECK(kolmogorov_tail(1.3580986393225505) == doctest::Approx(0.05).epsilon(1e-9));
  CHECK(kolmogorov_tail(1.6276236115189502) == doctest::Approx(0.01).epsilon(1e-9));
  CHECK(kolmogorov_tail(0.01) == 1);
}

TEST_CASE("a draw depends on its seed, key and counter only") {
  Draws a{7, 1}, b{7, 1}, other_seed{8, 1}, other_key{7, 2};
  auto first = a.bits();
  CHECK(first == b.bits());
  CHECK(first == draw(7, 1, 0));
  CHECK(first != other_seed.bits());
  CHECK(first != other_key.bits());
  CHECK(key_of("tune") != key_of("design"));
}

TEST_CASE("draws are uniform, normal and bounded as promised") {
  Draws draws{42, 0};
  std::vector<double> uniform, normal;
  std::set<std::uint64_t> faces;
  for (int i = 0; i < 20'000; ++i) {
    uniform.push_back(draws.uniform());
    normal.push_back(draws.normal());
    faces.insert(draws.below(6));
  }
  CHECK(mean(uniform) == doctest::Approx(0.5).epsilon(0.02));
  CHECK(variance(uniform) == doctest::Approx(1.0 / 12).epsilon(0.03));
  CHECK(std::abs(mean(normal)) < 0.03);
  CHECK(variance(normal) == doctest::Approx(1).epsilon(0.03));
  CHECK(kurtosis(normal) == doctest::Approx(3).epsilon(0.05));
  CHECK(faces == std::set<std::uint64_t>{0, 1, 2, 3, 4, 5});
}
