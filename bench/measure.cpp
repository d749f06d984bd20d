#include "bench/measure.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

namespace finch::bench {

double Watch::processor() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

Sample Sample::of(std::vector<double> values) {
  if (values.empty())
    return {};
  std::sort(values.begin(), values.end());
  auto middle = values.size() / 2;
  auto median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back(), values.size()};
}

Sample Sample::map(const std::function<double(double)>& f) const {
  auto [low_end, high_end] = std::minmax({f(low), f(high)});
  return {f(median), low_end, high_end, count};
}

Sample ratio_of(const std::vector<double>& above, const std::vector<double>& below) {
  std::vector<double> quotients;
  for (std::size_t i = 0; i < std::min(above.size(), below.size()); ++i)
    quotients.push_back(above[i] / below[i]);
  return Sample::of(std::move(quotients));
}

double quantile(std::vector<std::int64_t>& values, double q) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return static_cast<double>(values[std::min(rank == 0 ? 0 : rank - 1, values.size() - 1)]);
}

Scratch::Scratch(std::filesystem::path where) : path_{std::move(where)} {
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::uint64_t bytes_under(const std::filesystem::path& folder) {
  std::uint64_t total = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{folder})
    total += entry.is_regular_file() ? entry.file_size() : 0;
  return total;
}

} // namespace finch::bench
