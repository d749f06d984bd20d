#include "bench/talib_peer.hpp"

#include "actors/features/series.hpp"
#include "bench/measure.hpp"
#include "bench/python_peer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>

namespace finch::bench {
namespace {

void write_bars(std::span<const market::Bar> bars, const std::filesystem::path& file) {
  std::vector<double> columns;
  for (auto field :
       {&market::Bar::open, &market::Bar::high, &market::Bar::low, &market::Bar::close, &market::Bar::volume})
    for (const auto& bar : bars)
      columns.push_back(bar.*field);
  std::ofstream out{file, std::ios::binary};
  out.write(reinterpret_cast<const char*>(columns.data()),
            static_cast<std::streamsize>(columns.size() * sizeof(double)));
}

std::vector<double> read_values(const std::filesystem::path& file) {
  std::vector<double> out(std::filesystem::file_size(file) / sizeof(double));
  std::ifstream in{file, std::ios::binary};
  in.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size() * sizeof(double)));
  return out;
}

} // namespace

TalibPeer measure_talib(std::span<const market::Bar> bars, const std::filesystem::path& script,
                        const std::filesystem::path& scratch, int repeats) {
  TalibPeer out;
  auto given = scratch / "bars", made = scratch / "values";
  std::filesystem::create_directories(scratch);
  write_bars(bars, given);
  auto said = run_python(script, {given.string(), made.string(), std::to_string(std::max(repeats, 3))});
  if (!said.ran) {
    out.absent = said.absent ? "TA-Lib is not installed for any interpreter FINCH_PYTHON names, or python3"
                             : "the script failed: " + said.why;
    return out;
  }
  auto names = said.values("feature");
  auto ns = std::strtod(said.value("ns").c_str(), nullptr);
  auto theirs = read_values(made);
  auto plan = features::Plan::make(names);
  if (!plan || theirs.size() != names.size() * bars.size()) {
    out.absent = "the script's features are not the catalogue's";
    return out;
  }
  auto width = plan->names().size();
  std::array<std::vector<double>, 4> columns;
  columns.fill(std::vector<double>(width * bars.size()));
  auto best = [&](std::size_t symbols) {
    auto least = std::numeric_limits<double>::max();
    for (int i = 0; i < std::max(repeats, 3); ++i) {
      Watch watch;
      std::vector<features::SeriesCalculator> series;
      for (std::size_t k = 0; k < symbols; ++k)
        series.emplace_back(*plan, market::Timeframe{1}, market::Instrument{});
      std::vector<features::SeriesRun> runs;
      for (std::size_t k = 0; k < symbols; ++k)
        runs.push_back({&series[k], bars, columns[k].data(), bars.size()});
      features::update_together(runs);
      least = std::min(least, watch.cpu());
    }
    return 1e9 * least / static_cast<double>(symbols * bars.size() * names.size());
  };
  out.finch_ns_per_value = best(1);
  out.finch_in_step_ns = best(4);
  const auto& ours = columns[0];
  for (std::size_t f = 0; f < names.size(); ++f) {
    const auto* own = ours.data() + *plan->index(names[f]) * bars.size();
    const auto* other = theirs.data() + f * bars.size();
    for (std::size_t i = 0; i < bars.size(); ++i) {
      if (std::isnan(own[i]) || std::isnan(other[i]))
        continue;
      auto difference = std::abs(own[i] - other[i]) / std::max(1.0, std::abs(other[i]));
      if (difference > out.largest_difference) {
        out.largest_difference = difference;
        out.largest_in = names[f];
      }
    }
  }
  out.features = names.size();
  out.talib_ns_per_value = ns / static_cast<double>(bars.size() * names.size());
  return out;
}

} // namespace finch::bench
