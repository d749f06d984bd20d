#include "actors/desk/system.hpp"
#include "bench/figures.hpp"
#include "bench/replay_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace finch::bench {
namespace {

using tick_atom = caf::atom_constant<caf::atom("tick")>;
using sum_atom = caf::atom_constant<caf::atom("sum")>;
using SummingActor = caf::typed_actor<
    caf::reacts_to<tick_atom, std::uint32_t, std::int64_t, std::int64_t, std::int64_t, std::int8_t>,
    caf::replies_to<sum_atom>::with<std::uint64_t>>;

struct Summing {
  std::uint64_t sum = 0;
};

SummingActor::behavior_type summing(SummingActor::stateful_pointer<Summing> self) {
  return {
      [self](tick_atom, std::uint32_t, std::int64_t, std::int64_t price, std::int64_t quantity, std::int8_t) {
        self->state.sum += static_cast<std::uint64_t>(price) * static_cast<std::uint64_t>(quantity);
      },
      [self](sum_atom) { return self->state.sum; }};
}

constexpr std::size_t fan_out = 6;

/// A message per tick to six actors that do nothing but sum: ticks a second, or nothing where a sum is wrong.
std::optional<double> message_per_tick(const std::vector<market::TickColumns>& symbols) {
  desk::SystemConfig config{2};
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  std::array<SummingActor, fan_out> actors;
  for (auto& actor : actors)
    actor = system.spawn(summing);
  std::uint64_t expected = 0;
  std::size_t count = 0;
  auto ask_all = [&] {
    bool equal = true;
    for (const auto& actor : actors)
      self->request(actor, caf::infinite, sum_atom::value)
          .receive([&](std::uint64_t sum) { equal &= sum == expected; },
                   [&](const caf::error&) { equal = false; });
    return equal;
  };
  Watch watch;
  for (std::uint32_t symbol = 0; symbol < symbols.size(); ++symbol) {
    const auto& ticks = symbols[symbol];
    for (std::size_t i = 0; i < ticks.size(); ++i) {
      auto message = caf::make_message(tick_atom::value, symbol, ticks.time_ns[i], ticks.price[i],
                                       ticks.quantity[i], static_cast<std::int8_t>(ticks.side[i]));
      for (const auto& actor : actors)
        caf::actor_cast<caf::actor>(actor)->enqueue(nullptr, caf::make_message_id(), message, nullptr);
      // Without a pause now and then mailboxes would hold everything at once.
      if (++count % 20'000 == 0)
        for (const auto& actor : actors)
          self->request(actor, caf::infinite, sum_atom::value)
              .receive([](std::uint64_t) {}, [](const caf::error&) {});
    }
    expected += witness(ticks);
  }
  if (!ask_all())
    return std::nullopt;
  return static_cast<double>(count) / watch.wall();
}

std::vector<market::TickColumns> some_of(const D1& job, std::size_t ticks) {
  auto part = job;
  part.ticks = ticks;
  std::vector<market::TickColumns> out;
  for (std::uint32_t symbol = 0; symbol < part.symbols; ++symbol)
    out.push_back(d1_symbol(part, symbol));
  return out;
}

} // namespace

std::vector<Row> replay_figures(Stage& stage) {
  constexpr auto figure = "full replay of D1, two threads, s";
  auto data = stage.release();
  auto peer_ticks = some_of(stage.job(), stage.options().quick ? 100'000 : 500'000);
  std::vector<double> wall, cpu, rss, peer;
  ReplayRun run;
  for (int i = 0; i < stage.options().reps; ++i) {
    auto measured = replay_in_child(data, stage.options().library, 2);
    if (!measured)
      return {aborted("replay", figure, measured.error().message)};
    if (measured->ticks != stage.job().ticks || (i > 0 && measured->digest != run.digest))
      return {aborted("replay", figure, "two runs of the same ticks differ")};
    run = *measured;
    auto rate = message_per_tick(peer_ticks);
    if (!rate)
      return {aborted("replay", figure, "the actors of the peer lost a tick")};
    wall.push_back(run.wall);
    cpu.push_back(run.cpu);
    rss.push_back(run.peak_rss_mib);
    peer.push_back(static_cast<double>(stage.job().ticks) / *rate);
  }
  Row time{.group = "replay", .figure = figure};
  time.finch = Sample::of(wall);
  time.peer_name = fmt::format("message per tick to {} actors, scaled from {:.1f} M ticks", fan_out,
                               static_cast<double>(stage.options().quick ? 100'000 : 500'000) / 1e6);
  time.peer = Sample::of(peer);
  time.ratio = ratio_of(peer, wall);
  time.goal = Goal{4, true};
  time.note = fmt::format("the peer's actors only sum; {} strategies as {} instances with a book each, {} "
                          "rounds, {} book trades, {:.1f} M ticks/s; "
                          "processor time {:.2f} s; store opened in {:.2f} s before; digest {}",
                          run.strategies, run.instances, run.rounds, run.trades,
                          static_cast<double>(run.ticks) / Sample::of(wall).median / 1e6,
                          Sample::of(cpu).median, run.open_seconds, run.digest.substr(0, 12));
  Row memory{.group = "replay", .figure = "full replay of D1, peak memory, MiB", .digits = 0};
  memory.finch = Sample::of(rss);
  memory.goal = Goal{1'024, true};
  memory.note = "resident set of the replay's own process, store included";
  return {time, memory};
}

} // namespace finch::bench
