#include "runtime/research_setup.hpp"

#include "actors/reporting/new_file.hpp"
#include "runtime/evolution_report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace finch::runtime {

evolution::ResearchConfig research_config(const Config& config, std::vector<market::Instrument> instruments,
                                          std::size_t threads) {
  auto desk = desk_config(config, std::move(instruments));
  evolution::ResearchConfig research;
  research.instruments = std::move(desk.instruments);
  research.timeframes = std::move(desk.timeframes);
  research.catalogue = config.catalogue;
  research.account = std::move(desk.account);
  research.window_days = config.evolution.window_days;
  research.variants = config.evolution.variants;
  research.slots = static_cast<std::size_t>(config.evolution.slots);
  research.holdout = config.data.holdout_pct / 100;
  research.seed = static_cast<std::uint64_t>(config.evolution.seed);
  research.threads = threads;
  const auto& costs = config.costs;
  research.cost_model =
      fmt::format("fees {} {} spread {} impact {} latency {} {} {} seed {}", costs.maker_fee_bps,
                  costs.taker_fee_bps, costs.spread_bps, costs.impact, costs.data_latency_ms,
                  costs.decision_latency_ms, costs.order_latency_ms, research.account.seed);
  return research;
}

std::string journal_address(const Context& context) {
  return context.config.journal.url.empty() ? (context.options.data / "journal.db").string()
                                            : context.config.journal.url;
}

std::vector<desk::DeskInstance> desk_instances(const std::vector<evolution::Examined>& active) {
  auto any_proven =
      std::any_of(active.begin(), active.end(), [](const auto& examined) { return examined.tier >= 2; });
  std::vector<desk::DeskInstance> instances;
  for (const auto& examined : active) {
    // Until something has reached T2 the five best T1 carry the weight.
    auto weighted = any_proven ? examined.tier >= 2 : instances.size() < 5;
    instances.push_back({examined.instance, examined.tier, weighted, {examined.born_round, INT64_MAX}});
  }
  return instances;
}

Result<std::filesystem::path> publish(const std::filesystem::path& data, journal::Journal& journal,
                                      const evolution::CycleOutcome& outcome,
                                      const evolution::ResearchConfig& config) {
  for (const auto& examined : outcome.examined) {
    if (examined.placement.action != evolution::Action::admit || examined.instance.spec.parent.empty())
      continue;
    auto file = data / "strategies" / (examined.instance.spec.name + ".json");
    if (auto written = reporting::write_atomically(file, strategies::canonical_json(examined.instance.spec));
        !written)
      return tl::unexpected(written.error());
  }
  auto synthetic = std::any_of(config.instruments.begin(), config.instruments.end(),
                               [](const auto& instrument) { return instrument.synthetic; });
  auto report = cycle_report(outcome, config.slots, config.seed, config.instruments.size(), synthetic);
  auto path = reporting::write_cycle_report(data / "reports", report);
  if (!path)
    return path;
  journal::Report row;
  row.path = path->lexically_relative(data).string();
  row.cycle = outcome.cycle;
  row.kind = "cycle";
  row.as_of_ns = outcome.as_of_ns;
  row.summary =
      fmt::format("{} of {} slots filled, {} trials", report.slots_filled, report.slots, report.trials_new);
  if (auto put = journal.put(row); !put)
    return tl::unexpected(put.error());
  return path;
}

} // namespace finch::runtime
