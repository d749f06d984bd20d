/// From configuration to the settings of research cycles.
#pragma once

#include "actors/evolution/research_cycle.hpp"
#include "runtime/desk_setup.hpp"

#include <filesystem>

namespace finch::runtime {

/// Windows, slots, costs and accounts of research over these instruments.
[[nodiscard]] evolution::ResearchConfig
research_config(const Config& config, std::vector<market::Instrument> instruments, std::size_t threads);

/// Where the journal is: as configured, else `<data>/journal.db`.
[[nodiscard]] std::string journal_address(const Context& context);

/// The active instances of an outcome as the desk runs them: `from` is the first round they vote in.
[[nodiscard]] std::vector<desk::DeskInstance> desk_instances(const std::vector<evolution::Examined>& active);

/// Writes the specs of newly admitted variants to `<data>/strategies/`, the cycle's report to
/// `<data>/reports/` and its journal row. Returns the path of the Markdown report.
[[nodiscard]] Result<std::filesystem::path> publish(const std::filesystem::path& data,
                                                    journal::Journal& journal,
                                                    const evolution::CycleOutcome& outcome,
                                                    const evolution::ResearchConfig& config);

} // namespace finch::runtime
