/// Runs a program over columns: many rows and instruments per instruction, nothing allocated.
#pragma once

#include "actors/expression/program.hpp"
#include "actors/expression/state.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace finch::expression {

/// Executes one program. Columns are contiguous [row][lane]; lanes are instruments.
///
/// Conditions are doubles, 1 or 0. A comparison with NaN is false. Because `not` would turn that into true, a
/// machine also tells per group and lane whether every input and window its roots read was a number: where
/// `known` is 0 an input is missing or a window is not full, and the results must not be acted on. NaN made
/// by arithmetic (0/0, log of a negative number) is not a missing input; it only compares false.
class Machine {
public:
  /// Scratch for up to `max_rows` rows of `lanes` lanes is taken here, once.
  Machine(Program program, std::size_t lanes, std::size_t max_rows);
  Machine(const Machine&) = delete; // operands point into its own memory, which a move keeps
  Machine& operator=(const Machine&) = delete;
  Machine(Machine&&) noexcept = default;
  Machine& operator=(Machine&&) noexcept = default;
  ~Machine() = default;

  [[nodiscard]] const Program& program() const noexcept { return program_; }
  [[nodiscard]] std::size_t lanes() const noexcept { return lanes_; }
  [[nodiscard]] std::size_t max_rows() const noexcept { return max_rows_; }

  /// Evaluates the next rows, `bars.size()` <= max_rows of them. `inputs` holds a column for each of
  /// `program().inputs`; `bars` their bar numbers, ascending over all calls with one state.
  void run(std::span<const double* const> inputs, std::span<const std::int64_t> bars, State& state) noexcept;

  /// Results of a root for the rows of the last run, [row][lane].
  [[nodiscard]] std::span<const double> result(std::size_t root) const noexcept;
  /// 1 where everything the group's roots read was known, else 0; [row][lane].
  [[nodiscard]] std::span<const double> known(std::size_t group) const noexcept;

private:
  void run_stateful(const Instruction& instruction, std::span<const std::int64_t> bars,
                    State& state) noexcept;
  void note_unknown(const double* values, std::uint8_t groups) noexcept;

  Program program_;
  std::size_t lanes_, max_rows_;
  std::size_t count_ = 0;            ///< rows × lanes of the last run
  std::vector<double> memory_;       ///< constants, registers, then one `known` column per group
  std::vector<const double*> table_; ///< where each operand's column is
  std::size_t groups_ = 1;
};

} // namespace finch::expression
