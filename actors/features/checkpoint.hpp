/// Checkpoints: the state of every feature of an instrument at 00:00 UTC, kept so that a value does not
/// depend on where a window of history begins.
#pragma once

#include "actors/market/instrument.hpp"
#include "schemas/features_generated.h"
#include "schemas/frame.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

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
/// The checkpoint of an instrument and day, opened, or nothing where there is none.
[[nodiscard]] Result<std::optional<Frame<fb::FeatureCheckpoint>>>
checkpoint_of(const CheckpointShelf& shelf, market::InstrumentId instrument, std::int32_t day);

} // namespace finch::features
