/// One simulated account: the desk's, or inside a `Book` an instance's. Single-threaded and pure.
#pragma once

#include "actors/accounting/ledger.hpp"
#include "actors/broker/digest.hpp"
#include "actors/broker/execution.hpp"
#include "actors/broker/records.hpp"
#include "actors/broker/trade_context.hpp"
#include "actors/broker/types.hpp"
#include "schemas/frame.hpp"
#include "schemas/orders_generated.h"
#include "schemas/results_generated.h"

#include <map>
#include <optional>
#include <span>
#include <vector>

namespace finch::broker {

/// Turns orders into fills, positions, trades and equity. The caller keeps this cycle, one round after
/// another:
///
///     consume(block)…            any time, any size, each instrument's blocks in order
///     while (ready(next_round()))
///       close_round(next_round())   the account is marked; decide
///       submit(round, orders)       releases the next round, even when there are no orders
///
/// Ticks of the open round are played as they are consumed; ticks beyond it wait, so that no result depends
/// on how blocks are cut or on when the decisions came.
class Account {
public:
  /// `instruments` are what may be traded; their order does not matter.
  Account(AccountConfig config, std::vector<market::Instrument> instruments);

  /// States that the instrument has data only in [first, last]; outside nobody waits for it. By default:
  /// always.
  void set_listing(InstrumentId instrument, Round first, Round last);

  /// Takes what a feed says. Blocks of other instruments are ignored. Returns how many fills followed at
  /// once; a block that is malformed or comes after its round was closed is an error and changes nothing.
  Result<std::size_t> consume(const Frame<fb::MarketBlock>& block);

  /// The round that closes next.
  [[nodiscard]] Round next_round() const noexcept { return next_round_; }
  /// Whether every listed instrument's part of `round` is complete and the round before was released.
  [[nodiscard]] bool ready(Round round) const noexcept;

  /// Closes `next_round()`, which must be ready: posts what happened by (time, instrument, sequence), marks
  /// the account, orders the exits of positions held long enough. The summary lives until the next close.
  const RoundSummary& close_round(Round round);

  /// The orders decided at the close of `round`, the last one closed. They arrive after their latency.
  /// `flatten` closes every position and withdraws every entry. Plays what was waiting for it.
  /// An error, and nothing done, when `round` is not the last one closed or was released already.
  Status submit(Round round, std::span<const fb::OrderFields> orders, bool flatten = false);
  /// The same, with risk's refusals entered into the record.
  Status submit(const fb::OrderBlock& block);

  /// Enters a refusal decided outside, before `submit`.
  void refuse(InstrumentId instrument, std::uint16_t reason, std::uint64_t order_id = 0);
  /// Takes feature blocks of the timeframes in `config.context`, each before the orders of its last round.
  void features(const Frame<fb::FeatureBlock>& block) { context_.add(block); }
  /// Keeps what the desk decided for the records, where they are kept.
  void keep_decisions(const Frame<fb::DecisionBlock>& block);
  void note_decisions(std::uint64_t count) noexcept { decisions_ += count; }
  void note_votes(std::uint64_t count) noexcept { votes_ += count; }

  /// Ends the run after the last closed round: open positions are closed at their marks, with costs.
  void finish();

  [[nodiscard]] const RoundSummary& summary() const noexcept { return summary_; }
  /// The marked account, for risk.
  [[nodiscard]] Frame<fb::AccountState> state() const;
  /// Everything so far.
  [[nodiscard]] Frame<fb::AccountResult> result() const;

  /// The records of all closed rounds since the last call; empty where none are kept.
  [[nodiscard]] Frame<fb::AccountRecords> take_records();

  [[nodiscard]] DigestValue digest() const { return digest_.value(); }
  [[nodiscard]] const accounting::Ledger& ledger() const noexcept { return ledger_; }
  [[nodiscard]] Money equity() const noexcept { return equity_; }
  [[nodiscard]] std::span<const fb::Trade> trades() const noexcept { return trades_; }
  [[nodiscard]] const AccountConfig& config() const noexcept { return *config_; }
  /// An error once money would have overflowed; from then on nothing more is posted.
  [[nodiscard]] const Status& status() const noexcept { return status_; }

  /// The simulation of one instrument, or null where the account does not trade it.
  [[nodiscard]] const Execution* find(InstrumentId instrument) const noexcept;

private:
  struct Listing {
    Round first = INT64_MIN, last = INT64_MAX;
  };
  struct Posting {
    std::uint32_t execution = 0, sequence = 0;
    TimeNs time_ns = 0;
  };

  Execution* execution_of(InstrumentId instrument) noexcept;
  /// Plays an instrument up to `round` and notes what the loops over all instruments need to know of it.
  void play(std::size_t at, Round round);
  void post_events(Round round);
  void post(const Event& event, const Execution& execution);
  void record(Round round, const Event& event, InstrumentId instrument, std::uint32_t sequence);
  void mark_account(Round round);
  void note_controls(Round round);
  void order_overdue_exits(Round round);
  void accept(const fb::OrderFields& order);
  [[nodiscard]] int minutes_of(std::uint32_t instance) const noexcept;
  [[nodiscard]] PendingOrder pending(const fb::OrderFields& order) const noexcept;
  [[nodiscard]] Reason check(const fb::OrderFields& order, const Execution& execution,
                             std::int64_t quantity) const;
  void submit_exit(Execution& execution, Round round, std::uint32_t sequence, fb::ExitReason reason);
  void check(Status status);

  std::shared_ptr<const AccountConfig> config_;
  std::vector<Execution> executions_; // ascending instrument ids
  std::vector<Listing> listings_;
  // Copied out of the executions, so that a round in which little happens touches little memory.
  std::vector<Round> closed_through_;
  std::vector<std::uint8_t> busy_; // has a position, an order or an unposted event
  TradeContext context_;
  std::optional<Records> records_;
  std::size_t next_control_ = 0; // of `config_->controls`
  accounting::Ledger ledger_;
  Digest digest_;
  Round next_round_ = 0;
  bool released_ = true; // the next round may be played
  RoundSummary summary_;
  std::vector<Posting> postings_;
  Status status_;

  Money equity_{}, peak_{}, day_start_{}, peak_today_{}, realised_today_{};
  double max_drawdown_ = 0;
  int losses_in_a_row_ = 0;
  std::uint64_t rounds_ = 0, votes_ = 0, decisions_ = 0, orders_ = 0, refusals_ = 0, fills_ = 0;
  std::map<std::uint16_t, std::uint64_t> refused_; // by reason
  std::vector<fb::Trade> trades_;
  std::vector<fb::EquityPoint> equity_points_;
};

} // namespace finch::broker
