#include "actors/accounting/costs.hpp"
#include "actors/accounting/latency.hpp"
#include "actors/accounting/perpetual.hpp"
#include "actors/accounting/sizing.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <set>

using namespace finch::accounting;

namespace {

nlohmann::json load_cases() {
  const char* source = std::getenv("FINCH_SOURCE");
  std::ifstream file{std::string{source ? source : "."} + "/tests/vectors/execution_risk.json"};
  REQUIRE(file);
  return nlohmann::json::parse(file);
}

double value_of(const std::string& name, const nlohmann::json& in) {
  auto get = [&](const char* key) { return in.at(key).get<double>(); };
  auto terms = [&] { return MarginTerms{get("leverage"), get("mmr"), get("close_fee")}; };
  if (name == "sqrt_impact_bps")
    return sqrt_impact_bps(get("Y"), get("sigma_daily"), get("order_notional"), get("adv_notional"));
  if (name == "almgren_temp_impact_bps_35law")
    return almgren_temporary_bps(get("eta"), get("sigma_daily"), get("X_over_VT"));
  if (name == "round_trip_cost_bps")
    return round_trip_cost_bps(get("fee_side"), get("half_spread"), get("impact_side"),
                               get("funding_bps_per_8h"), get("funding_events"));
  if (name.starts_with("edge_gate"))
    return passes_edge_gate(get("edge_bps"), get("cost_bps"), get("margin_bps"));
  if (name == "buy_taker_fill" || name == "sell_taker_fill")
    return taker_price(get("mid"), name[0] == 'b' ? 1 : -1, get("half_spread_bps"), get("impact_bps"));
  if (name == "funding_payment_long")
    return funding_payment(get("qty"), get("mark"), get("rate"));
  if (name.starts_with("funding_"))
    return funding_rate(get("premium"), get("interest"), get("clamp"));
  if (name == "liquidation_long_isolated")
    return liquidation_price(get("entry"), 1, terms());
  if (name == "liquidation_short_isolated")
    return liquidation_price(get("entry"), -1, terms());
  FAIL("unknown case " << name);
  return 0;
}

} // namespace

TEST_CASE("the formulas of reference 6 reproduce their vectors") {
  int checked = 0;
  const auto vectors = load_cases();
  for (const auto& test : vectors.at("cases")) {
    auto name = test.at("name").get<std::string>();
    if (name.starts_with("position_size"))
      continue;
    CAPTURE(name);
    const auto& expected = test.at("expected");
    auto wanted = expected.is_boolean() ? (expected.get<bool>() ? 1.0 : 0.0) : expected.get<double>();
    CHECK(std::abs(value_of(name, test.at("inputs")) - wanted) <= 1e-12 * std::abs(wanted));
    ++checked;
  }
  CHECK(checked == 12);
}

TEST_CASE("position sizing reproduces its vectors and names what binds") {
  int checked = 0;
  const auto vectors = load_cases();
  for (const auto& test : vectors.at("cases")) {
    auto name = test.at("name").get<std::string>();
    if (!name.starts_with("position_size"))
      continue;
    const auto& in = test.at("inputs");
    const auto& expected = test.at("expected");
    auto get = [&](const char* key) { return in.at(key).get<double>(); };
    SizingInputs inputs{.equity = get("equity"),
                        .risk_fraction = get("risk_pct"),
                        .entry = get("entry"),
                        .stop_distance = std::abs(get("entry") - get("stop")),
                        .round_trip_cost = get("round_trip_cost_frac"),
                        .coin_cap = get("coin_cap"),
                        .max_leverage = get("max_leverage"),
                        .gross_exposure = get("gross_exposure"),
                        .daily_loss_left = get("daily_loss_left"),
                        .open_risk = get("open_risk")};
    finch::market::Instrument instrument;
    instrument.quantity_decimals = 8;
    instrument.lot_size = 100'000; // 0.001
    auto size = size_position(inputs, instrument);
    CAPTURE(name);
    auto close = [](double a, double b) { return std::abs(a - b) <= 1e-12 * std::abs(b); };
    CHECK(close(size.q_risk, expected.at("q_risk")));
    CHECK(close(size.q_coin_cap, expected.at("q_coin_cap")));
    CHECK(close(size.q_leverage, expected.at("q_leverage")));
    CHECK(close(size.q_open_risk, expected.at("q_open_risk")));
    CHECK(close(static_cast<double>(size.quantity) / 1e8, expected.at("qty")));
    CHECK(size.binding == (name == "position_size" ? Limit::coin_cap : Limit::risk));
    ++checked;
  }
  CHECK(checked == 2);
}

TEST_CASE("a size of nothing says why") {
  finch::market::Instrument instrument;
  instrument.quantity_decimals = 2;
  SizingInputs inputs{.equity = 100, .entry = 1'000, .stop_distance = 50};
  CHECK(size_position(inputs, instrument).quantity == 2); // risk: 1 / 50 = 0.02
  instrument.lot_size = 3;
  CHECK(size_position(inputs, instrument).binding == Limit::lot);
  instrument.lot_size = 1;
  instrument.min_notional_e8 = 21'00000000;
  CHECK(size_position(inputs, instrument).binding == Limit::min_notional);
  inputs.open_risk = 5, inputs.daily_loss_left = 5;
  CHECK(size_position(inputs, instrument).binding == Limit::open_risk);
  inputs.stop_distance = 0;
  CHECK(size_position(inputs, instrument).binding == Limit::no_stop);
  inputs.stop_distance = std::numeric_limits<double>::quiet_NaN();
  CHECK(size_position(inputs, instrument).quantity == 0);
}

TEST_CASE("latency depends on seed and order alone and has the stated medians") {
  LatencyModel model;
  CHECK(model.sample_ns(1, 7) == model.sample_ns(1, 7));
  CHECK(model.sample_ns(1, 7) != model.sample_ns(2, 7));
  CHECK(no_latency.sample_ns(1, 7) == 0);
  CHECK(LatencyModel{.sigma = 0}.sample_ns(1, 7) == 160'000'000);
  LatencyModel one{.data_ms = 0, .decision_ms = 0, .order_ms = 100, .sigma = 0.3};
  int below = 0, draws = 20'000;
  double log_sum = 0, log_squares = 0;
  for (int order = 0; order < draws; ++order) {
    auto ms = static_cast<double>(one.sample_ns(9, static_cast<std::uint64_t>(order))) / 1e6;
    below += ms < 100;
    log_sum += std::log(ms / 100);
    log_squares += std::log(ms / 100) * std::log(ms / 100);
  }
  CHECK(below == doctest::Approx(draws / 2).epsilon(0.03));
  CHECK(std::abs(log_sum / draws) < 0.01);
  CHECK(std::sqrt(log_squares / draws) == doctest::Approx(0.3).epsilon(0.03));
}

TEST_CASE("fill costs are notional times rates") {
  finch::market::Instrument instrument;
  CostModel model;
  finch::market::Money notional{50'000'00000000};
  auto taker = fill_costs(model, instrument, notional, false, std::nan(""), 0.03, 50'000, 50e6);
  CHECK(taker.fee.units == 25'00000000);      // 5 bps
  CHECK(taker.spread.units == 7'50000000);    // half of 3 bps
  CHECK(taker.slippage.units == 47'43400000); // 9.4868 bps at a rate rounded to 1e-8
  auto quoted = fill_costs(model, instrument, notional, false, 10, 0, 1, 1);
  CHECK(quoted.spread.units == 25'00000000);
  CHECK(quoted.slippage.units == 0);
  auto maker = fill_costs(model, instrument, notional, true, 10, 0.03, 1, 1);
  CHECK(maker.fee.units == 10'00000000);
  CHECK(maker.spread.units == 0);
  CHECK(maker.slippage.units == 0);
  model.stress = 1.5;
  CHECK(fill_costs(model, instrument, notional, false, 10, 0, 1, 1).fee.units == 37'50000000);
  CHECK(ImpactModel{}.rate_e8(0.04, 10, 0) == 4'000'000); // no volume: the order is the whole day
  CHECK(ImpactModel{}.rate_e8(9, 10, 10) == 10'000'000);  // capped
}

TEST_CASE("funding in money is value times rate, rounded once") {
  CHECK(funding_payment(finch::market::Money{21'000'00000000}, 0.0001)->units == 2'10000000);
  CHECK(funding_payment(finch::market::Money{-21'000'00000000}, 0.0001)->units == -2'10000000);
  CHECK_FALSE(funding_payment(finch::market::Money{1}, std::nan("")).has_value());
}
