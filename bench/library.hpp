/// Library strategies and the desk that runs them, as the replay command sets it up.
#pragma once

#include "actors/desk/desk.hpp"

#include <filesystem>

namespace finch::bench {

enum class Strategies { reference_six, all };

/// The specs of the folder wanted, each on each of its timeframes, with the product's default costs, risk and
/// consensus.
[[nodiscard]] Result<desk::DeskConfig> library_desk(const std::filesystem::path& library,
                                                    std::vector<market::Instrument> instruments,
                                                    Strategies wanted = Strategies::reference_six);
/// Every feature those strategies read, by name.
[[nodiscard]] std::vector<std::string> features_of(const desk::DeskConfig& desk);
/// How many specs the instances come from.
[[nodiscard]] std::size_t strategies_of(const desk::DeskConfig& desk);

} // namespace finch::bench
