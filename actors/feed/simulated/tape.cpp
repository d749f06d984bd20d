#include "actors/feed/simulated/tape.hpp"

#include "actors/feed/simulated/random.hpp"

#include <algorithm>
#include <array>

namespace finch::feed {
namespace {

// Each tick has one 64-bit draw; these are the bits of it that every purpose takes.
constexpr unsigned gap_shift = 0, size_shift = 10, normal_shift = 20, side_shift = 32;
constexpr std::size_t table_size = 1'024, table_mask = table_size - 1;

/// Equally likely values of three shapes, so that a tick costs a look-up instead of logarithms.
struct Shapes {
  std::array<double, table_size> gap;    ///< waiting times: bursts within the millisecond, else long-tailed
  std::array<double, table_size> size;   ///< trade sizes: log-normal body, Pareto tail
  std::array<double, table_size> normal; ///< standard normal

  Shapes() {
    for (std::size_t i = 0; i < table_size; ++i) {
      auto p = (static_cast<double>(i) + 0.5) / table_size;
      gap[i] = p < 0.3 ? 0.0005 : std::pow(-std::log(1 - (p - 0.3) / 0.7), 1.4);
      size[i] = p < 0.95 ? std::exp(1.2 * normal_quantile(p))
                         : std::exp(1.2 * 1.645) * std::pow(0.05 / (1 - p), 0.7);
      normal[i] = normal_quantile(p);
    }
  }
};

const Shapes& shapes_of_trading() {
  static const Shapes shapes;
  return shapes;
}

std::size_t pick(std::uint64_t bits, unsigned shift) { return (bits >> shift) & table_mask; }

/// A trade whose price the plan dictates.
struct Anchor {
  std::int64_t index = 0, price = 0;
};

/// First trade, extremes where they need a trade of their own, last trade: ascending by index.
struct Anchors {
  std::array<Anchor, 4> at;
  std::size_t count = 0;

  explicit Anchors(const MinutePlan& plan) {
    auto n = std::int64_t{plan.trade_count};
    at[count++] = {0, plan.open};
    auto top = plan.high > std::max(plan.open, plan.close),
         bottom = plan.low < std::min(plan.open, plan.close);
    Draws draws{scramble(plan.key)};
    auto inner = static_cast<double>(n - 2);
    if (top && bottom) {
      auto first = 1 + static_cast<std::int64_t>(draws.uniform() * (inner - 1));
      auto second =
          first + 1 + static_cast<std::int64_t>(draws.uniform() * static_cast<double>(n - 2 - first));
      auto up_first = draws.chance(0.5);
      at[count++] = {first, up_first ? plan.high : plan.low};
      at[count++] = {second, up_first ? plan.low : plan.high};
    } else if (top || bottom) {
      at[count++] = {1 + static_cast<std::int64_t>(draws.uniform() * inner), top ? plan.high : plan.low};
    }
    if (n > 1)
      at[count++] = {n - 1, plan.close};
  }
};

} // namespace

void Tape::draw(const MinutePlan& plan, market::TickColumns& ticks, market::QuoteColumns& quotes) {
  auto count = static_cast<std::size_t>(plan.trade_count);
  bits_.resize(count);
  for (std::size_t i = 0; i < count; ++i)
    bits_[i] = scramble(plan.key + i * 0x9e3779b97f4a7c15ULL);
  for (std::size_t i = 0; i < count; ++i)
    ticks.id.push_back(plan.first_id + i);
  draw_times(plan, ticks);
  draw_prices(plan, ticks, quotes);
  draw_quantities(plan, ticks);
}

void Tape::draw_times(const MinutePlan& plan, market::TickColumns& ticks) {
  const auto& shapes = shapes_of_trading();
  double total = shapes.gap[pick(scramble(plan.key ^ 1), gap_shift)] + 0.001;
  for (auto bits : bits_)
    total += shapes.gap[pick(bits, gap_shift)];
  auto scale = 59'999.0 / total; // milliseconds, so that the last trade is inside the minute
  double at = 0;
  auto begin = market::round_begin(plan.round);
  for (auto bits : bits_) {
    at += shapes.gap[pick(bits, gap_shift)];
    ticks.time_ns.push_back(begin + static_cast<std::int64_t>(at * scale) * market::ns_per_ms);
  }
}

void Tape::draw_prices(const MinutePlan& plan, market::TickColumns& ticks, market::QuoteColumns& quotes) {
  const auto& shapes = shapes_of_trading();
  auto n = std::int64_t{plan.trade_count};
  auto half = plan.half_spread;
  auto begin = market::round_begin(plan.round);
  auto quote_at = begin;
  auto mid = plan.mid_open;
  auto quote_until = [&](market::TimeNs end, double now) {
    for (; quote_at < end; quote_at += quote_interval_ns_) {
      auto bits = scramble(plan.key ^ static_cast<std::uint64_t>(quote_at));
      auto bid = std::max<std::int64_t>(1, std::llround(now - half));
      auto size = [&](unsigned shift) {
        return 1 + static_cast<std::int64_t>(40 * shapes.size[pick(bits, shift)]);
      };
      quotes.time_ns.push_back(quote_at);
      quotes.bid_price.push_back(bid);
      quotes.ask_price.push_back(std::max(bid + 1, static_cast<std::int64_t>(std::llround(now + half))));
      quotes.bid_quantity.push_back(size(0) * lot_size_);
      quotes.ask_quantity.push_back(size(16) * lot_size_);
    }
  };
  if (n > 0) {
    Anchors anchors{plan};
    auto noise = plan.sigma / std::sqrt(static_cast<double>(n));
    std::size_t next = 0;
    int side = (plan.key >> 63U) != 0 ? 1 : -1;
    const auto* time = ticks.time_ns.data() + ticks.time_ns.size() - static_cast<std::size_t>(n);
    double steps = 0, target = mid;
    for (std::int64_t i = 0; i < n; ++i) {
      auto bits = bits_[static_cast<std::size_t>(i)];
      // Buyers follow buyers: orders are split, so signs repeat four times out of five.
      if (((bits >> side_shift) & 0xffffU) < 0x6000U)
        side = -side;
      std::int64_t price = 0;
      if (i == anchors.at[next].index) {
        price = anchors.at[next].price;
        if (price == plan.high && price != plan.low)
          side = 1;
        else if (price == plan.low && price != plan.high)
          side = -1;
        mid = static_cast<double>(price) - side * half;
        ++next;
        if (next < anchors.count) {
          steps = static_cast<double>(anchors.at[next].index - i);
          target = static_cast<double>(anchors.at[next].price);
        }
      } else {
        // A random walk that is pulled to the next trade whose price is given.
        mid += (target - mid) / steps + noise * shapes.normal[pick(bits, normal_shift)];
        steps -= 1;
        price = std::clamp(static_cast<std::int64_t>(std::llround(mid + side * half)), plan.low, plan.high);
      }
      quote_until(time[i] + 1, mid);
      ticks.price.push_back(price);
      ticks.side.push_back(side > 0 ? market::Side::buy : market::Side::sell);
    }
  }
  quote_until(market::round_close(plan.round), plan.mid_close);
}

void Tape::draw_quantities(const MinutePlan& plan, market::TickColumns& ticks) {
  auto count = static_cast<std::size_t>(plan.trade_count);
  if (count == 0)
    return;
  auto* side = ticks.side.data() + ticks.side.size() - count;
  if (count == 1)
    side[0] = plan.buy_volume > 0 ? market::Side::buy : market::Side::sell;
  else if (std::all_of(side, side + count, [&](auto other) { return other == side[0]; }))
    side[count - 1] = side[0] == market::Side::buy ? market::Side::sell : market::Side::buy;
  const auto& shapes = shapes_of_trading();
  std::array<double, 2> weight{};
  std::array<std::int64_t, 2> trades{},
      left{(plan.volume - plan.buy_volume) / lot_size_, plan.buy_volume / lot_size_};
  for (std::size_t i = 0; i < count; ++i) {
    auto bought = side[i] == market::Side::buy ? 1U : 0U;
    weight[bought] += shapes.size[pick(bits_[i], size_shift)];
    ++trades[bought];
  }
  // Every trade has one lot; the rest is shared out by weight, and what rounding leaves goes to the side's
  // last trade.
  std::array<double, 2> rate{};
  for (auto which : {0U, 1U})
    rate[which] =
        static_cast<double>(left[which] - trades[which]) / std::max(weight[which], 1e-9) * (1 - 1e-12);
  for (std::size_t i = 0; i < count; ++i) {
    auto bought = side[i] == market::Side::buy ? 1U : 0U;
    auto lots = --trades[bought] == 0
                    ? left[bought]
                    : 1 + static_cast<std::int64_t>(rate[bought] * shapes.size[pick(bits_[i], size_shift)]);
    left[bought] -= lots;
    ticks.quantity.push_back(lots * lot_size_);
  }
}

} // namespace finch::feed
