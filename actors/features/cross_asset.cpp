#include "actors/features/cross_asset.hpp"

#include "actors/features/bytes.hpp"

#include <algorithm>
#include <cmath>

namespace finch::features {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::optional<std::size_t> benchmark(std::span<const market::Instrument> all, const market::Instrument& of,
                                     std::string_view base) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& name = all[i].name;
    if (name.base != base || name.quote != of.name.quote)
      continue;
    if (name.venue == of.name.venue && name.market == of.name.market)
      return i;
    if (!best)
      best = i;
  }
  return best;
}

} // namespace

Against::Values Against::update(double close, double ret, double benchmark_close, double benchmark_ret,
                                bool itself) noexcept {
  Values out{nan, nan, nan, nan, nan, nan};
  auto own_past = own_closes.update(close, bars),
       benchmark_past = benchmark_closes.update(benchmark_close, bars);
  ++bars;
  Joint<> now, before;
  if (std::isnan(ret) || std::isnan(benchmark_ret)) {
    if (clean > 0)
      together = {};
    clean = 0;
  } else {
    now = together.update(benchmark_ret, ret, clean);
    ++clean;
  }
  if (std::isnan(ret) || std::isnan(last_return)) {
    if (clean_lagged > 0)
      lagged = {};
    clean_lagged = 0;
  } else {
    before = lagged.update(last_return, ret, clean_lagged);
    ++clean_lagged;
  }
  if (clean >= 60) {
    out.correlation = itself ? 1 : now.correlation();
    out.beta = now.slope();
  }
  if (clean_lagged >= 60)
    out.lead_lag = before.correlation();
  if (clean >= 20)
    out.relative_strength = (close / own_past) / (benchmark_close / benchmark_past) - 1;
  out.residual = ret - last_beta * benchmark_ret;
  last_beta = out.beta;
  // This instrument's first bar, and its first after a gap, has no predecessor to take the lag from.
  out.lag_return = std::isnan(ret) ? nan : last_return;
  last_return = std::isnan(ret) ? nan : benchmark_ret;
  return out;
}

CrossAsset::CrossAsset(std::span<const market::Instrument> instruments, const Plan& plan)
    : count_{instruments.size()}, pairs_(2 * instruments.size()) {
  auto& c = columns_;
  c = {plan.index("close"),           plan.index("ret_1"),
       plan.index("ret_20"),          plan.index("btc_correlation"),
       plan.index("eth_correlation"), plan.index("market_beta"),
       plan.index("eth_beta"),        plan.index("rel_strength_btc_20"),
       plan.index("btc_ret_1_lag_1"), plan.index("resid_ret_1"),
       plan.index("lead_lag_btc_60"), plan.index("breadth_up"),
       plan.index("dispersion")};
  auto needs_btc = c.btc_correlation || c.market_beta || c.strength || c.lag || c.residual || c.lead_lag;
  auto needs_eth = c.eth_correlation || c.eth_beta;
  for (const auto& instrument : instruments) {
    ids_.push_back(instrument.id);
    btc_.push_back(needs_btc ? benchmark(instruments, instrument, "BTC") : std::nullopt);
    eth_.push_back(needs_eth ? benchmark(instruments, instrument, "ETH") : std::nullopt);
  }
}

void CrossAsset::fill_pairs(double* values, std::size_t stride, std::size_t rows, std::size_t from,
                            std::size_t to) noexcept {
  if (!columns_.ret_1)
    return;
  for (auto i = from; i < to; ++i)
    for (std::size_t row = 0; row < rows; ++row)
      fill_pair(values + row * count_, stride, i);
}

void CrossAsset::fill_pair(double* values, std::size_t stride, std::size_t i) noexcept {
  auto at = [&](std::optional<std::size_t> column, std::size_t instrument) -> double& {
    return values[*column * stride + instrument];
  };
  auto put = [&](std::optional<std::size_t> column, double x) {
    if (column)
      at(column, i) = x;
  };
  const auto& c = columns_;
  auto close = at(c.close, i);
  if (std::isnan(close))
    return;
  auto ret = at(c.ret_1, i);
  if (auto b = btc_[i]) {
    auto v = pairs_[2 * i].update(close, ret, at(c.close, *b), at(c.ret_1, *b), i == *b);
    put(c.btc_correlation, v.correlation);
    put(c.market_beta, v.beta);
    put(c.strength, v.relative_strength);
    put(c.lag, v.lag_return);
    put(c.residual, v.residual);
    put(c.lead_lag, v.lead_lag);
  }
  if (auto b = eth_[i]) {
    auto v = pairs_[2 * i + 1].update(close, ret, at(c.close, *b), at(c.ret_1, *b), i == *b);
    put(c.eth_correlation, v.correlation);
    put(c.eth_beta, v.beta);
  }
}

void CrossAsset::fill_universe(double* values, std::size_t stride) const noexcept {
  const auto& c = columns_;
  if (!c.breadth && !c.dispersion)
    return;
  auto row = [&](std::optional<std::size_t> column) { return values + *column * stride; };
  double rising = 0, still = 0, known = 0, sum = 0, returns = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    if (auto x = row(c.ret_20)[i]; !std::isnan(x)) {
      ++known;
      rising += x > 0;
      still += x == 0;
    }
    if (auto x = row(c.ret_1)[i]; !std::isnan(x)) {
      ++returns;
      sum += x;
    }
  }
  auto mean = sum / returns;
  double squares = 0;
  for (std::size_t i = 0; i < count_; ++i)
    if (auto x = row(c.ret_1)[i]; !std::isnan(x))
      squares += (x - mean) * (x - mean);
  auto breadth = known == 0 ? nan : still == known ? 0.5 : rising / known;
  auto dispersion = known == 0 ? nan : returns < 2 ? 0 : std::sqrt(squares / (returns - 1));
  for (std::size_t i = 0; i < count_; ++i) {
    if (std::isnan(row(c.close)[i]))
      continue;
    if (c.breadth)
      row(c.breadth)[i] = breadth;
    if (c.dispersion)
      row(c.dispersion)[i] = dispersion;
  }
}

void CrossAsset::save(flatbuffers::FlatBufferBuilder& builder, std::size_t i, market::Timeframe timeframe,
                      Pairs& out) const {
  auto add = [&](std::optional<std::size_t> benchmark, const Against& pair) {
    if (!benchmark)
      return;
    auto bytes = put_value(builder, pair);
    out.push_back(fb::CreatePairState(builder, ids_[i], ids_[*benchmark], timeframe.minutes, bytes));
  };
  add(btc_[i], pairs_[2 * i]);
  add(eth_[i], pairs_[2 * i + 1]);
}

bool CrossAsset::restore(const fb::JoinState& state, std::size_t i, market::Timeframe timeframe) noexcept {
  if (state.layout() != state_layout() || !state.pairs())
    return false;
  auto find = [&](std::optional<std::size_t> benchmark, Against& pair) {
    if (!benchmark)
      return true;
    for (const auto* saved : *state.pairs())
      if (saved->instrument() == ids_[i] && saved->benchmark() == ids_[*benchmark] &&
          saved->minutes() == timeframe.minutes)
        return get_value(saved->state_bytes(), pair);
    return false;
  };
  return find(btc_[i], pairs_[2 * i]) && find(eth_[i], pairs_[2 * i + 1]);
}

} // namespace finch::features
