/// How a lazy machine looks back: windows over the open rows, over rows nobody asked about, and in one cell.
#include "actors/expression/lazy_machine.hpp"
#include "actors/expression/window.hpp"
#include "actors/market/time.hpp"

#include <algorithm>
#include <limits>

namespace finch::expression {

namespace {

constexpr auto missing = std::numeric_limits<double>::quiet_NaN();

} // namespace

/// Rows of the window's operand: of the open rows where they are there, else computed again.
LazyMachine::Rows LazyMachine::fetch(const Node& reader, std::int64_t from, std::int64_t to) {
  auto handle = reader.operands[0];
  const auto& node = nodes_[handle.node];
  auto lag = static_cast<std::int64_t>(handle.lag), earlier = static_cast<std::int64_t>(node.earlier);
  if (node.kind == Kind::constant)
    return {node.data, 0};
  if (node.kind == Kind::input && from >= lag)
    return {source_.rows(node.slot, from - lag, static_cast<std::size_t>(to - from), scratch_.data()),
            lanes_};
  if (from - lag >= first_ - earlier)
    return {ready(handle).data + static_cast<std::size_t>(from - lag - first_ + earlier) * lanes_, lanes_};
  replay(reader.operand, from, to, scratch_.data());
  return {scratch_.data(), lanes_};
}

/// Takes rows [from, to) into the window; results of rows nobody wants go nowhere.
void LazyMachine::feed(Node& node, std::int64_t from, std::int64_t to, double* out) {
  while (from < to) {
    // Not across the first open row: fetch takes what lies before it from elsewhere.
    auto end = std::min(to, from + static_cast<std::int64_t>(max_rows_));
    if (from < first_)
      end = std::min(end, first_);
    auto [x, stride] = fetch(node, from, end);
    for (; from < end; ++from, x += stride) {
      WindowState state{node.store.data(), &node.block, &node.in_block, node.rows_seen};
      step(node.windowed, state, source_.bar(from), x, out, lanes_);
      ++node.rows_seen;
      if (out != nullptr)
        out += lanes_;
    }
  }
}

void LazyMachine::evaluate_window(Node& node) {
  auto base = first_ - static_cast<std::int64_t>(node.earlier);
  auto from = std::max<std::int64_t>(base, 0), to = first_ + static_cast<std::int64_t>(count_);
  auto* out = node.memory.data();
  auto cells = [this](std::int64_t rows) { return static_cast<std::size_t>(rows) * lanes_; };
  if (node.held <= base && node.fed > from && node.fed <= to && !node.store.empty()) {
    std::copy(out + cells(base - node.held), out + cells(node.fed - node.held), out);
    from = node.fed;
  } else {
    std::fill_n(out, cells(from - base), missing);
    auto back = static_cast<std::int64_t>(node.windowed.window) - (node.op == Op::lag ? 0 : 1);
    if (node.store.empty() || node.fed > from || from - node.fed > back) {
      // State depends on the last rows only: begin with those. All are taken before a result is wanted, so
      // that what the store held before is never read, except where history begins.
      node.fed = std::max<std::int64_t>(0, from - back);
      node.rows_seen = 0;
      node.in_block = 0;
      node.block = std::numeric_limits<std::int64_t>::min();
      if (node.store.empty() || node.fed == 0)
        node.store.assign(store_size(node.op, node.windowed.window) * lanes_, missing);
    }
    feed(node, node.fed, from, nullptr);
  }
  feed(node, from, to, out + cells(from - base));
  node.held = base;
  node.fed = to;
}

/// A window's result in one cell, by the same steps in the same order as window.cpp takes; nothing where that
/// is not the cheaper way.
std::optional<double> LazyMachine::window_at(const Node& node, std::int64_t row, std::size_t lane) {
  auto operand = node.operands[0];
  const auto& input = nodes_[operand.node];
  auto ranks = node.op == Op::rank;
  if (input.kind != Kind::input || (!ranks && node.op != Op::lowest && node.op != Op::highest))
    return {};
  auto window = static_cast<std::int64_t>(node.windowed.window);
  auto first = row - window + 1;
  if (first < operand.lag)
    return missing;
  column_.resize(std::max(column_.size(), static_cast<std::size_t>(window)));
  auto* x = column_.data();
  if (!source_.lane(input.slot, first - operand.lag, static_cast<std::size_t>(window), lane, x))
    return {};
  if (ranks) {
    auto now = x[window - 1], twice = 0.0;
    for (std::int64_t i = 0; i < window; ++i)
      twice += x[i] != x[i] ? missing : static_cast<double>(x[i] < now) + static_cast<double>(x[i] <= now);
    return 0.5 * twice / static_cast<double>(window);
  }
  auto fold = [&](auto join) {
    // The rows of the newest row's block forwards, those before them backwards.
    auto begin = market::floor_div(source_.bar(row), window) * window;
    auto head = window - 1;
    while (head > 0 && source_.bar(first + head - 1) >= begin)
      --head;
    auto folded = x[head];
    for (auto i = head + 1; i < window; ++i)
      folded = join(folded, x[i]);
    if (head == 0)
      return folded;
    auto tail = x[head - 1];
    for (auto i = head - 1; i-- > 0;)
      tail = join(tail, x[i]);
    return join(tail, folded);
  };
  return node.op == Op::lowest ? fold(smaller) : fold(larger);
}

/// Any rows of a value, by the operations as they stand in the graph and without any memory.
void LazyMachine::replay(const Value& value, std::int64_t from, std::int64_t to, double* out) const {
  auto cells = [this](std::int64_t rows) {
    return static_cast<std::size_t>(std::max<std::int64_t>(rows, 0)) * lanes_;
  };
  if (value.place == Value::constant) {
    std::fill_n(out, cells(to - from), graph_.constants[value.index]);
    return;
  }
  // Neither an input nor a result has a value before the first row.
  if (from < 0) {
    auto before = std::min<std::int64_t>(-from, to - from);
    std::fill_n(out, cells(before), missing);
    out += cells(before);
    from += before;
  }
  if (from >= to)
    return;
  if (value.place == Value::input) {
    const auto* rows =
        source_.rows(graph_.inputs[value.index], from, static_cast<std::size_t>(to - from), out);
    if (rows != out)
      std::copy_n(rows, cells(to - from), out);
    return;
  }
  const auto& operation = graph_.operations[value.index];
  if (operation.op == Op::lag)
    return replay(operation.operands[0], from - operation.window, to - operation.window, out);
  if (is_stateful(operation.op)) {
    auto begin = std::max<std::int64_t>(0, from - static_cast<std::int64_t>(operation.window) + 1);
    std::vector<double> x(cells(to - begin)),
        store(store_size(operation.op, operation.window) * lanes_, missing);
    replay(operation.operands[0], begin, to, x.data());
    Instruction windowed;
    windowed.op = operation.op, windowed.window = operation.window, windowed.span = operation.span;
    std::int64_t block = std::numeric_limits<std::int64_t>::min(), in_block = 0;
    for (auto row = begin; row < to; ++row)
      step(windowed, {store.data(), &block, &in_block, row - begin}, source_.bar(row),
           x.data() + cells(row - begin), row < from ? nullptr : out + cells(row - from), lanes_);
    return;
  }
  std::array<std::vector<double>, 3> operands;
  for (std::size_t i = 0; i < 3; ++i) {
    operands[i].resize(cells(to - from));
    if (i < operation.arity)
      replay(operation.operands[i], from, to, operands[i].data());
  }
  with_operation(operation.op, [&]<Op op>() {
    for (std::size_t i = 0; i < operands[0].size(); ++i)
      out[i] = apply<op>(operands[0][i], operands[1][i], operands[2][i]);
  });
}

} // namespace finch::expression
