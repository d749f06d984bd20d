/// The history rules keep: rings of past rows per instrument, savable so that a restart continues where it
/// stopped.
#pragma once

#include "actors/expression/program.hpp"
#include "schemas/error.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace finch::expression {

/// Everything a machine remembers between rows. Lanes are instruments.
///
/// A result depends on the last `lookback` rows and their bar numbers only, never on where the history began:
/// two states fed the same last rows give the same bits.
struct State {
  std::size_t lanes = 0;
  std::vector<double> store;       ///< per operation [row of its window][lane]
  std::vector<std::int64_t> marks; ///< rows seen, then per operation: block number, rows of the block seen
};

/// A state that has seen nothing: every window answers NaN until it is full.
[[nodiscard]] State fresh_state(const Program& program, std::size_t lanes);

/// The state as bytes, with the program's fingerprint and a checksum.
[[nodiscard]] std::vector<std::uint8_t> save(const State& state, const Program& program);
/// Reads what `save` wrote; refuses damaged bytes and those of another program or number of lanes.
[[nodiscard]] Result<State> restore(std::span<const std::uint8_t> bytes, const Program& program,
                                    std::size_t lanes);

} // namespace finch::expression
