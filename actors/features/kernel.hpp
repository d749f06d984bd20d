/// What a kernel is: a trivially copyable state and an update that reads input columns and writes output
/// columns.
///
/// Kernels know nothing of warm-up or gaps. They see every bar of their series; the calculator masks a
/// feature with NaN until its warm-up has passed since the first bar or the last gap. Hence a window needs no
/// count and a recursion keeps its state over a gap, as the design asks. Values between bars are finite
/// unless an input is missing (NaN), and windows lose a NaN exactly when it leaves them.
#pragma once

#include "actors/features/catalogue.hpp"
#include "actors/features/windows.hpp"
#include "actors/market/bar.hpp"

#include <array>
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

/// Series a kernel can run along in lock step. Recursions wait for themselves; four of them keep the
/// processor busy.
inline constexpr std::size_t lanes = 4;

/// One kernel, ready to be placed in a state arena. All its entries are the same update, compiled for a
/// different number of bars and series, so that no two of them can differ.
struct Kernel {
  std::uint32_t size = 0; ///< bytes of state
  int inputs = 0, outputs = 1;
  void (*init)(std::byte* state) = nullptr;
  /// Takes one bar. `columns` points to the input columns, then to the output columns.
  void (*step)(std::byte* state, double* const* columns, const Now* now) = nullptr;
  /// Runs along `count` bars.
  void (*run)(std::byte* state, double* const* columns, const Now* now, std::size_t count) = nullptr;
  /// Runs `lanes` series along `count` bars each.
  void (*run_together)(std::byte* const* states, double* const* const* columns, const Now* const* now,
                       std::size_t count) = nullptr;
};

/// Most bars of one run: enough to forget the cost of a call, few enough for all columns of a plan to stay in
/// the cache.
inline constexpr std::size_t longest_run = 64;

/// The loops of a kernel with the state `K`.
template <class K>
struct KernelLoops {
  static constexpr bool stateless = std::is_empty_v<K>;
  static constexpr bool scans = requires(K k, double* const* columns) { k.scan(columns, std::size_t{}); };
  /// A small state runs in registers: in memory it might alias the output.
  static constexpr bool small = sizeof(K) <= 64;
  /// Series side by side pay while the states fit the nearest cache.
  static constexpr bool in_step = !stateless && !scans && sizeof(K) <= 4'096;
  static constexpr int parts = [] {
    if constexpr (requires { K::parts; })
      return K::parts;
    else
      return 0;
  }();

  /// The columns `update` reads and writes: the kernel's own, or parts in between.
  template <std::size_t rows>
  struct Route {
    double* columns[static_cast<std::size_t>(K::inputs + parts) + 1];
    double values[static_cast<std::size_t>(parts) + 1][rows];

    explicit Route(double* const* own) noexcept {
      for (int i = 0; i < K::inputs; ++i)
        columns[i] = own[i];
      for (int i = 0; i < parts; ++i)
        columns[K::inputs + i] = values[i];
    }
  };

  static void advance(K& kernel, double* const* columns, const Now& now, std::size_t t) {
    if constexpr (parts > 0 || requires { K::outputs; })
      kernel.update(In{columns, t}, now, Out{columns + K::inputs, t});
    else
      columns[K::inputs][t] = kernel.update(In{columns, t}, now);
  }

  static void finish(double* const* route, double* const* columns, std::size_t count) {
#pragma GCC ivdep
    for (std::size_t t = 0; t < count; ++t)
      if constexpr (requires { K::outputs; })
        K::finish(In{route + K::inputs, t}, In{columns, t}, Out{columns + K::inputs, t});
      else
        columns[K::inputs][t] = K::finish(In{route + K::inputs, t}, In{columns, t});
  }

  static void step(std::byte* state, double* const* columns, const Now* now) {
    K none;
    auto& kernel = stateless ? none : *reinterpret_cast<K*>(state);
    if constexpr (parts > 0) {
      Route<1> route{columns};
      advance(kernel, route.columns, *now, 0);
      finish(route.columns, columns, 1);
    } else {
      advance(kernel, columns, *now, 0);
    }
  }

  static void along(K& kernel, double* const* columns, const Now* now, std::size_t count) {
    if constexpr (parts > 0) {
      Route<longest_run> route{columns};
      for (std::size_t t = 0; t < count; ++t)
        advance(kernel, route.columns, now[t], t);
      finish(route.columns, columns, count);
    } else {
      for (std::size_t t = 0; t < count; ++t)
        advance(kernel, columns, now[t], t);
    }
  }

  static void run(std::byte* state, double* const* columns, const Now* now, std::size_t count) {
    auto& kept = *reinterpret_cast<K*>(state);
    if constexpr (scans) {
      kept.scan(columns, count);
    } else if constexpr (stateless) {
      K kernel;
      along(kernel, columns, now, count);
    } else if constexpr (small) {
      auto kernel = kept;
      along(kernel, columns, now, count);
      kept = kernel;
    } else {
      along(kept, columns, now, count);
    }
  }

  static void together(std::array<K*, lanes> kernels, const std::array<double* const*, lanes>& columns,
                       const Now* const* now, std::size_t count) {
    for (std::size_t t = 0; t < count; ++t)
#pragma GCC unroll 4
      for (std::size_t lane = 0; lane < lanes; ++lane)
        advance(*kernels[lane], columns[lane], now[lane][t], t);
  }

  static void run_together(std::byte* const* states, double* const* const* columns, const Now* const* now,
                           std::size_t count) {
    if constexpr (!in_step) {
      for (std::size_t lane = 0; lane < lanes; ++lane)
        run(states[lane], columns[lane], now[lane], count);
    } else {
      std::array<K*, lanes> kernels;
      K copies[small ? lanes : 1];
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        kernels[lane] = reinterpret_cast<K*>(states[lane]);
        if constexpr (small) {
          copies[lane] = *kernels[lane];
          kernels[lane] = &copies[lane];
        }
      }
      if constexpr (parts > 0) {
        Route<longest_run> routes[lanes]{Route<longest_run>{columns[0]}, Route<longest_run>{columns[1]},
                                         Route<longest_run>{columns[2]}, Route<longest_run>{columns[3]}};
        together(kernels, {routes[0].columns, routes[1].columns, routes[2].columns, routes[3].columns}, now,
                 count);
        for (std::size_t lane = 0; lane < lanes; ++lane)
          finish(routes[lane].columns, columns[lane], count);
      } else {
        together(kernels, {columns[0], columns[1], columns[2], columns[3]}, now, count);
      }
      if constexpr (small)
        for (std::size_t lane = 0; lane < lanes; ++lane)
          *reinterpret_cast<K*>(states[lane]) = copies[lane];
    }
  }
};

/// Wraps a state type. `K::inputs` is its number of inputs; it has either `double update(In, const Now&)` or,
/// with `K::outputs`, `void update(In, const Now&, Out)`.
///
/// Two things are only there for speed. With `K::parts`, `update` writes that many intermediate values, and a
/// static `finish(In parts, In in)` (with outputs: and `Out`) makes the result of them: what needs no state,
/// above all roots and quotients, is then computed for several bars at once. With `scan(columns, count)`, a
/// kernel runs along several bars by itself; it must give what `update` gives, to the bit.
template <class K>
Kernel kernel() {
  static_assert(std::is_trivially_copyable_v<K> && alignof(K) <= 32);
  Kernel out;
  out.size = std::is_empty_v<K> ? 0 : static_cast<std::uint32_t>(sizeof(K));
  out.inputs = K::inputs;
  if constexpr (requires { K::outputs; })
    out.outputs = K::outputs;
  out.init = [](std::byte* state) {
    if constexpr (!std::is_empty_v<K>)
      new (state) K{};
  };
  out.step = KernelLoops<K>::step;
  out.run = KernelLoops<K>::run;
  out.run_together = KernelLoops<K>::run_together;
  return out;
}

/// Inputs at four bars in a row, for formulas that can be computed four at a time.
struct InLanes {
  double* const* columns;
  std::size_t t;

  Lanes operator[](int i) const noexcept { return load(columns[i] + t); }
};

/// Wraps a captureless lambda of (In) or (In, const Now&) as a stateless kernel with `inputs` inputs. A
/// lambda of (auto) also takes four bars at once.
template <int inputs, class Formula>
Kernel formula(Formula) {
  Kernel out;
  out.inputs = inputs;
  out.init = [](std::byte*) {};
  out.run = [](std::byte*, double* const* columns, [[maybe_unused]] const Now* now, std::size_t count) {
    double* given[inputs + 1];
    for (int i = 0; i <= inputs; ++i)
      given[i] = columns[i];
    std::size_t first = 0;
    if constexpr (std::is_invocable_v<Formula, InLanes>)
      for (; first + lanes <= count; first += lanes)
        store(given[inputs] + first, Formula{}(InLanes{given, first}));
        // No output is an input, so that bars may be computed side by side.
#pragma GCC ivdep
    for (std::size_t t = first; t < count; ++t)
      if constexpr (std::is_invocable_v<Formula, In>)
        given[inputs][t] = Formula{}(In{given, t});
      else
        given[inputs][t] = Formula{}(In{given, t}, now[t]);
  };
  out.step = [](std::byte*, double* const* columns, [[maybe_unused]] const Now* now) {
    if constexpr (std::is_invocable_v<Formula, In>)
      columns[inputs][0] = Formula{}(In{columns, 0});
    else
      columns[inputs][0] = Formula{}(In{columns, 0}, *now);
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
