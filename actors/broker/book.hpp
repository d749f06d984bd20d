/// A book: one instance's own account. Its votes become orders by fixed risk, without consensus and without
/// caps.
#pragma once

#include "actors/accounting/holding_rules.hpp"
#include "actors/broker/account.hpp"
#include "actors/broker/book_size.hpp"
#include "schemas/votes_generated.h"

#include <deque>

namespace finch::broker {

/// `account.minutes` is the instance's timeframe and `account.instance` its index.
struct BookConfig {
  AccountConfig account;
  accounting::HoldingRules rules;
  Round trade_from = INT64_MIN; ///< votes of earlier rounds are ignored: warm-up
  BookTerms terms = {};
};

/// Closes every round for which market data and votes are both there. A vote acts only in the round its row
/// closes in: flat, it enters; open, its exit rule or an opposite side closes, and re-entry waits for the
/// next row.
///
/// Sizes never depend on what the book won or lost, so each trade weighs the same in the instance's record;
/// only a book whose equity is gone stops entering.
class Book {
public:
  Book(BookConfig config, std::vector<market::Instrument> instruments);

  void set_listing(InstrumentId instrument, Round first, Round last) {
    account_.set_listing(instrument, first, last);
  }
  Result<std::size_t> consume(const Frame<fb::MarketBlock>& block) { return account_.consume(block); }
  /// Takes the next feature block, before the votes cast on it.
  void features(const Frame<fb::FeatureBlock>& block) { account_.features(block); }
  /// Takes the instance's next votes; blocks come in order and leave no round out.
  Status votes(const Frame<fb::VoteBlock>& block);
  /// Closes all rounds it can and returns the last one closed (`first_round - 1` before any).
  Round advance();
  /// Closes the next round if data and votes are there; `account().summary()` then tells what it did.
  bool advance_one();
  /// Ends the run: what is open is closed at its mark.
  void finish() { account_.finish(); }

  [[nodiscard]] const Account& account() const noexcept { return account_; }
  [[nodiscard]] Frame<fb::AccountResult> result() const { return account_.result(); }
  [[nodiscard]] Frame<fb::AccountRecords> take_records() { return account_.take_records(); }
  [[nodiscard]] const BookConfig& config() const noexcept { return config_; }

private:
  void act(Round round);
  void act(Round round, InstrumentId instrument, const fb::Vote& vote);
  void enter(Round round, const Execution& execution, const fb::Vote& vote);
  void order(Round round, const Execution& execution, int side, int reduce, std::int64_t quantity,
             const fb::Bracket& bracket);

  BookConfig config_;
  Account account_;
  std::deque<Frame<fb::VoteBlock>> votes_;
  std::uint32_t row_ = 0; // next row of the front block
  Round votes_through_;
  std::vector<fb::OrderFields> orders_;
};

} // namespace finch::broker
