#include "bench/d1.hpp"

namespace finch::bench {

D1Source::D1Source(const D1& job, std::uint32_t symbol)
    : state_{job.seed * 0x9e3779b97f4a7c15 + symbol}, time_ns_{job.start_ns}, price_{10'000 + 500 * symbol} {}

/// SplitMix64.
std::uint64_t D1Source::draw() {
  auto z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void D1Source::append(std::size_t rows, market::TickColumns& out) {
  out.price_decimals = 2, out.quantity_decimals = 3;
  auto at = out.size();
  auto end = at + rows;
  out.time_ns.resize(end), out.price.resize(end), out.quantity.resize(end), out.side.resize(end),
      out.id.resize(end);
  for (; at < end; ++at) {
    // One draw a tick; its bits are shared out: 3 for standing still, 32 for the step, 4, 5, 5 and 1 for the
    // rest.
    auto bits = draw();
    if ((bits & 7) != 0)
      time_ns_ += static_cast<market::TimeNs>((bits >> 32) * 400 >> 32) * market::ns_per_ms;
    auto move = bits >> 3 & 15;
    price_ += move == 0 ? 1 : move == 1 ? -1 : 0;
    out.time_ns[at] = time_ns_;
    out.price[at] = price_;
    out.quantity[at] = static_cast<std::int64_t>(1 + (bits >> 7 & 31) * (bits >> 12 & 31));
    out.side[at] = (bits >> 17 & 1) != 0 ? market::Side::buy : market::Side::sell;
    out.id[at] = id_++;
  }
}

market::TickColumns d1_symbol(const D1& job, std::uint32_t symbol) {
  market::TickColumns out;
  D1Source{job, symbol}.append(job.ticks_of(symbol), out);
  return out;
}

std::uint64_t witness(const market::TickColumns& ticks) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < ticks.size(); ++i)
    sum += static_cast<std::uint64_t>(ticks.price[i]) * static_cast<std::uint64_t>(ticks.quantity[i]);
  return sum;
}

} // namespace finch::bench
