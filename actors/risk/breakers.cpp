#include "actors/risk/breakers.hpp"

namespace finch::risk {

using market::Round;
using market::rounds_per_day;

void Breakers::update(Round round, const fb::AccountState& account) noexcept {
  auto day = market::floor_div(round, rounds_per_day);
  if (day != day_) {
    day_ = day;
    stopped_ = drawdown_ = false;
  }
  auto wait = static_cast<Round>(config_.acknowledge_after_hours) * 60;
  if (waits_ && wait > 0 && round - last_trip_ >= wait) {
    waits_ = false;
    ++granted_;
  }
  auto equity = static_cast<double>(account.equity_units());
  auto start = static_cast<double>(account.day_start_equity_units());
  auto peak = static_cast<double>(account.peak_today_units());
  if (start > 0 && equity - start <= -config_.daily_stop * start)
    stopped_ = true;
  if (!drawdown_ && peak > 0 && peak - equity >= config_.daily_drawdown * peak)
    trip(round);
  if (drawdown_ && data_)
    killed_ = true;
  if (account.losses_in_a_row() > losses_)
    last_loss_ = round;
  losses_ = account.losses_in_a_row();
  streak_ = losses_ >= config_.streak && round - last_loss_ < rounds_per_day;
}

void Breakers::trip(Round round) noexcept {
  drawdown_ = true;
  if (tripped_before_ && round - last_trip_ < 7 * rounds_per_day)
    waits_ = true;
  tripped_before_ = true;
  last_trip_ = round;
  ++trips_;
}

std::uint8_t Breakers::tripped() const noexcept {
  auto bit = [](bool on, fb::Breaker breaker) {
    return static_cast<unsigned>(on) << static_cast<unsigned>(breaker);
  };
  return static_cast<std::uint8_t>(bit(killed_, fb::Breaker::killed) | bit(drawdown_, fb::Breaker::drawdown) |
                                   bit(waits_, fb::Breaker::acknowledgement) |
                                   bit(stopped_, fb::Breaker::daily_stop) | bit(data_, fb::Breaker::data) |
                                   bit(streak_, fb::Breaker::streak));
}

Reason Breakers::refusal() const noexcept {
  if (killed_)
    return Reason::killed;
  if (drawdown_)
    return Reason::drawdown;
  if (waits_)
    return Reason::acknowledgement;
  if (stopped_)
    return Reason::daily_stop;
  return data_ ? Reason::data : Reason::none;
}

} // namespace finch::risk
