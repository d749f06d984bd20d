#include "runtime/commands/data_fill.hpp"

#include "runtime/commands/open_store.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace finch::runtime {
namespace {

// 2026-01-01T00:00:00Z: where every simulated past ends.
constexpr market::TimeNs past_end_ns = 1'767'225'600 * market::ns_per_s;

/// Synthetic and recorded data never share a store: a run over both would be neither.
Status holds_nothing_else(const storage::TickStore& store) {
  for (const auto& span : store.spans()) {
    auto instrument = store.instrument(span.instrument);
    if (!instrument)
      return tl::unexpected(instrument.error());
    if (!instrument->synthetic)
      return fail(Category::usage,
                  fmt::format("the store holds data of {}", market::format_name(instrument->name)),
                  "give the simulated exchange a data directory of its own with --data");
  }
  return {};
}

Status fill(Context& context, const SimConfig& sim) {
  auto opened = open_store(context, storage::Mode::write);
  if (!opened)
    return tl::unexpected(opened.error());
  auto config = fill_config(sim);
  if (auto own = holds_nothing_else(**opened); !own)
    return own;
  Progress progress{context.console, "fill", "days", static_cast<double>(config.days)};
  auto report = feed::fill_history(**opened, config, [&](double share) {
    progress.update(share * config.days);
    return !Stop::requested();
  });
  if (!report)
    return tl::unexpected(report.error());
  auto from = market::format_time(config.exchange.start), to = market::format_time(past_end_ns);
  context.console.document({{"filled", report->filled},
                            {"synthetic", true},
                            {"instruments", config.exchange.symbols},
                            {"from", from},
                            {"to", to},
                            {"bars", report->bars},
                            {"ticks", report->ticks},
                            {"quotes", report->quotes},
                            {"funding", report->funding}});
  context.console.line(
      report->filled
          ? fmt::format("SYNTHETIC DATA: {} instruments, {} .. {}: {} bars, {} ticks, {} quotes, {} "
                        "funding rates",
                        config.exchange.symbols, from, to,
                        human_count(static_cast<std::int64_t>(report->bars)),
                        human_count(static_cast<std::int64_t>(report->ticks)),
                        human_count(static_cast<std::int64_t>(report->quotes)),
                        human_count(static_cast<std::int64_t>(report->funding)))
          : "the simulated past is there already");
  return {};
}

} // namespace

feed::FillConfig fill_config(const SimConfig& config) {
  feed::FillConfig fill;
  fill.days = static_cast<std::int32_t>(config.days);
  fill.tick_days = static_cast<std::int32_t>(config.tick_days);
  fill.exchange.seed = static_cast<std::uint64_t>(config.seed);
  fill.exchange.symbols = static_cast<int>(config.symbols);
  fill.exchange.start = past_end_ns - config.days * market::ns_per_day;
  return fill;
}

void register_data_fill(Command& data) {
  struct Options {
    std::optional<std::int64_t> seed, symbols, days, tick_days;
  };
  auto options = std::make_shared<Options>();
  data.object("fill", "Fill the store with the simulated exchange's past (synthetic data)")
      .option("--seed", options->seed, "Decides every price (default: [sim] seed)")
      .option("--instruments", options->symbols, "How many, 1 to 36 (default: [sim] symbols)")
      .option("--days", options->days, "Days of one-minute bars (default: [sim] days)")
      .option("--tick-days", options->tick_days,
              "Newest days of them that have ticks (default: [sim] tick_days)")
      .run([options](Context& context) -> Status {
        auto sim = context.config.sim;
        sim.seed = options->seed.value_or(sim.seed);
        sim.symbols = options->symbols.value_or(sim.symbols);
        sim.days = options->days.value_or(sim.days);
        sim.tick_days = options->tick_days.value_or(sim.tick_days);
        if (sim.days < 1 || sim.days > 3'650 || sim.tick_days < 0 || sim.tick_days > sim.days ||
            sim.symbols < 1 || sim.symbols > 36)
          return fail(Category::usage, "the history asked for cannot be",
                      "give 1 to 3650 days, at most as many with ticks, and 1 to 36 instruments");
        return fill(context, sim);
      });
}

} // namespace finch::runtime
