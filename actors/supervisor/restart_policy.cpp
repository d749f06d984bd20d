#include "actors/supervisor/restart_policy.hpp"

#include <algorithm>

namespace finch::supervisor {

std::optional<std::int64_t> RestartPolicy::died(std::int64_t now_ns) {
  std::erase_if(deaths_, [&](std::int64_t death) { return now_ns - death > terms_.within_ns; });
  deaths_.push_back(now_ns);
  if (deaths_.size() > terms_.most_restarts) {
    given_up_ = true;
    return std::nullopt;
  }
  auto delay = terms_.first_delay_ns;
  for (std::size_t i = 1; i < deaths_.size() && delay < terms_.longest_delay_ns; ++i)
    delay *= 2;
  return now_ns + std::min(delay, terms_.longest_delay_ns);
}

} // namespace finch::supervisor
