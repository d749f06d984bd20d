#include "actors/expression/machine.hpp"

#include "actors/expression/window.hpp"

#include <algorithm>
#include <bit>

namespace finch::expression {

namespace {

template <Op op>
void apply_all(const double* __restrict a, const double* __restrict b, const double* __restrict c,
               double* __restrict out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    out[i] = apply<op>(a[i], b[i], c[i]);
}

} // namespace

Machine::Machine(Program program, std::size_t lanes, std::size_t max_rows)
    : program_{std::move(program)}, lanes_{lanes}, max_rows_{std::max<std::size_t>(max_rows, 1)} {
  std::uint8_t groups = 1;
  for (const auto& instruction : program_.code)
    groups |= instruction.groups;
  for (auto used : program_.input_groups)
    groups |= used;
  groups_ = static_cast<std::size_t>(std::bit_width(groups));

  auto column = lanes_ * max_rows_;
  auto constants = program_.constants.size();
  memory_.resize(column * (constants + program_.registers + 8));
  for (std::size_t i = 0; i < constants; ++i) {
    std::fill_n(memory_.begin() + static_cast<std::ptrdiff_t>(i * column), column, program_.constants[i]);
    table_.push_back(memory_.data() + i * column);
  }
  table_.resize(constants + program_.inputs.size(), nullptr);
  for (std::size_t i = 0; i < program_.registers; ++i)
    table_.push_back(memory_.data() + (constants + i) * column);
}

void Machine::run(std::span<const double* const> inputs, std::span<const std::int64_t> bars,
                  State& state) noexcept {
  count_ = bars.size() * lanes_;
  std::copy(inputs.begin(), inputs.end(),
            table_.begin() + static_cast<std::ptrdiff_t>(program_.constants.size()));
  auto known_columns = memory_.end() - static_cast<std::ptrdiff_t>(8 * lanes_ * max_rows_);
  for (std::size_t g = 0; g < groups_; ++g)
    std::fill_n(known_columns + static_cast<std::ptrdiff_t>(g * lanes_ * max_rows_), count_, 1.0);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    note_unknown(inputs[i], program_.input_groups[i]);

  for (const auto& instruction : program_.code) {
    if (is_stateful(instruction.op)) {
      run_stateful(instruction, bars, state);
      continue;
    }
    // Registers are the machine's own memory; operands may be the caller's, hence the const table.
    auto out = const_cast<double*>(table_[instruction.out]);
    with_operation(instruction.op, [&]<Op op>() {
      apply_all<op>(table_[instruction.a], table_[instruction.b], table_[instruction.c], out, count_);
    });
  }
  state.marks[0] += static_cast<std::int64_t>(bars.size());
}

void Machine::run_stateful(const Instruction& instruction, std::span<const std::int64_t> bars,
                           State& state) noexcept {
  auto x = table_[instruction.a];
  auto out = const_cast<double*>(table_[instruction.out]);
  WindowState window{state.store.data() + instruction.store * lanes_, &state.marks[instruction.mark],
                     &state.marks[instruction.mark + 1], state.marks[0]};
  for (std::size_t row = 0; row < bars.size(); ++row) {
    step(instruction, window, bars[row], x + row * lanes_, out + row * lanes_, lanes_);
    ++window.rows_seen;
  }
  note_unknown(out, instruction.groups);
}

void Machine::note_unknown(const double* __restrict values, std::uint8_t groups) noexcept {
  auto columns = memory_.data() + memory_.size() - 8 * lanes_ * max_rows_;
  for (std::size_t g = 0; g < groups_; ++g) {
    if ((groups >> g & 1U) == 0)
      continue;
    double* __restrict known = columns + g * lanes_ * max_rows_;
    for (std::size_t i = 0; i < count_; ++i)
      known[i] = values[i] == values[i] ? known[i] : 0.0;
  }
}

std::span<const double> Machine::result(std::size_t root) const noexcept {
  return {table_[program_.roots[root]], count_};
}

std::span<const double> Machine::known(std::size_t group) const noexcept {
  auto columns = memory_.data() + memory_.size() - 8 * lanes_ * max_rows_;
  return {columns + group * lanes_ * max_rows_, count_};
}

} // namespace finch::expression
