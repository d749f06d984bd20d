#include "actors/backtest/search_sources.hpp"

#include <fmt/format.h>

namespace finch::backtest {
namespace {

class LockedSource final : public feed::Source {
public:
  LockedSource(std::unique_ptr<feed::Source> source, market::Round last)
      : source_{std::move(source)}, last_{last} {}

  [[nodiscard]] const market::Instrument& instrument() const noexcept override {
    return source_->instrument();
  }
  [[nodiscard]] Status read(market::Round first, market::Round last, const feed::Emit& emit) override {
    if (last > last_)
      return fail(Category::usage,
                  fmt::format("a search asked for data of {} until {}, and may see nothing after {}",
                              market::format_name(instrument().name),
                              market::format_time(market::round_close(last)),
                              market::format_time(market::round_close(last_))),
                  "end the window there; the holdout is looked at once, with --holdout");
    return source_->read(first, last, emit);
  }

private:
  std::unique_ptr<feed::Source> source_;
  market::Round last_;
};

} // namespace

Result<std::unique_ptr<feed::Source>> SearchSources::operator()(const market::Instrument& instrument) const {
  auto source = sources_(instrument);
  if (!source)
    return source;
  return std::unique_ptr<feed::Source>{std::make_unique<LockedSource>(std::move(*source), last())};
}

} // namespace finch::backtest
