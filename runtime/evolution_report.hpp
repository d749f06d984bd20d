/// A cycle's outcome as its report.
#pragma once

#include "actors/evolution/research_cycle.hpp"
#include "actors/reporting/cycle_report.hpp"

namespace finch::runtime {

/// The report of one cycle; `synthetic` says that the data is the simulated exchange's.
[[nodiscard]] reporting::CycleReport cycle_report(const evolution::CycleOutcome& outcome, std::size_t slots,
                                                  std::uint64_t seed, std::size_t instruments,
                                                  bool synthetic);

} // namespace finch::runtime
