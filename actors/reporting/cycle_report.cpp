#include "actors/reporting/cycle_report.hpp"

#include "actors/reporting/new_file.hpp"
#include "actors/reporting/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace finch::reporting {

namespace {

using Json = nlohmann::ordered_json;

std::string span_of(const CycleReport& report) {
  return fmt::format("{} to {}", market::format_time(report.window_from_ns),
                     market::format_time(report.window_to_ns));
}

std::string plural(std::int64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", count(number), noun, number == 1 ? "" : "s");
}

std::string summary(const CycleReport& report) {
  auto out = fmt::format("- Scored {} over {}.\n", plural(report.instruments, "instrument"), span_of(report));
  out += report.holdout_from_ns
             ? fmt::format("- Data from {} on is held out: no candidate was tried on it.\n",
                           market::format_time(report.holdout_from_ns))
             : "- There is not enough data yet to hold any out.\n";
  out += fmt::format("- {} {} tried in this cycle, {} ever on this data.\n",
                     plural(report.trials_new, "new configuration"), report.trials_new == 1 ? "was" : "were",
                     count(report.trials_total));
  out += fmt::format("- {} of {} strategy slots are filled.\n", report.slots_filled, report.slots);
  for (const auto& empty : report.empty_slots)
    out += fmt::format("  - {} empty: {}\n", plural(empty.count, "slot"), empty.reason);
  if (report.provisional_weights)
    out += "- Consensus weights are provisional until enough votes have been judged.\n";
  return out;
}

std::string score_table(const CycleReport& report, std::size_t most) {
  if (report.scores.empty())
    return "Nothing could be scored.\n";
  std::vector<std::vector<std::string>> rows;
  auto rank = 0;
  for (const auto& score : std::span{report.scores}.first(std::min(most, report.scores.size())))
    rows.push_back({std::to_string(++rank), score.strategy, score.timeframe, score.tier, score.status,
                    ratio(score.score), count(score.trades), percent(score.win_rate),
                    ratio(score.profit_factor), ratio(score.sharpe), percent(score.max_drawdown),
                    percent(score.total_return, true)});
  auto left_out = report.scores.size() - rows.size();
  return markdown_table({"#", "strategy", "bars", "tier", "status", "score", "trades", "won", "PF", "Sharpe",
                         "drawdown", "return"},
                        rows, {true, false, true, false, false, true, true, true, true, true, true, true}) +
         (left_out > 0 ? fmt::format("\n… and {} more\n", left_out) : "");
}

std::string change_list(const CycleReport& report) {
  std::string out = report.changes.empty() ? "No strategy changed its place.\n" : "";
  for (const auto& change : report.changes)
    out += fmt::format("- {} **{}**{}{}\n", change.kind, change.strategy,
                       change.by.empty() ? "" : fmt::format(" by **{}**", change.by),
                       change.reason.empty() ? "" : ": " + change.reason);
  if (!report.abstentions.empty())
    out += "\nActive instances that go on without voters, because those are archived:\n";
  for (const auto& abstention : report.abstentions)
    out += fmt::format("- **{}** without {}\n", abstention.strategy, fmt::join(abstention.voters, ", "));
  return out;
}

std::string stage_table(const CycleReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& stage : report.stages)
    rows.push_back({stage.name, duration(stage.seconds), stage.detail});
  auto total = std::accumulate(report.stages.begin(), report.stages.end(), 0.0,
                               [](double sum, const auto& stage) { return sum + stage.seconds; });
  rows.push_back({"total", duration(total), ""});
  return markdown_table({"stage", "time", "what"}, rows, {false, true, false});
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json score_json(const CycleScore& score) {
  return {{"name", score.strategy},
          {"spec_hash", score.spec_hash},
          {"timeframe", score.timeframe},
          {"tier", score.tier},
          {"status", score.status},
          {"score", number(score.score)},
          {"trades", score.trades},
          {"win_rate", number(score.win_rate)},
          {"profit_factor", number(score.profit_factor)},
          {"sharpe", number(score.sharpe)},
          {"max_drawdown", number(score.max_drawdown)},
          {"total_return", number(score.total_return)}};
}

template <class Item, class Convert>
Json list(const std::vector<Item>& items, Convert convert) {
  auto out = Json::array();
  for (const auto& item : items)
    out.push_back(convert(item));
  return out;
}

} // namespace

std::string render_markdown(const CycleReport& report, std::size_t most_scores) {
  auto out = fmt::format("# Cycle {} as of {}\n\n", report.cycle, market::format_time(report.as_of_ns));
  if (report.synthetic)
    out += "> **Synthetic data**, made by the simulated exchange. Nothing here is about a real market.\n\n";
  out += summary(report);
  out += "\n## Ranking\n\n" + score_table(report, most_scores);
  out += "\n## Changes\n\n" + change_list(report);
  if (!report.warnings.empty()) {
    out += "\n## Warnings\n\n";
    for (const auto& warning : report.warnings)
      out += fmt::format("- {}\n", warning);
  }
  out += "\n## Stages\n\n" + stage_table(report);
  return out + fmt::format("\nSeed {}, build {}. Scores are paper results after all simulated costs.\n",
                           report.seed, report.build);
}

std::string render_json(const CycleReport& report) {
  Json json{{"cycle", report.cycle},
            {"as_of", market::format_time(report.as_of_ns)},
            {"window_from", market::format_time(report.window_from_ns)},
            {"window_to", market::format_time(report.window_to_ns)},
            {"holdout_from",
             report.holdout_from_ns ? Json(market::format_time(report.holdout_from_ns)) : Json(nullptr)},
            {"synthetic", report.synthetic},
            {"provisional_weights", report.provisional_weights},
            {"seed", report.seed},
            {"build", report.build},
            {"instruments", report.instruments},
            {"trials_new", report.trials_new},
            {"trials_total", report.trials_total},
            {"slots", report.slots},
            {"slots_filled", report.slots_filled}};
  json["empty_slots"] = list(report.empty_slots, [](const EmptySlots& empty) {
    return Json{{"count", empty.count}, {"reason", empty.reason}};
  });
  json["scores"] = list(report.scores, score_json);
  json["changes"] = list(report.changes, [](const CycleChange& change) {
    return Json{
        {"kind", change.kind}, {"name", change.strategy}, {"by", change.by}, {"reason", change.reason}};
  });
  json["abstentions"] = list(report.abstentions, [](const CycleAbstention& abstention) {
    return Json{{"name", abstention.strategy}, {"without", abstention.voters}};
  });
  json["warnings"] = report.warnings;
  json["stages"] = list(report.stages, [](const CycleStage& stage) {
    return Json{{"name", stage.name}, {"seconds", number(stage.seconds)}, {"detail", stage.detail}};
  });
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::filesystem::path cycle_report_path(const std::filesystem::path& directory, market::TimeNs as_of_ns) {
  auto hour = market::floor_div(as_of_ns, market::ns_per_hour) - 24 * std::int64_t{market::day_of(as_of_ns)};
  return directory / market::format_day(market::day_of(as_of_ns)) / fmt::format("{:02}", hour);
}

Result<std::filesystem::path> write_cycle_report(const std::filesystem::path& directory,
                                                 const CycleReport& report) {
  auto stem = cycle_report_path(directory, report.as_of_ns).string();
  if (auto written = write_atomically(stem + ".json", render_json(report)); !written)
    return tl::unexpected(written.error());
  if (auto written = write_atomically(stem + ".md", render_markdown(report)); !written)
    return tl::unexpected(written.error());
  return std::filesystem::path{stem + ".md"};
}

} // namespace finch::reporting
