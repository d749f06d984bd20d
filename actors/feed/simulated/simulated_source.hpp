/// One instrument of the simulated exchange as a feed's source, round by round or as a clock lets it happen.
#pragma once

#include "actors/feed/simulated/simulated_exchange.hpp"
#include "actors/feed/source_blocks.hpp"

#include <optional>

namespace finch::feed {

/// Tells what `SimulatedInstrument` plans. In bulk, `read` takes whole rounds. Live, `poll` tells what has
/// happened until now and `close` ends a round; both ways give the same rounds with the same contents.
///
/// Late ticks: each tick of a round's last two seconds is held back with the configured probability. It keeps
/// its time and its place among the sequence numbers of the next round, where it comes first.
class SimulatedSource final : public Source {
public:
  /// `instrument` is the stored one, with its id; its facts must be the simulated symbol's. The source begins
  /// at `first`. Ticks are numbered as the exchange numbers them, so their numbers continue the ids of stored
  /// history.
  [[nodiscard]] static Result<std::unique_ptr<SimulatedSource>> make(const SimulatedConfig& config,
                                                                     const market::Instrument& instrument,
                                                                     market::Round first,
                                                                     BlockLimits limits = {});
  /// The same for a venue that told the rounds before `first` live: what came too late for the last of them
  /// opens the first, and ticks have the numbers they would have had without the interruption.
  [[nodiscard]] static Result<std::unique_ptr<SimulatedSource>> resume(const SimulatedConfig& config,
                                                                       const market::Instrument& instrument,
                                                                       market::Round first,
                                                                       BlockLimits limits = {});

  [[nodiscard]] const market::Instrument& instrument() const noexcept override { return instrument_; }
  [[nodiscard]] Status read(market::Round first, market::Round last, const Emit& emit) override;

  /// The round that is open.
  [[nodiscard]] market::Round round() const noexcept { return plan_.round + (over_ ? 1 : 0); }
  /// Emits what happened in the open round up to and including `now` and was not told yet; blocks bear `now`
  /// as their arrival.
  void poll(market::TimeNs now, const Emit& emit);
  /// Emits once more what the open round has told so far, for who comes in the middle of it.
  void retell(const Emit& emit) const;
  /// Emits the rest of the open round except late ticks and closes it. The next opens when it is looked at.
  void close(const Emit& emit);

private:
  SimulatedSource(const SimulatedConfig& config, SimulatedInstrument process,
                  const market::Instrument& instrument, BlockLimits limits);
  void draw_ahead();
  void open_round();
  void close_round(const Emit& emit);
  /// Adds ticks, quotes and funding up to `now` as a stretch.
  void tell(market::TimeNs now, bool closed, const Emit& emit);

  SimulatedConfig config_;
  SimulatedInstrument process_;
  market::Instrument instrument_;
  Tape tape_;
  BlockBuilder builder_;
  MinutePlan plan_;
  /// The next minute as the tape drew it, once half of this one is over: nobody waits for it at the close.
  struct Drawn {
    MinutePlan plan;
    market::TickColumns ticks;
    market::QuoteColumns quotes;
  };
  std::optional<Drawn> ahead_;
  bool over_ = false;                        ///< the planned round is closed and the next not drawn yet
  market::TickColumns drawn_, ticks_, late_; // as drawn; as this round tells them; for the next round
  market::QuoteColumns quote_columns_;
  std::vector<fb::Quote> quotes_;
  std::vector<fb::Funding> funding_;
  std::size_t told_ticks_ = 0, told_quotes_ = 0, told_funding_ = 0;
};

} // namespace finch::feed
