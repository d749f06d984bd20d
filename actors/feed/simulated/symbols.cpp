#include "actors/feed/simulated/symbols.hpp"

#include <array>

namespace finch::feed {
namespace {

// base, price, price decimals, quantity decimals, lot, activity, turnover a day, beta, own volatility, spread
// in bps
constexpr std::array<SymbolFacts, 36> symbols{{
    {"BTC", 64'000, 1, 4, 1, 8.0, 12.0e9, 1.00, 0.00, 0.02},
    {"ETH", 3'400, 2, 3, 1, 6.0, 7.5e9, 1.10, 0.55, 0.04},
    {"SOL", 150, 2, 2, 1, 4.0, 2.6e9, 1.30, 0.95, 0.7},
    {"XRP", 0.55, 4, 1, 1, 2.4, 9.0e8, 0.90, 0.90, 1.8},
    {"BNB", 580, 2, 3, 1, 1.9, 7.0e8, 0.75, 0.60, 0.3},
    {"DOGE", 0.12, 5, 0, 1, 2.3, 1.0e9, 1.30, 1.15, 0.9},
    {"ADA", 0.42, 4, 0, 1, 1.2, 3.5e8, 1.05, 0.95, 2.4},
    {"AVAX", 28, 3, 1, 1, 1.1, 3.2e8, 1.25, 1.05, 0.8},
    {"LINK", 14, 3, 1, 1, 1.0, 3.0e8, 1.10, 1.00, 0.9},
    {"TRX", 0.13, 5, 0, 1, 0.6, 1.2e8, 0.45, 0.60, 0.9},
    {"DOT", 6.2, 3, 1, 1, 0.8, 1.8e8, 1.10, 0.90, 1.7},
    {"MATIC", 0.55, 4, 0, 1, 0.8, 1.9e8, 1.15, 1.00, 1.9},
    {"LTC", 72, 2, 2, 1, 0.8, 2.2e8, 0.85, 0.75, 1.4},
    {"BCH", 380, 2, 3, 1, 0.7, 1.9e8, 1.00, 0.95, 0.6},
    {"UNI", 7.8, 3, 1, 1, 0.6, 1.3e8, 1.15, 1.10, 1.5},
    {"ATOM", 6.5, 3, 1, 1, 0.5, 1.0e8, 1.05, 0.90, 1.7},
    {"ETC", 22, 3, 2, 1, 0.6, 1.4e8, 1.05, 0.90, 1.0},
    {"FIL", 4.3, 3, 1, 1, 0.6, 1.4e8, 1.15, 0.95, 2.4},
    {"NEAR", 5.2, 3, 1, 1, 0.7, 1.8e8, 1.30, 1.15, 2.0},
    {"APT", 7.4, 3, 1, 1, 0.6, 1.5e8, 1.25, 1.10, 1.5},
    {"ARB", 0.75, 4, 1, 1, 0.7, 1.7e8, 1.25, 1.05, 1.6},
    {"OP", 1.7, 4, 1, 1, 0.6, 1.5e8, 1.30, 1.10, 1.1},
    {"INJ", 22, 3, 2, 1, 0.5, 1.1e8, 1.35, 1.25, 1.2},
    {"SUI", 0.9, 4, 1, 1, 0.9, 2.6e8, 1.30, 1.40, 1.5},
    {"SEI", 0.34, 4, 0, 1, 0.5, 9.0e7, 1.35, 1.35, 3.1},
    {"TIA", 6.8, 4, 1, 1, 0.5, 1.1e8, 1.35, 1.40, 1.3},
    {"RUNE", 4.1, 3, 1, 1, 0.4, 7.0e7, 1.35, 1.30, 2.6},
    {"AAVE", 95, 2, 2, 1, 0.5, 1.0e8, 1.20, 1.10, 1.3},
    {"MKR", 2'400, 1, 3, 1, 0.35, 6.0e7, 0.95, 1.00, 1.0},
    {"LDO", 1.6, 4, 1, 1, 0.4, 8.0e7, 1.25, 1.15, 1.6},
    {"FTM", 0.5, 4, 0, 1, 0.5, 1.0e8, 1.35, 1.30, 2.2},
    {"GALA", 0.022, 5, 0, 1, 0.4, 7.5e7, 1.30, 1.15, 5.0},
    {"SAND", 0.31, 4, 0, 1, 0.3, 4.5e7, 1.20, 0.95, 3.4},
    {"SHIB", 0.0000175, 8, 0, 1'000, 0.8, 2.0e8, 1.20, 1.05, 0.8},
    {"PEPE", 0.0000115, 10, 0, 1'000, 1.3, 6.5e8, 1.45, 1.70, 0.6},
    {"WIF", 2.1, 4, 1, 1, 0.9, 3.0e8, 1.50, 1.80, 1.2},
}};

} // namespace

std::span<const SymbolFacts> simulated_symbols() noexcept { return symbols; }

market::Instrument simulated_instrument(const SymbolFacts& facts) {
  market::Instrument instrument;
  instrument.name = {"sim", "perp", facts.base, "USDT"};
  instrument.price_decimals = facts.price_decimals;
  instrument.quantity_decimals = facts.quantity_decimals;
  instrument.lot_size = facts.lot_size;
  instrument.min_notional_e8 = 500'000'000; // 5 USDT
  instrument.synthetic = true;
  return instrument;
}

} // namespace finch::feed
