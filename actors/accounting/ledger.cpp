#include "actors/accounting/ledger.hpp"

#include <fmt/format.h>

namespace finch::accounting {

using market::Int128;
using market::Money;

const char* to_string(Entry entry) noexcept {
  constexpr std::array names{"capital", "cash",     "position", "fees",
                             "spread",  "slippage", "funding",  "realised"};
  return names[static_cast<std::size_t>(entry)];
}

Ledger::Ledger(Money start) noexcept {
  balances_[static_cast<std::size_t>(Entry::cash)] = start;
  balances_[static_cast<std::size_t>(Entry::capital)] = Money{-start.units};
}

Status Ledger::post(std::span<const Leg> legs) {
  Int128 sum = 0;
  // Legs are added up in 128 bits first: one entry may appear twice, and a refusal must leave nothing behind.
  std::array<Int128, entry_count> next{};
  for (std::size_t entry = 0; entry < entry_count; ++entry)
    next[entry] = balances_[entry].units;
  for (const auto& leg : legs) {
    sum += leg.amount.units;
    next[static_cast<std::size_t>(leg.entry)] += leg.amount.units;
  }
  if (sum != 0)
    return fail(Category::failed, fmt::format("a posting of {} legs does not sum to zero", legs.size()));
  std::array<Money, entry_count> posted;
  for (std::size_t entry = 0; entry < entry_count; ++entry) {
    auto money = market::narrow(next[entry]);
    if (!money)
      return fail(Category::failed,
                  fmt::format("posting to {} overflows: the account holds more than 92 billion quote units",
                              to_string(static_cast<Entry>(entry))),
                  "start with less equity, or split the account");
    posted[entry] = *money;
  }
  balances_ = posted;
  return {};
}

Int128 Ledger::total() const noexcept {
  Int128 sum = 0;
  for (auto balance : balances_)
    sum += balance.units;
  return sum;
}

Status post_fill(Ledger& ledger, const FillPosting& fill) {
  auto costs = market::add(fill.fee, fill.spread);
  costs = costs ? market::add(*costs, fill.slippage) : costs;
  auto paid = costs ? market::add(fill.value, *costs) : costs;
  // Closing books gross profit = −value − cost of what is closed: a sale's value is negative, a short's cost
  // too.
  auto loss = market::add(fill.value, fill.cost_closed);
  if (!paid || !loss || paid->units == INT64_MIN || fill.cost_closed.units == INT64_MIN)
    return fail(Category::failed, "a fill's amounts overflow 64 bits", "trade smaller quantities");
  auto position = fill.closes ? Money{-fill.cost_closed.units} : fill.value;
  auto realised = fill.closes ? *loss : Money{};
  return ledger.post({{Entry::cash, Money{-paid->units}},
                      {Entry::position, position},
                      {Entry::realised, realised},
                      {Entry::fees, fill.fee},
                      {Entry::spread, fill.spread},
                      {Entry::slippage, fill.slippage}});
}

Status post_funding(Ledger& ledger, Money payment) {
  if (payment.units == INT64_MIN)
    return fail(Category::failed, "a funding payment overflows 64 bits", "trade smaller quantities");
  return ledger.post({{Entry::cash, Money{-payment.units}}, {Entry::funding, payment}});
}

} // namespace finch::accounting
