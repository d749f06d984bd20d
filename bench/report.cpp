#include "bench/report.hpp"

#include "runtime/build_info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <thread>

namespace finch::bench {
namespace {

std::string processor_name() {
  std::ifstream info{"/proc/cpuinfo"};
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name"))
      return line.substr(line.find(':') + 2);
  return "unknown";
}

std::string number(double value, int digits) { return fmt::format("{:.{}f}", value, digits); }

std::string sample(const Sample& sample, int digits) {
  if (sample.count == 0)
    return "-";
  auto text = number(sample.median, digits);
  if (sample.count > 1)
    text += fmt::format(" [{}, {}]", number(sample.low, digits), number(sample.high, digits));
  return text;
}

std::string goal_of(const Row& row) {
  if (!row.goal)
    return "-";
  return fmt::format("{} {:g}", row.goal->at_most ? "≤" : "≥", row.goal->value);
}

/// Characters shown, where continuation bytes of UTF-8 take no room.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

nlohmann::ordered_json json_of(const Sample& sample) {
  if (sample.count == 0)
    return nullptr;
  return {{"median", sample.median}, {"low", sample.low}, {"high", sample.high}, {"count", sample.count}};
}

} // namespace

Row aborted(std::string group, std::string figure, std::string why) {
  Row row{.group = std::move(group), .figure = std::move(figure)};
  row.aborted = std::move(why);
  return row;
}

std::string verdict(const Row& row) {
  if (!row.aborted.empty())
    return "aborted";
  if (!row.goal || row.finch.count == 0)
    return "-";
  auto meets = [&](double value) {
    return row.goal->at_most ? value <= row.goal->value : value >= row.goal->value;
  };
  if (meets(row.goal->at_most ? row.finch.high : row.finch.low))
    return "yes";
  return meets(row.finch.median) ? "median" : "no";
}

std::vector<std::pair<std::string, std::string>> machine(const Options& options) {
  auto build = runtime::build_info();
  double load = 0;
  std::ifstream{"/proc/loadavg"} >> load;
  auto cores = std::max(1U, std::thread::hardware_concurrency());
  std::string rocksdb, sqlite, caf;
  for (const auto& [name, version] : build.libraries)
    (name == "RocksDB" ? rocksdb : name == "SQLite" ? sqlite : name == "CAF" ? caf : build.version) = version;
  return {{"processor", fmt::format("{}, {} cores", processor_name(), cores)},
          {"compiler",
           fmt::format("{}, {}, -O2 -march=x86-64-v3 -ffp-contract=off", build.compiler, build.build_type)},
          {"build", build.build_id},
          {"libraries", fmt::format("RocksDB {}, SQLite {}, CAF {}", rocksdb, sqlite, caf)},
          {"load",
           fmt::format("{:.1f} before the first figure{}", load,
                       load > 0.3 * cores ? ": NOT QUIET, figures in wall time are worse than they need be"
                                          : "")},
          {"runs", fmt::format("median [least, greatest] of {} repetitions, {} of short ones{}", options.reps,
                               options.short_reps(), options.quick ? ", QUICK: smaller data" : "")}};
}

std::string render(const std::vector<Row>& rows) {
  using Cells = std::array<std::string, 7>;
  std::vector<Cells> table{{"figure", "Finch", "peer in this run", "its figure", "ratio", "goal", "met"}};
  for (const auto& row : rows) {
    if (!row.aborted.empty())
      table.push_back({row.figure, "aborted: " + row.aborted, "", "", "", "", ""});
    else
      table.push_back({row.figure, sample(row.finch, row.digits), row.peer_name.empty() ? "-" : row.peer_name,
                       sample(row.peer, row.digits), sample(row.ratio, 1), goal_of(row), verdict(row)});
  }
  std::array<std::size_t, 7> widths{};
  for (const auto& cells : table)
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (cells[2].empty() ? i == 0 : true)
        widths[i] = std::max(widths[i], width(cells[i]));
  std::string out;
  for (const auto& cells : table) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line += cells[i];
      if (i + 1 < cells.size())
        line.append(widths[i] + 2 - std::min(widths[i], width(cells[i])), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  for (const auto& row : rows)
    if (!row.note.empty())
      out += fmt::format("  {}: {}\n", row.figure, row.note);
  return out;
}

nlohmann::ordered_json to_json(const std::vector<Row>& rows, const Options& options) {
  nlohmann::ordered_json out, list = nlohmann::ordered_json::array();
  for (const auto& [name, value] : machine(options))
    out["machine"][name] = value;
  for (const auto& row : rows) {
    nlohmann::ordered_json entry{{"name", row.figure}, {"group", row.group}};
    if (!row.aborted.empty())
      entry["aborted"] = row.aborted;
    entry["finch"] = json_of(row.finch);
    entry["peer_name"] = row.peer_name;
    entry["peer"] = json_of(row.peer);
    entry["ratio"] = json_of(row.ratio);
    if (row.goal)
      entry["goal"] = {{"value", row.goal->value}, {"at_most", row.goal->at_most}};
    entry["met"] = verdict(row);
    entry["note"] = row.note;
    list.push_back(std::move(entry));
  }
  out["quick"] = options.quick;
  out["figures"] = std::move(list);
  return out;
}

} // namespace finch::bench
