#include "actors/accounting/order_id.hpp"
#include "actors/broker/account.hpp"
#include "tests/broker/tape.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <random>

using namespace finch;
using namespace finch::broker;
using namespace finch::test;
using fb::ExitReason;

namespace {

/// One order as the test draws it; distances in cents, 0 for none.
struct Wish {
  market::Round round = 0;
  int side = 0, stop = 0, target = 0, trail = 0, break_even_r = 0, hold = 0;
  bool exit = false;
};

struct Outcome {
  int side = 0;
  ExitReason reason = ExitReason::stop;
  market::TimeNs entry_time = 0, exit_time = 0;
  std::int64_t entry = 0, exit = 0, best = 0, worst = 0;

  bool operator==(const Outcome&) const = default;
};

/// The rules of reference 6.3 and of the design's round, written down as plainly as possible: it looks at
/// every print, knows longs and shorts apart, and skips nothing.
class Plain {
public:
  std::vector<Outcome> run(Tape& tape, market::Round first, market::Round last,
                           const std::vector<Wish>& wishes, const AccountConfig& config) {
    for (auto round = first; round <= last; ++round) {
      for (const auto& tick : tape.ticks(round))
        print(tick);
      if (entry_ && entry_expiry_ <= market::round_close(round))
        entry_.reset();
      auto exit_at = [&](std::uint32_t sequence) {
        return market::round_close(round) +
               config.latency.sample_ns(config.seed, accounting::order_id(round, 1, sequence));
      };
      if (open_ && !leaving_ && wish_.hold > 0 && round - market::round_of(out_.entry_time) + 1 >= wish_.hold)
        leaving_ = true, leave_at_ = exit_at(accounting::first_own_sequence),
        leave_reason_ = ExitReason::max_hold;
      for (const auto& wish : wishes)
        if (wish.round == round) {
          if (wish.exit && open_ && !leaving_)
            leaving_ = true, leave_at_ = exit_at(0), leave_reason_ = ExitReason::rule;
          if (!wish.exit && !open_ && !entry_)
            entry_ = wish, entry_at_ = exit_at(0), entry_expiry_ = market::round_close(round + 1);
        }
    }
    return outcomes_;
  }

private:
  void print(const Tick& tick) {
    if (open_ && leaving_ && tick.time > leave_at_)
      return close(leave_reason_, tick.price, tick.time);
    if (open_) {
      bool is_long = out_.side > 0;
      if (has_stop_ && (is_long ? tick.price <= stop_ : tick.price >= stop_))
        return close(stop_reason_, tick.price, tick.time);
      if (wish_.target > 0) {
        auto target = out_.entry + out_.side * wish_.target;
        if (is_long ? tick.price > target : tick.price < target)
          return close(ExitReason::target, target, tick.time);
      }
      out_.best = is_long ? std::max(out_.best, tick.price) : std::min(out_.best, tick.price);
      out_.worst = is_long ? std::min(out_.worst, tick.price) : std::max(out_.worst, tick.price);
      move_stop();
      return;
    }
    if (entry_ && tick.time > entry_expiry_)
      entry_.reset();
    if (!entry_ || tick.time <= entry_at_)
      return;
    wish_ = *entry_;
    entry_.reset();
    open_ = true;
    out_ = {.side = wish_.side,
            .entry_time = tick.time,
            .entry = tick.price,
            .best = tick.price,
            .worst = tick.price};
    has_stop_ = wish_.stop > 0 || wish_.trail > 0;
    stop_ = tick.price - wish_.side * (wish_.stop > 0 ? wish_.stop : wish_.trail);
    stop_reason_ = wish_.stop > 0 ? ExitReason::stop : ExitReason::trailing;
    first_stop_ = stop_;
    move_stop();
  }

  void move_stop() {
    auto better = [&](std::int64_t level) { return out_.side > 0 ? level > stop_ : level < stop_; };
    auto gain = out_.side > 0 ? out_.best - out_.entry : out_.entry - out_.best;
    if (has_stop_ && wish_.break_even_r > 0 &&
        gain >= wish_.break_even_r * std::abs(out_.entry - first_stop_) && better(out_.entry))
      stop_ = out_.entry, stop_reason_ = ExitReason::break_even;
    if (auto level = out_.best - out_.side * wish_.trail; wish_.trail > 0 && better(level))
      stop_ = level, stop_reason_ = ExitReason::trailing;
  }

  void close(ExitReason reason, std::int64_t price, market::TimeNs time) {
    bool is_long = out_.side > 0;
    out_.reason = reason;
    out_.exit = price;
    out_.exit_time = std::max(time, out_.entry_time);
    out_.best = is_long ? std::max(out_.best, price) : std::min(out_.best, price);
    out_.worst = is_long ? std::min(out_.worst, price) : std::max(out_.worst, price);
    outcomes_.push_back(out_);
    open_ = leaving_ = false;
  }

  std::vector<Outcome> outcomes_;
  Outcome out_;
  Wish wish_;
  std::optional<Wish> entry_;
  market::TimeNs entry_at_ = 0, entry_expiry_ = 0, leave_at_ = 0;
  std::int64_t stop_ = 0, first_stop_ = 0;
  bool open_ = false, leaving_ = false, has_stop_ = false;
  ExitReason stop_reason_ = ExitReason::stop, leave_reason_ = ExitReason::rule;
};

std::vector<Outcome> simulate(const Tape& tape, market::Round last, const std::vector<Wish>& wishes,
                              const AccountConfig& config) {
  Account account{config, {perp()}};
  for (const auto& block : tape.blocks(start, last, SIZE_MAX, 50))
    REQUIRE(account.consume(block));
  for (auto round = start; round <= last; ++round) {
    REQUIRE(account.ready(round));
    account.close_round(round);
    std::vector<fb::OrderFields> orders;
    for (const auto& wish : wishes)
      if (wish.round == round)
        orders.emplace_back(accounting::order_id(round, 1, 0), round, 1, static_cast<std::int8_t>(wish.side),
                            static_cast<std::uint8_t>(wish.exit), 1'000'000,
                            fb::Bracket{wish.stop / 100.0, wish.target / 100.0, wish.trail / 100.0,
                                        static_cast<double>(wish.break_even_r), wish.hold, 0});
    REQUIRE(account.submit(round, orders));
  }
  std::vector<Outcome> outcomes;
  for (const auto& trade : account.trades())
    outcomes.push_back({trade.side(), trade.exit_reason(), trade.entry_time_ns(), trade.exit_time_ns(),
                        trade.entry_price(), trade.exit_price(),
                        trade.entry_price() + trade.side() * static_cast<std::int64_t>(trade.mfe()),
                        trade.entry_price() - trade.side() * static_cast<std::int64_t>(trade.mae())});
  return outcomes;
}

} // namespace

TEST_CASE("the account does what the rules say, print by print") {
  AccountConfig config;
  config.first_round = start;
  config.latency = {500, 100, 1'000,
                    0.8}; // slow enough that orders meet many prints, and sometimes miss their bar
  std::array<int, 10> reasons{};
  std::size_t compared = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    std::mt19937_64 draw{seed};
    config.seed = seed;
    constexpr int rounds = 400;
    Tape tape;
    std::int64_t price = 1'000'000;
    for (auto round = start; round < start + rounds; ++round) {
      tape.touch(round);
      // An order needs a price and liquidity to start from.
      auto count = round == start ? 5 : draw() % 4 == 0 ? 0 : draw() % 40;
      auto offset = draw() % 5 == 0 ? -second : std::int64_t{0};
      for (std::uint64_t tick = 0; tick < count; ++tick) {
        offset += static_cast<std::int64_t>(draw() % (2 * static_cast<std::uint64_t>(second)));
        auto width = draw() % 100 == 0 ? 401 : 41;
        price += static_cast<std::int64_t>(draw() % static_cast<std::uint64_t>(width)) - width / 2;
        tape.tick(round, offset, price, 1'000'000'000);
      }
    }
    std::vector<Wish> wishes;
    for (auto round = start; round < start + rounds; ++round) {
      auto distance = [&] { return draw() % 3 == 0 ? 0 : static_cast<int>(draw() % 300); };
      if (draw() % 3 == 0)
        wishes.push_back({round, draw() % 2 ? 1 : -1, distance(), distance(), distance(),
                          static_cast<int>(draw() % 3), static_cast<int>(draw() % 12), draw() % 5 == 0});
    }
    auto expected = Plain{}.run(tape, start, start + rounds - 1, wishes, config);
    auto got = simulate(tape, start + rounds - 1, wishes, config);
    REQUIRE(got.size() == expected.size());
    for (std::size_t trade = 0; trade < got.size(); ++trade) {
      CAPTURE(seed);
      CAPTURE(trade);
      REQUIRE(got[trade] == expected[trade]);
      ++reasons[static_cast<std::size_t>(got[trade].reason)];
    }
    compared += got.size();
  }
  CHECK(compared > 1'000);
  for (auto reason : {ExitReason::stop, ExitReason::target, ExitReason::trailing, ExitReason::break_even,
                      ExitReason::max_hold, ExitReason::rule})
    CHECK(reasons[static_cast<std::size_t>(reason)] > 20);
}
