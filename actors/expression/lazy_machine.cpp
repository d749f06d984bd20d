#include "actors/expression/lazy_machine.hpp"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <limits>

namespace finch::expression {

namespace {

constexpr auto missing = std::numeric_limits<double>::quiet_NaN();
/// A cell is computed anew wherever a formula uses it, so that the work may double with each level; what is
/// dearer than this is computed once for all cells instead.
constexpr double most_cell_cost = 1'000;

/// `rows` rows of `lanes` numbers each; an operand with stride 0 is the same in every row.
template <Op op>
void apply_rows(const double* a, std::size_t a_stride, const double* b, std::size_t b_stride,
                double* __restrict out, std::size_t rows, std::size_t lanes) {
  if (a_stride == lanes && b_stride == lanes) {
    lanes *= rows;
    rows = 1;
  }
  for (std::size_t row = 0; row < rows; ++row, a += a_stride, b += b_stride, out += lanes)
    for (std::size_t i = 0; i < lanes; ++i)
      out[i] = apply<op>(a[i], b[i], 0);
}

template <int predicate>
__m256 compare_four(const double* a, const double* b) {
  return _mm256_castpd_ps(_mm256_cmp_pd(_mm256_loadu_pd(a), _mm256_loadu_pd(b), predicate));
}

/// Bit i: whether `a[i]` and `b[i]` compare, for 32 numbers. Masks of 64 bits are narrowed to bytes;
/// narrowing works on halves of registers, so that each four end up as two pairs far apart, which the end
/// brings together.
template <int predicate>
LaneBits compare_32(const double* a, const double* b) {
  constexpr int low_words = 0x88;
  auto eight = [](const double* x, const double* y) {
    return _mm256_castps_si256(
        _mm256_shuffle_ps(compare_four<predicate>(x, y), compare_four<predicate>(x + 4, y + 4), low_words));
  };
  auto first = _mm256_packs_epi32(eight(a, b), eight(a + 8, b + 8)),
       second = _mm256_packs_epi32(eight(a + 16, b + 16), eight(a + 24, b + 24));
  auto bytes = _mm256_packs_epi16(first, second);
  auto low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
  auto half = [](__m128i x) { return static_cast<LaneBits>(static_cast<unsigned>(_mm_movemask_epi8(x))); };
  return half(_mm_unpacklo_epi16(low, high)) | half(_mm_unpackhi_epi16(low, high)) << 16;
}

/// Bit i of each row's words: whether `a[i]` and `b[i]` compare.
template <int predicate>
void compare_rows(const double* a, std::size_t a_stride, const double* b, std::size_t b_stride, LaneBits* out,
                  std::size_t rows, std::size_t lanes) {
  for (std::size_t row = 0; row < rows; ++row, a += a_stride, b += b_stride)
    for (std::size_t first = 0; first < lanes; first += lanes_per_bits) {
      auto count = std::min(lanes_per_bits, lanes - first);
      const auto *left = a + first, *right = b + first;
      LaneBits bits = 0;
      std::size_t i = 0;
      for (; i + 32 <= count; i += 32)
        bits |= compare_32<predicate>(left + i, right + i) << i;
      for (; i + 4 <= count; i += 4) {
        auto held = _mm256_movemask_pd(_mm256_castps_pd(compare_four<predicate>(left + i, right + i)));
        bits |= static_cast<LaneBits>(static_cast<unsigned>(held)) << i;
      }
      for (; i < count; ++i) {
        auto held = _mm_cmp_sd(_mm_set_sd(left[i]), _mm_set_sd(right[i]), predicate);
        bits |= static_cast<LaneBits>(static_cast<unsigned>(_mm_movemask_pd(held)) & 1U) << i;
      }
      *out++ = bits;
    }
}

bool any_of_words(const LaneBits* words, std::size_t count) {
  LaneBits any = 0;
  for (std::size_t i = 0; i < count; ++i)
    any |= words[i];
  return any != 0;
}

} // namespace

void LazyMachine::open(std::int64_t first, std::size_t count) {
  if (!sealed_)
    seal();
  first_ = first;
  count_ = count;
  ++opened_;
}

const LaneBits* LazyMachine::bits(Handle condition) {
  const auto& node = ready(condition);
  return node.words.data() + node.earlier * words_;
}

double LazyMachine::at(Handle number, std::size_t row, std::size_t lane) {
  const auto& node = nodes_[number.node];
  if (node.evaluated < opened_) {
    if (node.kind == Kind::arithmetic && number.lag == 0 && node.cost <= most_cell_cost) {
      // A cell of a formula costs less than all of it.
      auto a = at(node.operands[0], row, lane), value = 0.0;
      auto b = node.operands[1] == node.operands[0] ? a : at(node.operands[1], row, lane);
      with_operation(node.op, [&]<Op op>() { value = apply<op>(a, b, 0); });
      return value;
    }
    if (node.kind == Kind::window)
      if (auto value = window_at(node, first_ + static_cast<std::int64_t>(row) - number.lag, lane))
        return *value;
    ready(number);
  }
  return node.data[(node.earlier - number.lag + row) * node.stride + lane];
}

LazyMachine::Node& LazyMachine::ready(Handle handle) {
  auto& node = nodes_[handle.node];
  if (node.evaluated < opened_) {
    node.evaluated = opened_;
    evaluate(node);
  }
  return node;
}

const double* LazyMachine::numbers(Handle handle, const Node& reader) {
  const auto& node = ready(handle);
  return node.data + (node.earlier - handle.lag - reader.earlier) * node.stride;
}

const LaneBits* LazyMachine::words_of(Handle handle, const Node& reader) {
  const auto& node = ready(handle);
  return node.words.data() + (node.earlier - reader.earlier) * words_;
}

void LazyMachine::evaluate(Node& node) {
  if (is_condition(node.kind))
    return evaluate_condition(node);
  if (node.memory.empty())
    node.memory.resize((node.earlier + max_rows_) * lanes_);
  node.data = node.memory.data();
  switch (node.kind) {
  case Kind::input:
    return evaluate_input(node);
  case Kind::window:
    return evaluate_window(node);
  case Kind::arithmetic:
    evaluate_arithmetic(node);
    break;
  default:
    evaluate_choice(node);
  }
  // A result has no value before the first row, whatever its operands' constants say.
  if (auto before = static_cast<std::int64_t>(node.earlier) - first_; before > 0)
    std::fill_n(node.memory.data(), static_cast<std::size_t>(before) * lanes_, missing);
}

void LazyMachine::evaluate_input(Node& node) {
  auto first = first_ - static_cast<std::int64_t>(node.earlier);
  auto count = node.earlier + count_;
  if (first >= 0) {
    node.data = source_.rows(node.slot, first, count, node.memory.data());
    return;
  }
  auto before = static_cast<std::size_t>(-first) * lanes_;
  std::fill_n(node.memory.data(), before, missing);
  auto* rest = node.memory.data() + before;
  const auto* rows = source_.rows(node.slot, 0, count - static_cast<std::size_t>(-first), rest);
  if (rows != rest)
    std::copy_n(rows, count * lanes_ - before, rest);
}

void LazyMachine::evaluate_arithmetic(Node& node) {
  const auto *a = numbers(node.operands[0], node), *b = numbers(node.operands[1], node);
  auto a_stride = nodes_[node.operands[0].node].stride, b_stride = nodes_[node.operands[1].node].stride;
  with_operation(node.op, [&]<Op op>() {
    apply_rows<op>(a, a_stride, b, b_stride, node.memory.data(), node.earlier + count_, lanes_);
  });
}

void LazyMachine::evaluate_choice(Node& node) {
  const auto* chosen = words_of(node.operands[0], node);
  auto rows = node.earlier + count_;
  auto* out = node.memory.data();
  if (node.kind == Kind::as_number) {
    for (std::size_t row = 0; row < rows; ++row, chosen += words_)
      for (std::size_t lane = 0; lane < lanes_; ++lane)
        *out++ = (chosen[lane / lanes_per_bits] >> lane % lanes_per_bits & 1U) != 0 ? 1.0 : 0.0;
    return;
  }
  const auto *a = numbers(node.operands[1], node), *b = numbers(node.operands[2], node);
  auto a_stride = nodes_[node.operands[1].node].stride, b_stride = nodes_[node.operands[2].node].stride;
  for (std::size_t row = 0; row < rows; ++row, chosen += words_, a += a_stride, b += b_stride)
    for (std::size_t lane = 0; lane < lanes_; ++lane)
      *out++ = (chosen[lane / lanes_per_bits] >> lane % lanes_per_bits & 1U) != 0 ? a[lane] : b[lane];
}

/// What was read of a column now will be read of it in the rows that follow; they lie behind.
void LazyMachine::expect(Handle handle) {
  auto& node = nodes_[handle.node];
  if (node.kind != Kind::input || node.expected == opened_ || node.data == node.memory.data())
    return;
  node.expected = opened_;
  const auto* next = node.data + (node.earlier + count_) * lanes_;
  for (std::size_t i = 0; i < max_rows_ * lanes_; i += 8)
    _mm_prefetch(next + i, _MM_HINT_T1);
}

void LazyMachine::evaluate_condition(Node& node) {
  if (node.kind == Kind::all_of || node.kind == Kind::any_of)
    return evaluate_joined(node);
  auto rows = node.earlier + count_, count = rows * words_;
  auto* out = node.words.data();
  if (node.kind == Kind::compare || node.kind == Kind::is_number) {
    const auto *a = numbers(node.operands[0], node), *b = numbers(node.operands[1], node);
    auto a_stride = nodes_[node.operands[0].node].stride, b_stride = nodes_[node.operands[1].node].stride;
    expect(node.operands[0]);
    expect(node.operands[1]);
    auto run = [&]<int predicate>() { compare_rows<predicate>(a, a_stride, b, b_stride, out, rows, lanes_); };
    if (node.kind == Kind::is_number)
      run.operator()<_CMP_ORD_Q>();
    else if (node.op == Op::less)
      run.operator()<_CMP_LT_OQ>();
    else if (node.op == Op::less_equal)
      run.operator()<_CMP_LE_OQ>();
    else if (node.op == Op::equal)
      run.operator()<_CMP_EQ_OQ>();
    else
      run.operator()<_CMP_NEQ_OQ>();
  } else if (node.kind == Kind::negation) {
    const auto* x = words_of(node.operands[0], node);
    for (std::size_t i = 0; i < count; ++i)
      out[i] = ~x[i] & all_[i % words_];
  } else {
    const auto *chosen = words_of(node.operands[0], node), *x = words_of(node.operands[1], node),
               *y = words_of(node.operands[2], node);
    for (std::size_t i = 0; i < count; ++i)
      out[i] = (chosen[i] & x[i]) | (~chosen[i] & y[i]);
  }
  // Nothing holds before the first row.
  if (auto before = static_cast<std::int64_t>(node.earlier) - first_; before > 0)
    std::fill_n(out, static_cast<std::size_t>(before) * words_, LaneBits{0});
}

void LazyMachine::evaluate_joined(Node& node) {
  auto count = (node.earlier + count_) * words_;
  auto* out = node.words.data();
  const auto* held = words_of(node.parts.front(), node);
  if (node.kind == Kind::all_of && !any_of_words(held, count)) {
    std::fill_n(out, count, LaneBits{0});
    return;
  }
  for (std::size_t part = 1; part < node.parts.size(); ++part, held = out) {
    if (node.kind == Kind::any_of) {
      const auto* more = words_of(node.parts[part], node);
      for (std::size_t i = 0; i < count; ++i)
        out[i] = held[i] | more[i];
      continue;
    }
    LaneBits any = 0;
    if (node.earlier == 0 && nodes_[node.parts[part].node].evaluated < opened_ &&
        is_few(held, node.parts[part])) {
      std::copy_n(held, count, out);
      keep_where(node.parts[part], out);
      any = any_of_words(out, count) ? 1 : 0;
    } else {
      const auto* more = words_of(node.parts[part], node);
      for (std::size_t i = 0; i < count; ++i)
        any |= out[i] = held[i] & more[i];
    }
    if (any != 0)
      continue;
    // What decides is asked earlier next time, as long as it is not much dearer than its predecessor.
    if (nodes_[node.parts[part].node].cost <= 4 * nodes_[node.parts[part - 1].node].cost)
      std::swap(node.parts[part], node.parts[part - 1]);
    return;
  }
}

/// Whether so few bits are set that asking cell by cell is cheaper than evaluating the condition everywhere.
bool LazyMachine::is_few(const LaneBits* bits, Handle condition) const {
  auto most = static_cast<int>(std::min(40.0, 4 + 1.2 * nodes_[condition.node].cost)), set = 0;
  for (std::size_t i = 0; i < count_ * words_ && set <= most; ++i)
    set += std::popcount(bits[i]);
  return set <= most;
}

void LazyMachine::keep(Handle condition, LaneBits* bits) {
  auto count = count_ * words_;
  const auto& node = nodes_[condition.node];
  if (node.evaluated < opened_ && node.kind == Kind::all_of) {
    for (auto part : node.parts)
      keep(part, bits);
    return;
  }
  if (node.evaluated < opened_ && is_few(bits, condition))
    return keep_where(condition, bits);
  const auto* holds = this->bits(condition);
  for (std::size_t i = 0; i < count; ++i)
    bits[i] &= holds[i];
}

/// Looks at a condition in single cells, those whose bits are set.
void LazyMachine::keep_where(Handle condition, LaneBits* bits) {
  for (std::size_t row = 0; row < count_; ++row)
    for (std::size_t word = 0; word < words_; ++word)
      for (auto rest = bits[row * words_ + word]; rest != 0; rest &= rest - 1) {
        auto bit = static_cast<std::size_t>(std::countr_zero(rest));
        if (!holds_at(condition, row, word * lanes_per_bits + bit))
          bits[row * words_ + word] &= ~(LaneBits{1} << bit);
      }
}

bool LazyMachine::holds_at(Handle condition, std::size_t row, std::size_t lane) {
  const auto& node = nodes_[condition.node];
  auto kind = node.evaluated < opened_ ? node.kind : Kind::always;
  if (kind == Kind::all_of)
    return std::all_of(node.parts.begin(), node.parts.end(),
                       [&](auto part) { return holds_at(part, row, lane); });
  if (kind == Kind::is_number) {
    auto x = at(node.operands[0], row, lane);
    return x == x;
  }
  if (kind == Kind::compare) {
    auto a = at(node.operands[0], row, lane), b = at(node.operands[1], row, lane);
    switch (node.op) {
    case Op::less:
      return a < b;
    case Op::less_equal:
      return a <= b;
    case Op::equal:
      return a == b;
    default:
      return a < b || a > b;
    }
  }
  return (bits(condition)[row * words_ + lane / lanes_per_bits] >> lane % lanes_per_bits & 1U) != 0;
}

} // namespace finch::expression
