/// Time of the bar's open, UTC (reference 1.14).
#include "actors/market/time.hpp"

#include "actors/features/shared_kernels.hpp"

#include <numbers>

namespace finch::features {
namespace {

/// Whole parts and rests of whole numbers far below 2^53: their quotients are rounded down as they should be.
double parts_of(double whole, double part) { return std::floor(whole / part); }
double rest_of(double whole, double part) { return whole - part * parts_of(whole, part); }

/// Sine and cosine of 2πk/n for k = 0 … n−1.
template <int n>
const auto circle = [] {
  std::array<std::array<double, n>, 2> out{};
  for (int k = 0; k < n; ++k) {
    auto angle = 2 * std::numbers::pi * k / n;
    out[0][static_cast<std::size_t>(k)] = std::sin(angle);
    out[1][static_cast<std::size_t>(k)] = std::cos(angle);
  }
  return out;
}();

template <int n>
struct Circle {
  static constexpr int inputs = 1, outputs = 2;
  void update(In in, const Now&, Out out) const noexcept {
    auto k = static_cast<std::size_t>(in[0]);
    out[0] = circle<n>[0][k];
    out[1] = circle<n>[1][k];
  }
};

Entry clock(std::string_view name, std::string_view text, std::string_view unit, Dimension dimension,
            std::vector<std::string_view> wires, Kernel made) {
  return {{.name = name, .formula = text, .unit = unit, .dimension = dimension}, std::move(wires), made};
}

} // namespace

Entries time_features() {
  using enum Dimension;
  return {
      clock("hour_of_day", "0 to 23", "hours", time, {"minute_of_day"},
            formula<1>([](In in) { return parts_of(in[0], 60); })),
      // The epoch was a Thursday.
      clock("day_of_week", "Monday 0 to Sunday 6", "days", time, {".day"},
            formula<1>([](In in) { return rest_of(in[0] + 3, 7); })),
      clock("is_weekend", "1 if day_of_week >= 5", "flag", flag, {"day_of_week"},
            formula<1>([](In in) { return in[0] >= 5 ? 1.0 : 0.0; })),
      clock("hour_sin", "sin(2 pi hour_of_day/24)", "ratio", unitless, {".hour_circle"}, same()),
      clock("hour_cos", "cos(2 pi hour_of_day/24)", "ratio", unitless, {".hour_circle#1"}, same()),
      clock("dow_sin", "sin(2 pi day_of_week/7)", "ratio", unitless, {".week_circle"}, same()),
      clock("dow_cos", "cos(2 pi day_of_week/7)", "ratio", unitless, {".week_circle#1"}, same()),
      clock("minute_of_day", "0 to 1439", "minutes", time, {".minute"},
            formula<1>([](In in) { return rest_of(in[0], market::rounds_per_day); })),
      clock("mins_to_funding",
            "minutes to the next settlement: 00, 08, 16 UTC or the instrument's own interval", "minutes",
            time, {"minute_of_day"}, formula<1>([](In in, const Now& now) {
              double interval = now.funding_interval_min > 0 ? now.funding_interval_min : 480;
              return interval - rest_of(in[0], interval);
            })),
      clock("session", "0 Asia 00-08, 1 Europe 08-13, 2 US 13-21, 3 late 21-24", "code", flag,
            {"hour_of_day"}, formula<1>([](In in) {
              auto h = in[0];
              return h < 8 ? 0.0 : h < 13 ? 1.0 : h < 21 ? 2.0 : 3.0;
            })),
      node(".day", {".minute"}, formula<1>([](In in) { return parts_of(in[0], market::rounds_per_day); })),
      node(".hour_circle", {"hour_of_day"}, kernel<Circle<24>>()),
      node(".week_circle", {"day_of_week"}, kernel<Circle<7>>()),
  };
}

} // namespace finch::features
