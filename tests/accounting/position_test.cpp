#include "actors/accounting/position.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace finch;
using accounting::Position;
using fb::ExitReason;

namespace {

market::Instrument perp() {
  market::Instrument instrument;
  instrument.name = {"sim", "perp", "BTC", "USDT"};
  return instrument;
}

Position open(int side, double stop, double target = 0, double trail = 0, double break_even = 0) {
  return {perp(), side, 1, 10'000, fb::Bracket{stop, target, trail, break_even, 0, 0}, nullptr};
}

} // namespace

TEST_CASE("a stop fires at the print that reaches it, gaps included") {
  auto at = open(1, 1.00);
  CHECK(at.stop_price() == 9'900);
  CHECK_FALSE(at.on_print(9'901));
  auto trigger = at.on_print(9'900);
  REQUIRE(trigger);
  CHECK(trigger->reason == ExitReason::stop);
  CHECK(trigger->price == 9'900);
  CHECK_FALSE(trigger->maker);
  CHECK(open(1, 1.00).on_print(9'500)->price == 9'500);
  CHECK(open(-1, 1.00).on_print(10'700)->price == 10'700);
  CHECK_FALSE(open(-1, 1.00).on_print(10'099));
}

TEST_CASE("a target needs a print strictly through its limit") {
  auto position = open(1, 1.00, 2.00);
  CHECK_FALSE(position.on_print(10'200));
  auto trigger = position.on_print(10'250);
  REQUIRE(trigger);
  CHECK(trigger->reason == ExitReason::target);
  CHECK(trigger->price == 10'200);
  CHECK(trigger->maker);
  CHECK_FALSE(open(-1, 1.00, 2.00).on_print(9'800));
  CHECK(open(-1, 1.00, 2.00).on_print(9'799)->price == 9'800);
}

TEST_CASE("levels lie on the tick grid on the worse side") {
  auto instrument = perp();
  instrument.tick_size = 25;
  fb::Bracket bracket{1.07, 1.07, 0, 0, 0, 0};
  Position up{instrument, 1, 1, 10'000, bracket, nullptr}, down{instrument, -1, 1, 10'000, bracket, nullptr};
  CHECK(up.stop_price() == 9'875);
  CHECK_FALSE(up.on_print(10'125));
  CHECK(up.on_print(10'126)->price == 10'125);
  CHECK(down.stop_price() == 10'125);
  CHECK(down.on_print(9'874)->price == 9'875);
  CHECK(accounting::distance_units(0.07, 2) == 7);
  CHECK(accounting::distance_units(0.0701, 2) == 8);
  CHECK(accounting::distance_units(std::nan(""), 2) == 0);
}

TEST_CASE("the trailing stop follows each print and never falls back") {
  auto position = open(1, 3.00, 0, 1.00);
  CHECK(position.stop_price() == 9'900);
  CHECK_FALSE(position.on_print(10'150));
  CHECK(position.stop_price() == 10'050);
  CHECK_FALSE(position.on_print(10'060));
  CHECK(position.stop_price() == 10'050);
  auto trigger = position.on_print(10'040);
  REQUIRE(trigger);
  CHECK(trigger->reason == ExitReason::trailing);
  CHECK(trigger->price == 10'040);
  CHECK(position.initial_stop() == 9'700);
}

TEST_CASE("a trailing stop alone is the stop from the start") {
  auto position = open(-1, 0, 0, 0.80);
  CHECK(position.initial_stop() == 10'080);
  CHECK(position.on_print(10'085)->reason == ExitReason::trailing);
}

TEST_CASE("break-even moves the stop to the entry once") {
  auto position = open(-1, 1.00, 0, 0, 1.5);
  CHECK_FALSE(position.on_print(9'851));
  CHECK(position.stop_price() == 10'100);
  CHECK_FALSE(position.on_print(9'850));
  CHECK(position.stop_price() == 10'000);
  auto trigger = position.on_print(10'000);
  REQUIRE(trigger);
  CHECK(trigger->reason == ExitReason::break_even);
}

TEST_CASE("bars fire the stop first, at the open where they gap") {
  CHECK(open(1, 1.00, 1.00).on_bar(10'000, 10'300, 9'800)->price == 9'900);
  CHECK(open(1, 1.00, 1.00).on_bar(9'850, 10'300, 9'800)->price == 9'850);
  CHECK(open(-1, 1.00, 1.00).on_bar(10'150, 10'300, 9'800)->price == 10'150);
  CHECK(open(1, 1.00, 1.00).on_bar(10'000, 10'101, 9'950)->reason == ExitReason::target);
  CHECK_FALSE(open(1, 1.00, 1.00).on_bar(10'000, 10'100, 9'950));
  auto trailing = open(1, 1.00, 0, 0.50);
  CHECK_FALSE(trailing.on_bar(10'000, 10'200, 9'960));
  CHECK(trailing.stop_price() == 10'150);
  CHECK(trailing.on_bar(10'120, 10'130, 10'100)->price == 10'120);
}

TEST_CASE("a leveraged position is liquidated and realises its margin") {
  accounting::MarginTerms terms{3, 0.004, 0.0005};
  fb::Bracket none{0, 0, 0, 0, 0, 0};
  Position position{perp(), 1, 1, 4'200'000, none, &terms};
  CHECK_FALSE(position.on_print(2'812'658));
  auto trigger = position.on_print(2'812'657);
  REQUIRE(trigger);
  CHECK(trigger->reason == ExitReason::liquidation);
  CHECK(trigger->price == 2'800'000);
  fb::Bracket wide{11'000, 0, 0, 0, 0, 0}, near{10'000, 0, 0, 0, 0, 0};
  CHECK_FALSE(Position{perp(), 1, 1, 4'200'000, wide, &terms}.stop_inside_liquidation());
  CHECK(Position{perp(), 1, 1, 4'200'000, near, &terms}.stop_inside_liquidation());
  accounting::MarginTerms unleveraged{};
  CHECK_FALSE(Position{perp(), 1, 1, 4'200'000, none, &unleveraged}.on_print(1));
}

TEST_CASE("absorbing a quiet segment equals walking its prints") {
  std::mt19937_64 draw{3};
  int quiet = 0, fired = 0;
  for (int trial = 0; trial < 20'000; ++trial) {
    auto distance = [&] { return static_cast<double>(draw() % 40) / 100; };
    fb::Bracket bracket{distance(), distance(), draw() % 2 ? distance() : 0, draw() % 2 ? distance() * 5 : 0,
                        0,          0};
    int side = draw() % 2 ? 1 : -1;
    Position walked{perp(), side, 1, 10'000, bracket, nullptr};
    auto price = std::int64_t{10'000};
    for (int segment = 0; segment < 5; ++segment) {
      std::vector<std::int64_t> prints;
      for (int tick = 0; tick < 6; ++tick)
        prints.push_back(price += static_cast<std::int64_t>(draw() % 13) - 6);
      auto [low, high] = std::minmax_element(prints.begin(), prints.end());
      auto absorbed = walked;
      bool skip = absorbed.is_quiet(*low, *high);
      absorbed.absorb(*low, *high);
      bool hit = false;
      for (auto print : prints)
        if (!hit)
          hit = walked.on_print(print).has_value();
      if (skip) {
        ++quiet;
        REQUIRE_FALSE(hit);
        REQUIRE(walked.stop_price() == absorbed.stop_price());
        REQUIRE(walked.favourable() == absorbed.favourable());
        REQUIRE(walked.adverse() == absorbed.adverse());
      }
      fired += hit;
      if (hit)
        break;
    }
  }
  CHECK(quiet > 1'000);
  CHECK(fired > 1'000);
}
