#include "actors/strategies/rules.hpp"

namespace finch::strategies {

const char* key_of(Distance::Unit unit) {
  switch (unit) {
  case Distance::Unit::pct:
    return "pct";
  case Distance::Unit::atr:
    return "atr";
  default:
    return "price";
  }
}

std::vector<Rule> rules_of(const Spec& spec) {
  std::vector<Rule> rules;
  auto add = [&](const char* place, const std::optional<expression::Expression>& rule) {
    if (rule)
      rules.push_back({place, &*rule});
  };
  auto distance = [&](const char* place, const Distance& level) {
    rules.push_back({std::string{place} + "/" + key_of(level.unit), &level.amount});
  };
  const auto& exits = spec.exits;
  add("/enter_long", spec.enter_long);
  add("/enter_short", spec.enter_short);
  add("/confidence", spec.confidence);
  distance("/exits/stop_loss", exits.stop_loss);
  if (exits.take_profit)
    distance("/exits/take_profit", *exits.take_profit);
  if (exits.trailing)
    distance("/exits/trailing", *exits.trailing);
  add("/exits/break_even/at_r", exits.break_even_at_r);
  add("/exits/max_hold_bars", exits.max_hold_bars);
  add("/exits/cooldown_bars", exits.cooldown_bars);
  add("/exits/exit_long", exits.exit_long);
  add("/exits/exit_short", exits.exit_short);
  return rules;
}

} // namespace finch::strategies
