/// A replay whose actor dies ends with an error that names the actor and the round.
#include "actors/desk/system.hpp"
#include "actors/feed/feed_actor.hpp"
#include "tests/contracts/place.hpp"

using namespace finch;
using namespace finch::contracts;

namespace {

using market::Round;

/// What happens instead of reading a window.
using Poison = std::function<Status(Round first, const CalculatorActor& calculator, const feed::Emit& emit)>;

/// A source that goes bad once a round is asked for.
class Poisoned final : public feed::Source {
public:
  Poisoned(std::unique_ptr<feed::Source> source, Round from, CalculatorActor calculator, Poison poison)
      : source_{std::move(source)}, from_{from}, calculator_{std::move(calculator)}, poison_{
                                                                                         std::move(poison)} {}

  [[nodiscard]] const market::Instrument& instrument() const noexcept override {
    return source_->instrument();
  }
  [[nodiscard]] Status read(Round first, Round last, const feed::Emit& emit) override {
    return last < from_ ? source_->read(first, last, emit) : poison_(first, calculator_, emit);
  }

private:
  std::unique_ptr<feed::Source> source_;
  Round from_;
  CalculatorActor calculator_;
  Poison poison_;
};

/// Runs a job of hours with the second instrument's source poisoned; the error it must end with.
Error run_poisoned(const Poison& poison) {
  const auto& market = seeded_market();
  auto job = replay_job(market);
  job.desk.first = job.desk.trade_from = market.ticks_from;
  job.desk.window = 10;
  job.last = market.ticks_from + 200;
  desk::SystemConfig config{2};
  caf::actor_system system{config};
  auto victim = job.desk.instruments[1].id;
  auto spawn = [&](caf::actor_system& actors, const market::Instrument& instrument,
                   CalculatorActor calculator, std::vector<MarketListener> listeners) -> Result<FeedActor> {
    std::unique_ptr<feed::Source> source = must(feed::RecordedSource::make(market.store, instrument.id));
    if (instrument.id == victim)
      source = std::make_unique<Poisoned>(std::move(source), market.ticks_from + 100, calculator, poison);
    return actors.spawn(feed::feed_actor, std::shared_ptr<feed::Source>{std::move(source)},
                        std::move(calculator), std::move(listeners));
  };
  auto desk = must(desk::Desk::spawn(system, job.desk, spawn));
  desk->allow(job.last);
  auto settled = desk->wait(job.last);
  REQUIRE_FALSE(settled.has_value());
  desk->stop();
  auto error = settled.error();
  CHECK(error.category == Category::failed);
  CHECK_FALSE(error.remedy.empty());
  // The round named is one that had been settled before the poison.
  auto at = error.message.find(" after round ");
  REQUIRE_MESSAGE(at != std::string::npos, error.message);
  auto round = std::stoll(error.message.substr(at + 13));
  CHECK(round >= market.ticks_from - 1);
  CHECK(round < market.ticks_from + 100);
  return error;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("supervision: a source that fails ends the replay with the feed's name, the round and the reason") {
  auto error = run_poisoned([](Round, const CalculatorActor&, const feed::Emit&) -> Status {
    return fail(Category::failed, "the disk is on fire", "put it out");
  });
  CAPTURE(error.message);
  CHECK(contains(error.message, "the feed of sim.perp/ETH-USDT"));
  CHECK(contains(error.message, "the disk is on fire"));
}

TEST_CASE("supervision: the death of a calculator is named, though everybody else waits for it in vain") {
  auto error = run_poisoned([](Round, const CalculatorActor& calculator, const feed::Emit&) -> Status {
    caf::anon_send_exit(calculator, caf::exit_reason::kill);
    return {};
  });
  CAPTURE(error.message);
  CHECK(contains(error.message, "the calculator of sim.perp/ETH-USDT"));
}

TEST_CASE("supervision: a block that cannot be ends the replay where it is noticed") {
  auto error = run_poisoned([](Round first, const CalculatorActor&, const feed::Emit& emit) -> Status {
    feed::BlockBuilder builder{seeded_market().store->instruments()[1].id, {}, 0};
    feed::Stretch stretch;
    stretch.round = first - 50; // settled long ago: only three windows of ten are under way
    stretch.closed = true;
    builder.add(stretch, emit);
    builder.flush(emit);
    return {};
  });
  CAPTURE(error.message);
  CHECK((contains(error.message, "book") || contains(error.message, "broker")));
}
