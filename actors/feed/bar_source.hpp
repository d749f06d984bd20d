/// Bars held in memory as a feed's source: markets written by hand or drawn without a store.
#pragma once

#include "actors/feed/source_blocks.hpp"

#include <vector>

namespace finch::feed {

/// Tells native bars, each in the round it closes in, and settlements, as a bars-only instrument's feed does.
/// Both are in order of time. A round without a bar is quiet.
class BarSource final : public Source {
public:
  BarSource(market::Instrument instrument, std::vector<fb::NativeBar> bars,
            std::vector<fb::Funding> funding = {});

  [[nodiscard]] const market::Instrument& instrument() const noexcept override { return instrument_; }
  [[nodiscard]] Status read(market::Round first, market::Round last, const Emit& emit) override;

private:
  market::Instrument instrument_;
  std::vector<fb::NativeBar> bars_;
  std::vector<fb::Funding> funding_;
  BlockBuilder builder_;
  std::size_t bar_ = 0, rate_ = 0;
};

} // namespace finch::feed
