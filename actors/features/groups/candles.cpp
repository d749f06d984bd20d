/// Candlestick shapes (reference 1.10).
#include "actors/features/shared_kernels.hpp"

namespace finch::features {
namespace {

double upper_shadow(double open, double high, double close) { return high - (open > close ? open : close); }
double lower_shadow(double open, double low, double close) { return (open < close ? open : close) - low; }

template <class T = double>
struct RunLength {
  static constexpr int inputs = 1;
  T run{};
  T update(InOf<T> in, const Now&) noexcept {
    // Without a step nothing goes on, and the run is the step: 0.
    auto step = pick(in[0] > 0.0, 1.0, pick(in[0] < 0.0, -1.0, in[0]));
    return run = pick(step * run > 0.0, run + step, step);
  }
};

Entry shape(std::string_view name, std::string_view text, std::vector<std::string_view> wires, Kernel made) {
  return {{.name = name, .formula = text, .unit = "fraction", .neutral = 0}, std::move(wires), made};
}

Entry pattern(std::string_view name, std::string_view text, int warmup, std::string_view talib,
              std::vector<std::string_view> wires, Kernel made) {
  return {{.name = name,
           .formula = text,
           .unit = "flag",
           .dimension = Dimension::flag,
           .warmup = warmup,
           .neutral = 0,
           .talib = talib},
          std::move(wires),
          made};
}

} // namespace

Entries candle_features() {
  return {
      shape("body_ratio", "abs(C - O)/(H - L)", {"open", "close", "high", "low"},
            formula<4>([](In in) { return ratio(std::abs(in[1] - in[0]), in[2] - in[3], 0); })),
      shape("upper_shadow_ratio", "(H - max(O, C))/(H - L)", {"open", "close", "high", "low"},
            formula<4>([](In in) { return ratio(upper_shadow(in[0], in[2], in[1]), in[2] - in[3], 0); })),
      shape("lower_shadow_ratio", "(min(O, C) - L)/(H - L)", {"open", "close", "high", "low"},
            formula<4>([](In in) { return ratio(lower_shadow(in[0], in[3], in[1]), in[2] - in[3], 0); })),
      pattern("candle_dir", "sign(C - O)", 0, "", {"open", "close"},
              formula<2>([](In in) { return sign(in[1] - in[0]); })),
      pattern("doji", "1 if body_ratio <= 0.1 and H > L", 0, "~CDLDOJI", {"body_ratio", "high", "low"},
              formula<3>([](In in) { return in[1] > in[2] && in[0] <= 0.1 ? 1.0 : 0.0; })),
      pattern("hammer",
              "1 if body > 0, lower shadow >= 2 body and upper shadow <= 0.3 body; -1 for the mirrored "
              "shooting star",
              0, "~CDLHAMMER", {"open", "high", "low", "close"}, formula<4>([](In in) {
                auto body = std::abs(in[3] - in[0]);
                auto upper = upper_shadow(in[0], in[1], in[3]), lower = lower_shadow(in[0], in[2], in[3]);
                if (body == 0)
                  return 0.0;
                if (lower >= 2 * body && upper <= 0.3 * body)
                  return 1.0;
                return upper >= 2 * body && lower <= 0.3 * body ? -1.0 : 0.0;
              })),
      pattern("engulfing",
              "+1/-1: colour opposite to the previous bar's and a body that strictly contains its body", 1,
              "~CDLENGULFING", {"open", "close", ".prev_open", ".prev_close"}, formula<4>([](In in) {
                auto colour = sign(in[1] - in[0]), before = sign(in[3] - in[2]);
                auto low = colour > 0 ? in[0] : in[1], high = colour > 0 ? in[1] : in[0];
                auto last_low = before > 0 ? in[2] : in[3], last_high = before > 0 ? in[3] : in[2];
                return colour * before < 0 && low < last_low && high > last_high ? colour : 0.0;
              })),
      pattern("inside_bar", "1 if H < H[-1] and L > L[-1]", 1, "", {"high", "low", ".prev_high", ".prev_low"},
              formula<4>([](In in) { return in[0] < in[2] && in[1] > in[3] ? 1.0 : 0.0; })),
      {{.name = "run_length",
        .formula = "signed count of consecutive ret_1 of one sign; 0 resets",
        .unit = "bars",
        .dimension = Dimension::count,
        .warmup = 1,
        .neutral = 0},
       {"ret_1"},
       kernel<RunLength<>>()},
  };
}

} // namespace finch::features
