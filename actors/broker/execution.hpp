/// One instrument of one account: orders, prints, bars and funding in, fills out. The simulation itself.
#pragma once

#include "actors/accounting/position.hpp"
#include "actors/broker/liquidity.hpp"
#include "actors/broker/stream.hpp"
#include "actors/broker/types.hpp"

#include <limits>
#include <memory>
#include <vector>

namespace finch::broker {

/// An order on its way. Exits have no expiry: what must close waits for a print.
struct PendingOrder {
  std::uint64_t id = 0;
  TimeNs decided_ns = 0, arrival_ns = 0, expiry_ns = 0;
  std::int64_t quantity = 0;
  int side = 0;
  bool closes = false;
  fb::ExitReason reason = fb::ExitReason::rule;
  fb::Bracket bracket;
};

/// Something that happened, not yet posted.
struct Event {
  enum class Kind : std::uint8_t { fill, funding, refusal, failure };

  Kind kind = Kind::fill;
  TimeNs time_ns = 0;
  Fill fill{};
  Money cost_closed{};   ///< signed cost of the position a closing fill takes out
  std::size_t trade = 0; ///< index into `trades` of a closing fill
  Money payment{};       ///< funding
  std::uint64_t order_id = 0;
  Reason reason = Reason::expired;
};

/// Order of events: orders arrive, prints in stream order, funding at its instant, close. An order fills at
/// the first print strictly after its arrival; on bars at the next bar's open. While nothing is open or on
/// its way, prints are not looked at; while a position is open, stretches that cannot fire an exit are
/// absorbed by their extremes.
class Execution {
public:
  Execution(market::Instrument instrument, std::shared_ptr<const AccountConfig> config);

  /// Queues a block; see `Stream::push`. Refuses one that begins in a round already closed.
  Status push(const Frame<fb::MarketBlock>& block);
  /// Plays everything queued of rounds up to `open_round`.
  void run(Round open_round);
  /// Last round nothing more will come of.
  [[nodiscard]] Round closed_through() const noexcept { return closed_through_; }

  void submit(const PendingOrder& order) { orders_.push_back(order); }
  /// Withdraws entries on their way.
  void cancel_entries(TimeNs time);
  /// Closes what is open at the mark and withdraws all orders.
  void finish(TimeNs time);

  [[nodiscard]] const market::Instrument& instrument() const noexcept { return instrument_; }
  [[nodiscard]] const accounting::Position& position() const noexcept { return position_; }
  [[nodiscard]] bool is_idle() const noexcept {
    return !position_.is_open() && orders_.empty() && events_.empty();
  }
  [[nodiscard]] bool has_orders() const noexcept { return !orders_.empty(); }
  [[nodiscard]] bool exit_pending() const noexcept;
  /// Signed value of the position at entry.
  [[nodiscard]] Money cost() const noexcept { return cost_; }
  /// Last price printed (or closed at), price units; 0 before the first.
  [[nodiscard]] std::int64_t mark() const noexcept { return mark_ != nullptr ? *mark_ : mark_value_; }
  [[nodiscard]] const Liquidity& liquidity() const noexcept { return liquidity_; }
  /// Whether the position's time is up when `round` closes.
  [[nodiscard]] bool hold_is_over(Round round) const noexcept {
    return position_.is_open() && max_hold_rounds_ > 0 && round - entry_round_ + 1 >= max_hold_rounds_;
  }
  /// Round of the last exit; far in the past before the first.
  [[nodiscard]] Round last_exit_round() const noexcept { return last_exit_round_; }

  [[nodiscard]] const std::vector<Event>& events() const noexcept { return events_; }
  [[nodiscard]] const std::vector<fb::Trade>& trades() const noexcept { return trades_; }
  void clear_events() noexcept { events_.clear(), trades_.clear(); }
  [[nodiscard]] std::uint64_t tick_count() const noexcept { return tick_count_; }
  [[nodiscard]] std::uint64_t bar_count() const noexcept { return bar_count_; }

private:
  static constexpr Round long_ago = -1'000'000'000;

  void read(const Stretch& stretch);
  void run_ticks(const Stretch& stretch);
  void on_tick(TimeNs time, std::int64_t price);
  void on_bar(const fb::NativeBar& bar);
  void end_round();
  void play_bars();
  void expire_orders(TimeNs close_ns);
  void fill_orders(TimeNs time, std::int64_t price, const fb::NativeBar* bar, bool& entered);
  void pay_funding(TimeNs before, std::int64_t mark);
  bool enter(const PendingOrder& order, std::int64_t price, TimeNs time);
  void leave(const accounting::Trigger& trigger, TimeNs time, std::uint64_t order_id);
  void book_trade(const Fill& fill, Money gross);
  accounting::FillCosts costs_of(Money value, bool maker, std::int64_t quantity) const noexcept;
  void refuse(std::uint64_t order_id, TimeNs time, Reason reason);

  // What every round touches comes first, to share cache lines.
  Round closed_through_ = std::numeric_limits<Round>::min();
  Round round_ = 0;
  bool in_round_ = false;
  bool has_ticks_ = false;
  std::int64_t low_ = 0, high_ = 0, volume_ = 0;
  const std::int64_t* mark_ = nullptr; // into the block being read, so that idle rounds do not fetch prices
  std::int64_t mark_value_ = 0;
  std::vector<PendingOrder> orders_;
  std::vector<Event> events_;
  std::uint64_t tick_count_ = 0, bar_count_ = 0;
  accounting::Position position_;
  Stream stream_;
  Liquidity liquidity_;

  std::vector<fb::NativeBar> bars_due_;
  std::vector<fb::Funding> funding_due_;
  double bar_volume_ = 0;
  int range_minutes_ = 1;
  double quoted_bps_ = std::numeric_limits<double>::quiet_NaN();
  bool quoted_ = false;
  TimeNs covered_until_ns_ = std::numeric_limits<TimeNs>::min();

  Round entry_round_ = 0, last_exit_round_ = long_ago;
  std::int32_t max_hold_rounds_ = 0;
  TimeNs entry_time_ns_ = 0;
  std::uint64_t entry_id_ = 0;
  Money cost_{}, fees_{}, spread_{}, slippage_{}, funding_{}, planned_risk_{};
  std::vector<fb::Trade> trades_;
  market::Instrument instrument_;
  std::shared_ptr<const AccountConfig> config_;
};

} // namespace finch::broker
