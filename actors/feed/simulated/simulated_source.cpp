#include "actors/feed/simulated/simulated_source.hpp"

#include "actors/feed/simulated/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace finch::feed {
namespace {

constexpr market::TimeNs late_span = 2 * market::ns_per_s;
constexpr std::uint64_t late_stream = 2;

Result<std::size_t> slot_of(const SimulatedConfig& config, const market::Instrument& instrument) {
  auto symbols = simulated_symbols().first(static_cast<std::size_t>(config.symbols));
  for (std::size_t slot = 0; slot < symbols.size(); ++slot) {
    auto expected = simulated_instrument(symbols[slot]);
    if (expected.name != instrument.name)
      continue;
    if (expected.price_decimals == instrument.price_decimals &&
        expected.quantity_decimals == instrument.quantity_decimals)
      return slot;
    return fail(
        Category::bad_input,
        fmt::format(
            "{} is stored with {} price and {} quantity decimals, the simulated exchange has {} and {}",
            format_name(instrument.name), instrument.price_decimals, instrument.quantity_decimals,
            expected.price_decimals, expected.quantity_decimals),
        "use a data directory filled by this version");
  }
  return fail(Category::usage,
              fmt::format("the simulated exchange does not list {}", format_name(instrument.name)),
              fmt::format("it lists {} symbols, sim.perp/BTC-USDT first", symbols.size()));
}

void copy_tick(const market::TickColumns& from, std::size_t index, market::TickColumns& to) {
  to.time_ns.push_back(from.time_ns[index]);
  to.price.push_back(from.price[index]);
  to.quantity.push_back(from.quantity[index]);
  to.side.push_back(from.side[index]);
  to.id.push_back(from.id[index]);
}

} // namespace

Result<std::unique_ptr<SimulatedSource>> SimulatedSource::make(const SimulatedConfig& config,
                                                               const market::Instrument& instrument,
                                                               market::Round first, BlockLimits limits) {
  if (auto valid = SimulatedInstrument::make(config, 0); !valid)
    return tl::unexpected(valid.error());
  auto slot = slot_of(config, instrument);
  if (!slot)
    return tl::unexpected(slot.error());
  auto process = SimulatedInstrument::make(config, *slot);
  if (auto sought = process->seek(first); !sought)
    return tl::unexpected(sought.error());
  return std::unique_ptr<SimulatedSource>{
      new SimulatedSource{config, std::move(*process), instrument, limits}};
}

Result<std::unique_ptr<SimulatedSource>> SimulatedSource::resume(const SimulatedConfig& config,
                                                                 const market::Instrument& instrument,
                                                                 market::Round first, BlockLimits limits) {
  auto source = make(config, instrument, first - 1, limits);
  if (!source)
    return source;
  auto& own = **source;
  own.open_round();
  auto next = own.process_.next_tick_id() - own.ticks_.size() - own.late_.size();
  own.builder_ = BlockBuilder{instrument.id, limits, next};
  return source;
}

SimulatedSource::SimulatedSource(const SimulatedConfig& config, SimulatedInstrument process,
                                 const market::Instrument& instrument, BlockLimits limits)
    : config_{config}, process_{std::move(process)}, instrument_{instrument},
      tape_{process_.instrument().lot_size, config.quote_interval_ns}, builder_{instrument.id, limits,
                                                                                process_.next_tick_id()},
      drawn_{tick_columns(instrument)}, ticks_{drawn_}, late_{drawn_}, quote_columns_{
                                                                           feed::quote_columns(instrument)} {
  open_round();
}

void SimulatedSource::draw_ahead() {
  ahead_ = Drawn{process_.advance(), std::move(drawn_), feed::quote_columns(instrument_)};
  ahead_->ticks.clear();
  tape_.draw(ahead_->plan, ahead_->ticks, ahead_->quotes);
}

void SimulatedSource::open_round() {
  if (!ahead_)
    draw_ahead();
  plan_ = ahead_->plan;
  drawn_ = std::move(ahead_->ticks);
  quote_columns_ = std::move(ahead_->quotes);
  ahead_.reset();
  over_ = false;
  std::swap(ticks_, late_); // what came too late for the round before opens this one
  late_.clear();
  Draws draws{draw_key(config_.seed, plan_.slot + 1ULL, plan_.round, late_stream)};
  auto late_from = market::round_close(plan_.round) - late_span;
  for (std::size_t i = 0; i < drawn_.size(); ++i) {
    auto late = drawn_.time_ns[i] >= late_from && draws.chance(config_.late_probability);
    copy_tick(drawn_, i, late ? late_ : ticks_);
  }
  quotes_.clear();
  append_quotes(quotes_, quote_columns_, 0, quote_columns_.size());
  funding_.clear();
  if (plan_.funding_e8)
    funding_.emplace_back(market::round_begin(plan_.round), static_cast<double>(*plan_.funding_e8) / 1e8);
  told_ticks_ = told_quotes_ = told_funding_ = 0;
}

void SimulatedSource::tell(market::TimeNs now, bool closed, const Emit& emit) {
  // Counts what is new up to `now` and remembers it as told.
  auto take = [now](auto begin, auto end, std::size_t& told, auto time) {
    auto from = begin + static_cast<std::ptrdiff_t>(told);
    auto count = static_cast<std::size_t>(
        std::partition_point(from, end, [&](const auto& event) { return time(event) <= now; }) - from);
    return std::pair{std::exchange(told, told + count), count};
  };
  auto [tick, ticks] =
      take(ticks_.time_ns.begin(), ticks_.time_ns.end(), told_ticks_, [](auto time) { return time; });
  auto [quote, quotes] = take(quotes_.begin(), quotes_.end(), told_quotes_,
                              [](const fb::Quote& event) { return event.time_ns(); });
  auto [paid, payments] = take(funding_.begin(), funding_.end(), told_funding_,
                               [](const fb::Funding& event) { return event.time_ns(); });
  if (!closed && ticks + quotes + payments == 0)
    return;
  Stretch stretch;
  stretch.round = plan_.round;
  stretch.ticks = slice_of(ticks_).part(tick, ticks);
  stretch.quotes = std::span{quotes_}.subspan(quote, quotes);
  stretch.funding = std::span{funding_}.subspan(paid, payments);
  stretch.closed = closed;
  stretch.status = ticks_.size() > 0 ? market::RoundStatus::ok : market::RoundStatus::quiet;
  builder_.add(stretch, emit);
}

void SimulatedSource::close_round(const Emit& emit) {
  if (over_)
    open_round();
  tell(market::round_close(plan_.round) - 1, true, emit);
  over_ = true;
}

void SimulatedSource::poll(market::TimeNs now, const Emit& emit) {
  if (over_)
    open_round();
  builder_.set_arrival(now);
  tell(std::min(now, market::round_close(plan_.round) - 1), false, emit);
  builder_.flush(emit);
  if (!ahead_ && now >= market::round_begin(plan_.round) + market::ns_per_minute / 2)
    draw_ahead();
}

void SimulatedSource::retell(const Emit& emit) const {
  if (over_ || told_ticks_ + told_quotes_ + told_funding_ == 0)
    return;
  BlockBuilder again{instrument_.id, {}, builder_.next_sequence() - told_ticks_};
  Stretch stretch;
  stretch.round = plan_.round;
  stretch.ticks = slice_of(ticks_).part(0, told_ticks_);
  stretch.quotes = std::span{quotes_}.first(told_quotes_);
  stretch.funding = std::span{funding_}.first(told_funding_);
  again.add(stretch, emit);
  again.flush(emit);
}

void SimulatedSource::close(const Emit& emit) {
  close_round(emit);
  builder_.flush(emit);
}

Status SimulatedSource::read(market::Round first, market::Round last, const Emit& emit) {
  if (first != round())
    return fail(Category::failed,
                fmt::format("the simulated source of {} stands at {} and was asked for {}",
                            format_name(instrument_.name), market::format_time(market::round_begin(round())),
                            market::format_time(market::round_begin(first))),
                "grant windows in order, from the round the source was made for");
  while (round() <= last)
    close_round(emit);
  builder_.flush(emit);
  return {};
}

} // namespace finch::feed
