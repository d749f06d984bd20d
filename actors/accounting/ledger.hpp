/// Double-entry bookkeeping in fixed point: every posting sums to exactly zero, and so does the ledger at all
/// times.
#pragma once

#include "actors/market/money.hpp"
#include "schemas/error.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

namespace finch::accounting {

/// Debit balances are positive. What the account owns (`cash`, `position`) and what it spent are debits;
/// where the money came from (`capital`, profits in `realised`) are credits, hence negative.
enum class Entry : std::uint8_t { capital, cash, position, fees, spread, slippage, funding, realised };

inline constexpr std::size_t entry_count = 8;

[[nodiscard]] const char* to_string(Entry entry) noexcept;

/// One leg of a posting.
struct Leg {
  Entry entry = Entry::cash;
  market::Money amount;
};

/// The books of one trading account. `position` holds open positions at cost; marking is done outside and
/// never posted.
class Ledger {
public:
  /// Opens the account: `start` comes from capital into cash.
  explicit Ledger(market::Money start) noexcept;

  /// Posts all legs or none. Refuses legs that do not sum to zero and balances that would not fit 64 bits.
  Status post(std::span<const Leg> legs);
  Status post(std::initializer_list<Leg> legs) { return post(std::span{legs.begin(), legs.size()}); }

  [[nodiscard]] market::Money balance(Entry entry) const noexcept {
    return balances_[static_cast<std::size_t>(entry)];
  }
  /// Sum over all entries: 0 unless memory was corrupted.
  [[nodiscard]] market::Int128 total() const noexcept;

private:
  std::array<market::Money, entry_count> balances_{};
};

/// Signed amounts of one fill, as the ledger needs them.
struct FillPosting {
  market::Money value{};       ///< signed: positive for a buy, price × quantity
  market::Money cost_closed{}; ///< signed cost of the position this fill closes; 0 when it opens one
  market::Money fee{}, spread{}, slippage{};
  bool closes = false;
};

/// Buys pay cash into position, sells the reverse; a closing fill takes the position out at cost and books
/// the difference as realised; fees, spread and slippage leave cash for their own entries.
Status post_fill(Ledger& ledger, const FillPosting& fill);
/// A positive payment leaves cash.
Status post_funding(Ledger& ledger, market::Money payment);

} // namespace finch::accounting
