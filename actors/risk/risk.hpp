/// Decisions into orders or refusals: limits, sizing, breakers, kill switch.
#pragma once

#include "actors/accounting/sizing.hpp"
#include "actors/market/instrument.hpp"
#include "actors/risk/breakers.hpp"
#include "schemas/frame.hpp"

#include <span>
#include <vector>

namespace finch::risk {

/// The decisions of one round inside a block, which is sorted by round.
[[nodiscard]] std::span<const fb::Decision> decisions_of(const fb::DecisionBlock& block,
                                                         market::Round round) noexcept;

/// The desk's risk manager. Its answer depends on (round, decisions, account), on what it ordered and the
/// account has not settled yet, and on its breakers.
class Risk {
public:
  /// `config` must have passed `validate`.
  Risk(const Config& config, std::vector<market::Instrument> instruments);

  /// Answers the decisions taken at the close of `round` for the account as marked then. Decisions are served
  /// by |S|/threshold descending, ties by instrument id; at most one order an instrument.
  [[nodiscard]] Frame<fb::OrderBlock> settle(market::Round round, std::span<const fb::Decision> decisions,
                                             const fb::AccountState& account);

  /// Switches defence mode of an instrument (volatility above its 95th percentile) on or off.
  void defend(market::InstrumentId instrument, bool on);
  [[nodiscard]] Breakers& breakers() noexcept { return breakers_; }
  [[nodiscard]] const Breakers& breakers() const noexcept { return breakers_; }

private:
  // An instrument, what it carries, and what is on its way to it. Money in quote.
  struct Slot {
    market::Instrument instrument;
    std::size_t coin = 0; ///< index of the base currency
    bool defence = false;
    std::int64_t quantity = 0;
    bool pending = false;
    double pending_notional = 0, pending_risk = 0; ///< of the order last sent, until the account settles it
  };
  // What the account carries; grows as orders are given within the round.
  struct Load {
    double equity = 0, gross = 0, risk = 0, risk_limit = 0;
  };

  Slot* find(market::InstrumentId id) noexcept;
  void read(const fb::AccountState& account);
  void decide(market::Round round, const fb::Decision& decision);
  void close(market::Round round, const Slot& slot, bool opposite);
  Reason open(market::Round round, const fb::Decision& decision, Slot& slot);
  Reason check(const fb::Decision& decision, const Slot& slot) const;
  accounting::Size size(const fb::Decision& decision, const Slot& slot, double risk_fraction) const;
  double cost_fraction(const market::Instrument& instrument) const noexcept;

  Config config_;
  std::vector<Slot> slots_; ///< ascending ids
  Breakers breakers_;
  Load load_;
  std::vector<double> coin_exposure_;
  std::vector<const fb::Decision*> order_;
  std::vector<fb::OrderFields> orders_;
  std::vector<fb::RefusalFields> refusals_;
};

} // namespace finch::risk
