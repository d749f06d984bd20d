/// Checkpoints: the state of every feature of an instrument at 00:00 UTC, kept so that a value does not
/// depend on where a window of history begins.
#pragma once

#include "actors/market/instrument.hpp"
#include "schemas/features_generated.h"
#include "schemas/frame.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace finch::features {

/// Where checkpoints lie, by instrument and UTC day: the tick store, seen through two functions.
struct CheckpointShelf {
  std::function<Result<std::optional<std::string>>(market::InstrumentId, std::int32_t day)> get;
  std::function<Status(market::InstrumentId, std::int32_t day, std::string_view bytes)> put;
};

/// The bytes of a checkpoint for the shelf, with their checksum.
[[nodiscard]] std::string seal(const Frame<fb::FeatureCheckpoint>& checkpoint);
/// Checks and opens such bytes. Fails with bad_input where they are torn or damaged. Whether a calculator of
/// this build can go on from them is for its `restore` to say.
[[nodiscard]] Result<Frame<fb::FeatureCheckpoint>> unseal(std::string_view bytes);
/// The checkpoints of a day of all these instruments, opened, in their order; nothing where one is missing.
[[nodiscard]] Result<std::optional<std::vector<Frame<fb::FeatureCheckpoint>>>>
checkpoints_of(const CheckpointShelf& shelf, std::span<const market::Instrument> instruments,
               std::int32_t day);

} // namespace finch::features
