/// Evaluates a graph over rows that are stored already, only what is asked for.
#pragma once

#include "actors/expression/graph.hpp"
#include "actors/expression/program.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace finch::expression {

/// One bit per lane; 64 to a word.
using LaneBits = std::uint64_t;
inline constexpr std::size_t lanes_per_bits = 64;

/// Stored rows of a graph's inputs, numbered from 0. What lies before is missing.
class RowSource {
public:
  virtual ~RowSource() = default;
  /// `count` rows of a slot from row `first` >= 0 on, [row][lane], in memory of its own or in `scratch`,
  /// which has room for them. They stay where they are until the machine opens other rows.
  [[nodiscard]] virtual const double* rows(std::uint32_t slot, std::int64_t first, std::size_t count,
                                           double* scratch) const = 0;
  /// The same rows of one lane alone, into `out`; false where that is not cheaper, and nothing is written.
  [[nodiscard]] virtual bool lane(std::uint32_t slot, std::int64_t first, std::size_t count, std::size_t lane,
                                  double* out) const {
    static_cast<void>(slot), static_cast<void>(first), static_cast<void>(count), static_cast<void>(lane),
        static_cast<void>(out);
    return false;
  }
  /// The bar number of a row, ascending.
  [[nodiscard]] virtual std::int64_t bar(std::int64_t row) const = 0;
};

/// A second way to run rules, for a search that looks at many strategies over the same history. The results
/// are those of `Machine`, bit for bit; what differs is what is computed:
///
/// - Conditions are words of bits, and what several strategies have in common is computed once.
/// - Nothing is computed that nobody asks for: an `and` stops at the first part that holds nowhere in the
/// rows
///   at hand, and windows forget rows nobody asked about (their state depends on the last rows only).
///
/// One thread at a time.
class LazyMachine {
public:
  /// Something that can be asked: a node, or its value `lag` rows earlier.
  struct Handle {
    std::uint32_t node = 0, lag = 0;
    auto operator<=>(const Handle&) const = default;
  };

  /// Rows are opened at most `max_rows` at a time. The graph may no longer change.
  LazyMachine(const Graph& graph, const RowSource& source, std::size_t lanes, std::size_t max_rows);

  /// What can be asked is said before rows are opened.
  [[nodiscard]] Handle condition(const Value& root);
  [[nodiscard]] Handle number(const Value& root);
  /// Whether everything the roots read is known: inputs and full windows, as `Machine::known` of a group.
  [[nodiscard]] Handle known(std::span<const Value> roots);

  /// Rows [first, first + count) are asked about from now on; windows are cheapest where rows ascend.
  void open(std::int64_t first, std::size_t count);
  /// Where a condition holds in the open rows, [row][word].
  [[nodiscard]] const LaneBits* bits(Handle condition);
  /// Clears the bits where a condition does not hold; cheap where few are set.
  void keep(Handle condition, LaneBits* bits);
  /// Whether a condition holds in one cell of the open rows.
  [[nodiscard]] bool holds_at(Handle condition, std::size_t row, std::size_t lane);
  /// A number in one cell of the open rows.
  [[nodiscard]] double at(Handle number, std::size_t row, std::size_t lane);

  [[nodiscard]] std::size_t lanes() const noexcept { return lanes_; }
  [[nodiscard]] std::size_t words() const noexcept { return words_; }
  [[nodiscard]] std::size_t max_rows() const noexcept { return max_rows_; }

private:
  enum class Kind : std::uint8_t {
    constant,
    input,
    arithmetic,
    choose_number, ///< by a condition
    as_number,     ///< a condition as 1 or 0
    window,
    // From here on conditions.
    always,
    compare,
    is_number, ///< not NaN
    negation,
    all_of,
    any_of,
    choose_condition
  };
  struct Node {
    Kind kind = Kind::constant;
    Op op = Op::negate;
    std::array<Handle, 3> operands{};
    std::vector<Handle> parts{};  ///< of `all_of` and `any_of`, which stop early: in the order they are asked
    std::uint32_t slot = 0;       ///< of an input
    Instruction windowed{};       ///< of a window
    Value operand{};              ///< of a window, in the graph
    double cost = 0;              ///< roughly, to ask for what is cheap first
    std::uint32_t earlier = 0;    ///< rows before the open ones that somebody reads
    std::int64_t evaluated = -1;  ///< when: compare with `opened_`
    std::int64_t expected = -1;   ///< when the rows behind were last sent for
    const double* data = nullptr; ///< numbers, the earlier rows first
    std::size_t stride = 0;       ///< of `data`: lanes, or 0 where all rows are the same
    std::vector<double> memory{};
    std::vector<LaneBits> words{};
    // A window's history: rows below `fed` were taken; `memory` holds the rows [held, fed).
    std::vector<double> store{};
    std::int64_t block = 0, in_block = 0, rows_seen = 0, fed = 0, held = 0;
  };

  static bool is_condition(Kind kind) noexcept { return kind >= Kind::always; }
  Handle place(const Value& value);
  Handle operation(std::uint32_t index);
  Handle lagged(const Operation& operation);
  Handle add(Node node);
  Handle as_number(Handle handle);
  Handle as_condition(Handle handle);
  Handle windowed(const Operation& operation);
  Handle joined(Kind kind, std::vector<Handle> parts);
  Handle is_number(Handle handle);
  Handle always(bool holds);
  Handle zero();
  [[nodiscard]] double cost_of(const Node& node) const;
  void seal();

  void evaluate(Node& node);
  void evaluate_input(Node& node);
  void evaluate_arithmetic(Node& node);
  void evaluate_choice(Node& node);
  void evaluate_window(Node& node);
  void feed(Node& node, std::int64_t from, std::int64_t to, double* out);
  void evaluate_condition(Node& node);
  void expect(Handle handle);
  void evaluate_joined(Node& node);
  void keep_where(Handle condition, LaneBits* bits);
  [[nodiscard]] bool is_few(const LaneBits* bits, Handle condition) const;
  [[nodiscard]] std::optional<double> window_at(const Node& node, std::int64_t row, std::size_t lane);
  Node& ready(Handle handle);
  struct Rows {
    const double* data;
    std::size_t stride;
  };
  Rows fetch(const Node& reader, std::int64_t from, std::int64_t to);
  const double* numbers(Handle handle, const Node& reader);
  const LaneBits* words_of(Handle handle, const Node& reader);
  void replay(const Value& value, std::int64_t from, std::int64_t to, double* out) const;

  const Graph& graph_;
  const RowSource& source_;
  std::size_t lanes_, words_, max_rows_;
  std::vector<Node> nodes_;
  std::vector<Handle> results_;      ///< of the graph's operations, as far as they were asked for
  std::vector<std::uint8_t> placed_; ///< which those are
  std::map<std::vector<std::uint64_t>, std::uint32_t> known_nodes_;
  std::vector<Handle> asked_;
  std::vector<LaneBits> all_; ///< a row in which every lane's bit is set
  std::vector<double> scratch_, column_;
  std::int64_t opened_ = -1, first_ = 0;
  std::size_t count_ = 0;
  bool sealed_ = false;
};

} // namespace finch::expression
