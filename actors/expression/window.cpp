#include "actors/expression/window.hpp"

#include "actors/market/time.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace finch::expression {

namespace {

constexpr auto missing = std::numeric_limits<double>::quiet_NaN();

/// The ring of the last `window` rows, before the current one is pushed.
struct Ring {
  double* rows;
  std::int64_t window, seen;
  std::size_t lanes;

  /// The row `back` rows before the current one, 1 .. window.
  [[nodiscard]] double* before(std::int64_t back) const {
    // Counting up by a whole window keeps the remainder non-negative while fewer rows were seen than asked
    // for.
    return rows + static_cast<std::size_t>((seen - back + window) % window) * lanes;
  }
  void push(const double* x) const {
    std::copy_n(x, lanes, rows + static_cast<std::size_t>(seen % window) * lanes);
  }
};

/// Sum, minimum or maximum: one number folded per lane.
template <class Join>
struct FoldOne {
  static constexpr std::size_t width = 1;
  Join join;

  void begin(const double* x, double* folded, std::size_t lanes) const { std::copy_n(x, lanes, folded); }
  void extend(const double* __restrict from, const double* __restrict x, double* __restrict folded,
              std::int64_t, std::size_t lanes) const {
    for (std::size_t i = 0; i < lanes; ++i)
      folded[i] = join(from[i], x[i]);
  }
};

/// Running mean and sum of squared deviations.
struct FoldMoments {
  static constexpr std::size_t width = 2;

  void begin(const double* x, double* folded, std::size_t lanes) const {
    std::copy_n(x, lanes, folded);
    // x - x is 0, and NaN where x is missing or infinite.
    for (std::size_t i = 0; i < lanes; ++i)
      folded[lanes + i] = x[i] - x[i];
  }
  void extend(const double* from, const double* __restrict x, double* folded, std::int64_t count,
              std::size_t lanes) const {
    auto n = static_cast<double>(count);
    for (std::size_t i = 0; i < lanes; ++i) {
      auto off = x[i] - from[i];
      auto mean = from[i] + off / n;
      auto squares = from[lanes + i] + off * (x[i] - mean);
      folded[i] = mean;
      folded[lanes + i] = squares;
    }
  }
};

/// Splits the store into ring, tail (folds of the rows before the current block, by length) and head (fold of
/// the current block), and keeps them up to date.
template <class Fold>
class Blocks {
public:
  Blocks(const Fold& fold, const Instruction& instruction, const WindowState& state, std::size_t lanes)
      : fold_{fold}, state_{state}, lanes_{lanes}, window_{instruction.window}, ring_{state.store, window_,
                                                                                      state.rows_seen,
                                                                                      lanes} {}

  /// Takes the row; afterwards `head` covers `in_head` rows and `tail` the `window - in_head` before.
  void take(std::int64_t bar, const double* x) {
    auto block = market::floor_div(bar, window_);
    if (block != *state_.block) {
      fold_tails();
      *state_.block = block;
      *state_.in_block = 0;
    }
    auto count = ++*state_.in_block;
    if (count == 1)
      fold_.begin(x, head(), lanes_);
    else
      extend_in_place(x, count);
    ring_.push(x);
  }

  [[nodiscard]] std::int64_t in_head() const { return std::min(*state_.in_block, window_); }
  [[nodiscard]] double* head() const { return state_.store + static_cast<std::size_t>(window_) * lanes_; }
  /// Fold of the `rows` (1 .. window - 1) before the current block.
  [[nodiscard]] double* tail(std::int64_t rows) const {
    return head() + static_cast<std::size_t>(rows) * Fold::width * lanes_;
  }

private:
  void fold_tails() {
    if (window_ == 1)
      return;
    fold_.begin(ring_.before(1), tail(1), lanes_);
    for (std::int64_t rows = 2; rows < window_; ++rows)
      fold_.extend(tail(rows - 1), ring_.before(rows), tail(rows), rows, lanes_);
  }

  void extend_in_place(const double* x, std::int64_t count) {
    if constexpr (Fold::width == 1) {
      auto folded = head();
      for (std::size_t i = 0; i < lanes_; ++i)
        folded[i] = fold_.join(folded[i], x[i]);
    } else {
      fold_.extend(head(), x, head(), count, lanes_);
    }
  }

  const Fold& fold_;
  const WindowState& state_;
  std::size_t lanes_;
  std::int64_t window_;
  Ring ring_;
};

template <class Join>
void step_one(Join join, const Instruction& instruction, const WindowState& state, std::int64_t bar,
              const double* x, double* __restrict out, std::size_t lanes) {
  FoldOne<Join> fold{join};
  Blocks<FoldOne<Join>> blocks{fold, instruction, state, lanes};
  blocks.take(bar, x);
  if (out == nullptr)
    return;
  auto head = blocks.head();
  auto before = instruction.window - blocks.in_head();
  if (before == 0) {
    std::copy_n(head, lanes, out);
    return;
  }
  auto tail = blocks.tail(before);
  for (std::size_t i = 0; i < lanes; ++i)
    out[i] = join(tail[i], head[i]);
}

/// Sample deviation, or with `score` the current value's distance from the mean in deviations.
template <bool score>
void step_moments(const Instruction& instruction, const WindowState& state, std::int64_t bar, const double* x,
                  double* __restrict out, std::size_t lanes) {
  FoldMoments fold;
  Blocks<FoldMoments> blocks{fold, instruction, state, lanes};
  blocks.take(bar, x);
  if (out == nullptr)
    return;
  auto n = static_cast<double>(instruction.window);
  auto in_head = static_cast<double>(blocks.in_head());
  auto in_tail = n - in_head;
  auto head = blocks.head();
  // With an empty tail the head stands for both; its weight of 0 makes the merge an identity.
  auto tail = in_tail > 0 ? blocks.tail(static_cast<std::int64_t>(in_tail)) : head;
  auto spread = in_tail > 0 ? 1.0 : 0.0;
  for (std::size_t i = 0; i < lanes; ++i) {
    auto off = head[i] - tail[i];
    auto mean = tail[i] + off * (in_head / n);
    auto squares = spread * tail[lanes + i] + head[lanes + i] + off * off * (in_head * in_tail / n);
    auto deviation = std::sqrt(squares / (n - 1));
    if constexpr (score)
      out[i] = squares == 0 ? 0.0 : (x[i] - mean) / deviation;
    else
      out[i] = deviation;
  }
}

/// Exponential weights: a fold is Σ k(1-k)^age·x, where the age counts from the fold's newest row.
struct FoldDecay {
  static constexpr std::size_t width = 1;
  double k, keep;
  /// Tails grow towards the past: the row added is the oldest, `count - 1` rows behind the newest.
  void begin(const double* row, double* folded, std::size_t n) const {
    for (std::size_t i = 0; i < n; ++i)
      folded[i] = k * row[i];
  }
  void extend(const double* __restrict from, const double* __restrict row, double* __restrict folded,
              std::int64_t count, std::size_t n) const {
    auto weight = k * std::pow(keep, static_cast<double>(count - 1));
    for (std::size_t i = 0; i < n; ++i)
      folded[i] = from[i] + weight * row[i];
  }
  /// Heads grow towards the future: everything older decays.
  [[nodiscard]] double join(double folded, double row) const { return folded * keep + k * row; }
};

void step_ema(const Instruction& instruction, const WindowState& state, std::int64_t bar, const double* x,
              double* __restrict out, std::size_t lanes) {
  auto k = 2.0 / (static_cast<double>(instruction.span) + 1);
  auto keep = 1 - k;
  FoldDecay fold{k, keep};
  Blocks<FoldDecay> blocks{fold, instruction, state, lanes};
  blocks.take(bar, x);
  if (out == nullptr)
    return;
  auto head = blocks.head();
  auto total = 1 - std::pow(keep, static_cast<double>(instruction.window));
  auto before = instruction.window - blocks.in_head();
  if (before == 0) {
    for (std::size_t i = 0; i < lanes; ++i)
      out[i] = head[i] / total;
    return;
  }
  auto tail = blocks.tail(before);
  auto decay = std::pow(keep, static_cast<double>(blocks.in_head()));
  for (std::size_t i = 0; i < lanes; ++i)
    out[i] = (head[i] + decay * tail[i]) / total;
}

void step_lag(const Instruction& instruction, const WindowState& state, const double* x, double* out,
              std::size_t lanes) {
  Ring ring{state.store, instruction.window, state.rows_seen, lanes};
  if (out != nullptr)
    std::copy_n(ring.before(instruction.window), lanes, out);
  ring.push(x);
}

/// Mid-ranks of `vectors` times four lanes: rows below count 1, equal ones 1/2, as half the rows below plus
/// half the rows not above. The loop over a window's rows is the one its length multiplies: all of it is in
/// registers.
template <int vectors>
void rank_lanes(const double* rows, std::uint32_t window, const double* x, double* out, std::size_t lanes) {
  __m256d now[vectors], unknown[vectors];
  __m256i twice[vectors];
  for (int v = 0; v < vectors; ++v) {
    now[v] = _mm256_loadu_pd(x + 4 * v);
    unknown[v] = _mm256_cmp_pd(now[v], now[v], _CMP_UNORD_Q);
    twice[v] = _mm256_setzero_si256();
  }
  for (std::uint32_t row = 0; row < window; ++row, rows += lanes)
    for (int v = 0; v < vectors; ++v) {
      auto past = _mm256_loadu_pd(rows + 4 * v);
      auto below = _mm256_castpd_si256(_mm256_cmp_pd(past, now[v], _CMP_LT_OQ));
      auto not_above = _mm256_castpd_si256(_mm256_cmp_pd(past, now[v], _CMP_LE_OQ));
      // A comparison that holds is -1.
      twice[v] = _mm256_sub_epi64(twice[v], _mm256_add_epi64(below, not_above));
      unknown[v] = _mm256_or_pd(unknown[v], _mm256_cmp_pd(past, past, _CMP_UNORD_Q));
    }
  // Counts below 2^52 become doubles by way of the exponent of 2^52.
  const auto exponent = _mm256_set1_pd(4'503'599'627'370'496.0);
  for (int v = 0; v < vectors; ++v) {
    auto count = _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(twice[v], _mm256_castpd_si256(exponent))),
                               exponent);
    auto rank =
        _mm256_div_pd(_mm256_mul_pd(_mm256_set1_pd(0.5), count), _mm256_set1_pd(static_cast<double>(window)));
    _mm256_storeu_pd(out + 4 * v, _mm256_blendv_pd(rank, _mm256_set1_pd(missing), unknown[v]));
  }
}

void step_rank(const Instruction& instruction, const WindowState& state, const double* x, double* out,
               std::size_t lanes) {
  Ring ring{state.store, instruction.window, state.rows_seen, lanes};
  ring.push(x);
  if (out == nullptr)
    return;
  std::size_t i = 0;
  for (; i + 12 <= lanes; i += 12)
    rank_lanes<3>(state.store + i, instruction.window, x + i, out + i, lanes);
  for (; i + 4 <= lanes; i += 4)
    rank_lanes<1>(state.store + i, instruction.window, x + i, out + i, lanes);
  for (; i < lanes; ++i) {
    auto twice = 0.0;
    for (std::uint32_t row = 0; row < instruction.window; ++row) {
      auto past = state.store[row * lanes + i];
      twice += past != past ? missing : static_cast<double>(past < x[i]) + static_cast<double>(past <= x[i]);
    }
    out[i] = x[i] != x[i] ? missing : 0.5 * twice / static_cast<double>(instruction.window);
  }
}

} // namespace

std::uint32_t store_size(Op op, std::uint32_t window) noexcept {
  switch (op) {
  case Op::lag:
  case Op::rank:
    return window;
  case Op::std:
  case Op::zscore:
    return 3 * window;
  default:
    return 2 * window;
  }
}

void step(const Instruction& instruction, const WindowState& state, std::int64_t bar, const double* x,
          double* out, std::size_t lanes) {
  switch (instruction.op) {
  case Op::lag:
    return step_lag(instruction, state, x, out, lanes);
  case Op::mean:
    step_one([](double a, double b) { return a + b; }, instruction, state, bar, x, out, lanes);
    for (std::size_t i = 0; out != nullptr && i < lanes; ++i)
      out[i] /= static_cast<double>(instruction.window);
    return;
  case Op::lowest:
    return step_one([](double a, double b) { return smaller(a, b); }, instruction, state, bar, x, out, lanes);
  case Op::highest:
    return step_one([](double a, double b) { return larger(a, b); }, instruction, state, bar, x, out, lanes);
  case Op::std:
    return step_moments<false>(instruction, state, bar, x, out, lanes);
  case Op::zscore:
    return step_moments<true>(instruction, state, bar, x, out, lanes);
  case Op::rank:
    return step_rank(instruction, state, x, out, lanes);
  default:
    return step_ema(instruction, state, bar, x, out, lanes);
  }
}

} // namespace finch::expression
