/// What a kernel is: a trivially copyable state and an update that reads input columns and writes output
/// columns.
///
/// Kernels know nothing of warm-up or gaps. They see every bar of their series; the calculator masks a
/// feature with NaN until its warm-up has passed since the first bar or the last gap. Hence a window needs no
/// count and a recursion keeps its state over a gap, as the design asks. Values between bars are finite
/// unless an input is missing (NaN), and windows lose a NaN exactly when it leaves them.
#pragma once

#include "actors/features/catalogue.hpp"
#include "actors/market/bar.hpp"

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

namespace finch::features {

/// The bar being processed, for kernels that need more than their inputs.
struct Now {
  const market::Bar* bar;
  std::int64_t index;     ///< of the bar in its series, from 0
  std::int64_t since_gap; ///< bars since the first bar or the last gap; 0 at that bar
  std::int32_t funding_interval_min;
};

/// A kernel's inputs at one bar, in the order its entry lists them.
struct In {
  double* const* columns;
  std::size_t t;

  double operator[](int i) const noexcept { return columns[i][t]; }
};

/// Outputs of a kernel with several.
struct Out {
  double* const* columns;
  std::size_t t;

  double& operator[](int i) const noexcept { return columns[i][t]; }
};

/// One kernel, ready to be placed in a state arena.
struct Kernel {
  std::uint32_t size = 0; ///< bytes of state
  int inputs = 0, outputs = 1;
  void (*init)(std::byte* state) = nullptr;
  /// Runs along `count` bars. `columns` points to the input columns, then to the output columns. Live
  /// calculation is a run along one bar, so that it cannot differ from a run along history.
  void (*run)(std::byte* state, double* const* columns, const Now* now, std::size_t count) = nullptr;
};

/// Wraps a state type. `K::inputs` is its number of inputs; it has either `double update(In, const Now&)` or,
/// with `K::outputs`, `void update(In, const Now&, Out)`.
template <class K>
Kernel kernel() {
  static_assert(std::is_trivially_copyable_v<K> && alignof(K) <= 32);
  Kernel out;
  out.size = std::is_empty_v<K> ? 0 : static_cast<std::uint32_t>(sizeof(K));
  out.inputs = K::inputs;
  out.init = [](std::byte* state) {
    if constexpr (!std::is_empty_v<K>)
      new (state) K{};
  };
  if constexpr (requires { K::outputs; })
    out.outputs = K::outputs;
  out.run = [](std::byte* state, double* const* columns, const Now* now, std::size_t count) {
    auto along = [&](K& kernel) {
      for (std::size_t t = 0; t < count; ++t)
        if constexpr (requires { K::outputs; })
          kernel.update(In{columns, t}, now[t], Out{columns + K::inputs, t});
        else
          columns[K::inputs][t] = kernel.update(In{columns, t}, now[t]);
    };
    [[maybe_unused]] auto& kept = *reinterpret_cast<K*>(state);
    // A small state runs in registers: in memory it might alias the output.
    if constexpr (std::is_empty_v<K>) {
      K kernel;
      along(kernel);
    } else if constexpr (sizeof(K) <= 64) {
      auto kernel = kept;
      along(kernel);
      kept = kernel;
    } else {
      along(kept);
    }
  };
  return out;
}

/// Wraps a captureless lambda of (In) or (In, const Now&) as a stateless kernel with `inputs` inputs.
template <int inputs, class Formula>
Kernel formula(Formula) {
  Kernel out;
  out.inputs = inputs;
  out.init = [](std::byte*) {};
  out.run = [](std::byte*, double* const* columns, [[maybe_unused]] const Now* now, std::size_t count) {
    auto* result = columns[inputs];
    for (std::size_t t = 0; t < count; ++t)
      if constexpr (std::is_invocable_v<Formula, In>)
        result[t] = Formula{}(In{columns, t});
      else
        result[t] = Formula{}(In{columns, t}, now[t]);
  };
  return out;
}

/// A definition with its kernel. `wires` names the kernel's inputs: bar fields, features, or inner nodes,
/// whose names start with a dot; `.node#1` is the second output of an inner node.
struct Entry {
  Definition definition;
  std::vector<std::string_view> wires;
  Kernel kernel; ///< without `run` for cross-asset features, which the join computes
};

using Entries = std::vector<Entry>;

/// An inner node: a value several features share, without a definition of its own.
[[nodiscard]] inline Entry node(std::string_view name, std::vector<std::string_view> wires, Kernel made) {
  return {{.name = name}, std::move(wires), made};
}

/// Columns that hold the bars' own numbers before any kernel runs, in this order. The names with a dot are
/// inner.
inline constexpr std::string_view bar_fields[]{
    "open",        "high",     "low",     "close",   "volume",       ".prev_open", ".prev_high", ".prev_low",
    ".prev_close", ".dollars", ".trades", ".signed", ".tick_signed", ".sqrt_flow", ".turnover"};
inline constexpr int public_bar_fields = 5;

Entries return_features();
Entries average_features();
Entries volatility_features();
Entries momentum_features();
Entries trend_features();
Entries volume_features();
Entries candle_features();
Entries statistic_features();
Entries microstructure_features();
Entries cross_asset_features();
Entries regime_features();
Entries time_features();
Entries interaction_features();

/// Every entry: the features in the reference's order, and the inner nodes.
[[nodiscard]] const Entries& all_entries();

/// |x| is nothing beside `scale`: the relative zero test of the reference. NaN is not negligible.
[[nodiscard]] inline bool negligible(double x, double scale) noexcept {
  return (x < 0 ? -x : x) <= 1e-12 * (scale < 0 ? -scale : scale);
}

/// a / b, or `neutral` where b is exactly 0.
[[nodiscard]] inline double ratio(double a, double b, double neutral) noexcept {
  return b == 0 ? neutral : a / b;
}

[[nodiscard]] inline double sign(double x) noexcept { return x > 0 ? 1.0 : x < 0 ? -1.0 : x; }

} // namespace finch::features
