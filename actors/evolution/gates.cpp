#include "actors/evolution/gates.hpp"

#include "actors/statistics/drift.hpp"

#include <fmt/format.h>

namespace finch::evolution {

namespace {

// Conditions are asked as "is it met", so that NaN, which compares false, is not met.
class Gate {
public:
  void at_least(const char* name, double value, double limit) {
    if (!(value >= limit))
      result_.failed.push_back(fmt::format("{} {:.4g} < {:g}", name, value, limit));
  }
  void at_most(const char* name, double value, double limit) {
    if (!(value <= limit))
      result_.failed.push_back(fmt::format("{} {:.4g} > {:g}", name, value, limit));
  }
  void holds(bool met, const char* otherwise) {
    if (!met)
      result_.failed.emplace_back(otherwise);
  }
  GateResult take() { return std::move(result_); }

private:
  GateResult result_;
};

// What T1→T2 and T2→T3 ask of the trades, at different heights.
struct Heights {
  double trades, win_rate, sharpe, eep;
};
constexpr Heights t2{50, 0.40, 0.5, 50}, t3{100, 0.45, 1.0, 65};

void ask(Gate& gate, const Score& s, const Heights& h) {
  gate.at_least("trades", static_cast<double>(s.trades.trades), h.trades);
  gate.at_least("win rate", s.trades.win_rate, h.win_rate);
  gate.at_least("Sharpe", s.sharpe, h.sharpe);
  gate.at_least("EEP", s.eep.score, h.eep);
}

} // namespace

GateResult gate_t1(const BirthFacts& facts) {
  Gate gate;
  gate.holds(facts.compiles, "does not compile");
  gate.holds(facts.warm_up_declared, "declares no warm-up");
  gate.holds(facts.causal, "looks ahead");
  gate.at_least("signals", static_cast<double>(facts.signals), 1);
  return gate.take();
}

GateResult gate_t2(const Score& s, const PromotionFacts& facts) {
  Gate gate;
  gate.at_least("days", s.days, 30);
  ask(gate, s, t2);
  gate.at_least("DSR", s.dsr, 0.90);
  gate.at_most("PBO", facts.overfitting, 0.30);
  gate.holds(s.profitable_at_stress, "loses at 1.5 times the costs");
  return gate.take();
}

GateResult gate_t3(const Score& s, const ForwardFacts& facts) {
  Gate gate;
  ask(gate, s, t3);
  gate.at_least("forward DSR", s.dsr, 0.95);
  gate.at_most("drift", facts.drift, statistics::drift_target);
  gate.at_least("days", s.days, s.min_track_record_days);
  return gate.take();
}

bool below_t2(const Score& s) noexcept {
  constexpr double slack = 0.9;
  auto meets = static_cast<double>(s.trades.trades) >= slack * t2.trades &&
               s.trades.win_rate >= slack * t2.win_rate && s.sharpe >= slack * t2.sharpe &&
               s.eep.score >= slack * t2.eep;
  return !meets;
}

GateResult gate_model(const ModelFacts& facts) {
  Gate gate;
  gate.at_least("Sharpe", facts.sharpe, 0.5);
  gate.at_least("win rate", facts.win_rate, 0.45);
  gate.at_most("drawdown", facts.max_drawdown, 0.20);
  gate.at_least("accuracy", facts.accuracy, facts.base_rate + 2 * facts.standard_error);
  return gate.take();
}

} // namespace finch::evolution
