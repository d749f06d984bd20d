/// The simulated exchange: 36 perpetuals that move as crypto does, the same for the same seed, minute after
/// minute.
#pragma once

#include "actors/feed/simulated/symbol_process.hpp"
#include "actors/feed/simulated/tape.hpp"

#include <memory>
#include <span>
#include <string>

namespace finch::feed {

/// What decides every price of the exchange, except `late_probability` and `quote_interval_ns`, which decide
/// only how it is told.
struct SimulatedConfig {
  std::uint64_t seed = 1;
  int symbols = 36;            ///< 1 to 36; the first is BTC
  market::TimeNs start = 0;    ///< the first minute begins here (rounded down to a minute)
  double ticks_per_second = 1; ///< averaged over time and all symbols; BTC has more, the tail less
  market::TimeNs quote_interval_ns = 5 * market::ns_per_s;
  double late_probability =
      0; ///< of a tick of a minute's last two seconds to arrive after its close (live only)

  bool operator==(const SimulatedConfig&) const = default;
};

/// Advances all instruments together, one minute at a time. Minutes before the current one are gone: to look
/// back, make another exchange with the same configuration. The same configuration gives the same plans,
/// whether minutes are taken one by one, sought, or resumed from a snapshot.
class SimulatedExchange {
public:
  /// A usage error names a value of `config` that cannot be.
  [[nodiscard]] static Result<SimulatedExchange> make(const SimulatedConfig& config);

  /// In slot order, all `synthetic`. Ids are slot + 1 until a store assigns its own.
  [[nodiscard]] const std::vector<market::Instrument>& instruments() const noexcept { return instruments_; }
  [[nodiscard]] const SimulatedConfig& config() const noexcept { return config_; }

  /// The round `advance` plans next.
  [[nodiscard]] market::Round next_round() const noexcept { return next_round_; }
  /// Plans one minute of every instrument, in slot order; valid until the next call.
  [[nodiscard]] const std::vector<MinutePlan>& advance();
  /// Advances until `round` is next. Fails on a round already passed.
  [[nodiscard]] Status seek(market::Round round);
  /// One instrument's writer of ticks and quotes.
  [[nodiscard]] Tape tape(std::size_t slot) const;

  /// Everything that `advance` depends on, as bytes for `resume`.
  [[nodiscard]] std::string snapshot() const;
  /// Takes up a snapshot of an exchange with the same seed, symbols, start and tick rate; refuses any other.
  [[nodiscard]] Status resume(std::string_view snapshot);

private:
  explicit SimulatedExchange(const SimulatedConfig& config);

  SimulatedConfig config_;
  std::vector<market::Instrument> instruments_;
  std::vector<SymbolProcess> processes_;
  market::Round next_round_ = 0;
  MarketState market_;
  std::vector<SymbolState> states_;
  std::vector<MinutePlan> plans_;
};

/// One instrument of the exchange on its own: the same plans at a thirty-sixth of the work, for a feed of its
/// own.
class SimulatedInstrument {
public:
  [[nodiscard]] static Result<SimulatedInstrument> make(const SimulatedConfig& config, std::size_t slot);

  [[nodiscard]] const market::Instrument& instrument() const noexcept { return instrument_; }
  [[nodiscard]] market::Round next_round() const noexcept { return next_round_; }
  /// Id of the next tick; ids are consecutive from 1 on.
  [[nodiscard]] std::uint64_t next_tick_id() const noexcept { return state_.next_id; }
  [[nodiscard]] MinutePlan advance();
  [[nodiscard]] Status seek(market::Round round);

private:
  SimulatedInstrument(const SimulatedConfig& config, std::size_t slot);

  std::uint64_t seed_;
  market::Instrument instrument_;
  SymbolProcess process_;
  market::Round next_round_;
  MarketState market_;
  SymbolState state_;
};

/// Empty columns in the instrument's units.
[[nodiscard]] market::TickColumns tick_columns(const market::Instrument& instrument);
[[nodiscard]] market::QuoteColumns quote_columns(const market::Instrument& instrument);
/// One-minute bars with count and bought volume; without quote volume, which only the ticks know.
[[nodiscard]] market::BarColumns bar_columns(const market::Instrument& instrument);
/// Appends the plan's bar, unless nobody traded.
void append_bar(const MinutePlan& plan, market::BarColumns& bars);
/// Appends the plan's settlement, where it has one; rates have 8 decimals.
void append_funding(const MinutePlan& plan, market::FundingColumns& funding);

} // namespace finch::feed
