/// What the tick store holds of one instrument, as a feed's source.
#pragma once

#include "actors/feed/recorded_ticks.hpp"
#include "actors/feed/source_marks.hpp"

namespace finch::feed {

/// Replays an instrument from the store: ticks, quotes and funding; native bars where there are no ticks,
/// finer bars before coarser ones. Marks stored by live recording are honoured, all others derived. Memory is
/// bounded: a batch of each series is held at a time.
///
/// Sees the store as it was when `read` was first called.
class RecordedSource final : public Source {
public:
  /// `first_sequence` is the running number of the first tick told.
  [[nodiscard]] static Result<std::unique_ptr<RecordedSource>>
  make(std::shared_ptr<const storage::TickStore> store, market::InstrumentId instrument,
       BlockLimits limits = {}, std::uint64_t first_sequence = 0);
  ~RecordedSource() override;

  [[nodiscard]] const market::Instrument& instrument() const noexcept override { return instrument_; }
  [[nodiscard]] Status read(market::Round first, market::Round last, const Emit& emit) override;

private:
  struct Streams;
  RecordedSource(std::shared_ptr<const storage::TickStore> store, const market::Instrument& instrument,
                 BlockLimits limits, std::uint64_t first_sequence);
  [[nodiscard]] Status open(market::Round first);
  /// Tells one round, or only passes over it where `emit` is null.
  [[nodiscard]] Status tell(market::Round round, const Emit* emit);
  [[nodiscard]] Result<market::RoundStatus> mark(market::Round round, bool traded);

  std::shared_ptr<const storage::TickStore> store_;
  market::Instrument instrument_;
  BlockBuilder builder_;
  market::Round next_ = 0; ///< round the next window begins with
  std::unique_ptr<Streams> streams_;
};

} // namespace finch::feed
