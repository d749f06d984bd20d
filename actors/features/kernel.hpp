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
#include <cstring>
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

/// A kernel's inputs in the order its entry lists them: at one bar, or with `Lanes` at four, of one series in
/// a row or of four side by side.
template <class T>
struct InOf {
  double* const* columns;
  std::size_t t;

  T operator[](int i) const noexcept {
    T out;
    std::memcpy(&out, columns[i] + t, sizeof out);
    return out;
  }
};
using In = InOf<double>;

/// Outputs of a kernel with several.
template <class T>
struct OutOf {
  double* const* columns;
  std::size_t t;

  T& operator[](int i) const noexcept { return *reinterpret_cast<T*>(columns[i] + t); }
};
using Out = OutOf<double>;

/// One column of a stretch of bars, of one series or of four side by side.
template <class T>
struct Column {
  double* values;

  T operator()(std::size_t t) const noexcept { return reinterpret_cast<const T*>(values)[t]; }
  /// Four values: of the bar t, or of the bars from t on.
  [[nodiscard]] Lanes four(std::size_t t) const noexcept {
    return load(values + t * sizeof(T) / sizeof(double));
  }
  void operator()(std::size_t t, T value) const noexcept { reinterpret_cast<T*>(values)[t] = value; }
};

/// A stretch of bars with the columns of a kernel.
template <class T>
struct Bars : Stretch {
  double *const *inputs, *const *outputs;

  [[nodiscard]] Column<T> in(int i) const noexcept { return {inputs[i]}; }
  [[nodiscard]] Column<T> out(int i) const noexcept { return {outputs[i]}; }
};

/// Series a kernel can run along in lock step.
inline constexpr std::size_t lanes = 4;

/// One kernel's place in the chain of a live update: every kernel hands on to the next one, so that each has
/// a jump of its own to be predicted.
struct Link {
  void (*step)(const Link* link, std::byte* states, double* const* columns, const Now* now);
  std::uint32_t state; ///< offset of its state
  std::uint32_t slots; ///< where its columns begin
};
inline void hand_on(const Link* link, std::byte* states, double* const* columns, const Now* now) {
  link[1].step(link + 1, states, columns, now);
}
/// The end of a chain.
inline void end_chain(const Link*, std::byte*, double* const*, const Now*) {}

/// One kernel, ready to be placed in a state arena. All its entries are the same update, compiled for a
/// different number of bars and series, so that no two of them can differ. `columns` points to the input
/// columns, then to the output columns.
struct Kernel {
  using Run = void (*)(std::byte* state, double* const* columns, const Now* now, std::size_t count);

  std::uint32_t size = 0; ///< bytes of state
  int inputs = 0, outputs = 1;
  bool woven = false; ///< whether the states of four series stand word by word, not one after the other
  void (*init)(std::byte* state) = nullptr;
  /// Takes one bar, and hands on.
  decltype(Link::step) step = nullptr;
  /// Runs along `count` bars.
  Run run = nullptr;
  /// Runs four series along `count` bars each. Their states are in one place; values of a bar, and `now`,
  /// stand side by side, aligned to 32 bytes. All are at the same index of their series.
  Run run_together = nullptr;
};

/// The state `K` for four series in lock step: the same template over `Lanes`, where K is one over numbers.
template <class K>
struct InLanes {
  using type = void;
};
template <template <class> class K>
struct InLanes<K<double>> {
  using type = K<Lanes>;
};
template <template <int, class> class K, int n>
struct InLanes<K<n, double>> {
  using type = K<n, Lanes>;
};
template <template <int, int, class> class K, int n, int m>
struct InLanes<K<n, m, double>> {
  using type = K<n, m, Lanes>;
};
template <template <class, class> class K, class Op>
struct InLanes<K<Op, double>> {
  using type = K<Op, Lanes>;
};
template <template <class, int, class> class K, class Op, int n>
struct InLanes<K<Op, n, double>> {
  using type = K<Op, n, Lanes>;
};

/// The loops of a kernel with the state `K`. A count is one of values: four series have four at a bar.
template <class K>
struct KernelLoops {
  using Wide = typename InLanes<K>::type;
  static constexpr bool woven = !std::is_void_v<Wide>;
  static constexpr bool stateless = std::is_empty_v<K>;
  static constexpr int parts = [] {
    if constexpr (requires { K::parts; })
      return K::parts;
    else
      return 0;
  }();

  /// The columns `update` reads and writes: the kernel's own, or parts in between.
  template <std::size_t longest>
  struct Route {
    double* columns[static_cast<std::size_t>(K::inputs + parts) + 1];
    alignas(longest == 1 ? alignof(double) : 32) double values[static_cast<std::size_t>(parts) + 1][longest];

    explicit Route(double* const* own) noexcept {
      for (int i = 0; i < K::inputs; ++i)
        columns[i] = own[i];
      for (int i = 0; i < parts; ++i)
        columns[K::inputs + i] = values[i];
    }
  };

  static void finish(double* const* route, double* const* columns, std::size_t count) {
#pragma GCC ivdep
    for (std::size_t t = 0; t < count; ++t)
      if constexpr (requires { K::outputs; })
        K::finish(In{route + K::inputs, t}, In{columns, t}, Out{columns + K::inputs, t});
      else
        columns[K::inputs][t] = K::finish(In{route + K::inputs, t}, In{columns, t});
  }

  /// Calls `update(columns)` with where it shall read and write, and makes the result of the parts.
  template <std::size_t longest, class Update>
  static void routed(double* const* columns, std::size_t count, Update update) {
    if constexpr (parts > 0) {
      Route<longest> route{columns};
      update(static_cast<double* const*>(route.columns));
      finish(route.columns, columns, count);
    } else {
      update(columns);
    }
  }

  static constexpr bool windowed = requires(K k, const Bars<double>& bars) { k.run(bars); };

  template <class T, class State>
  static void advance(State& state, double* const* columns, const Now* now, std::size_t t) {
    if constexpr (parts > 0 || requires { K::outputs; })
      state.update(InOf<T>{columns, t}, now[t], OutOf<T>{columns + K::inputs, t});
    else
      OutOf<T>{columns + K::inputs, t}[0] = state.update(InOf<T>{columns, t}, now[t]);
  }

  template <class T, class State>
  static void along(State& state, double* const* columns, const Now* now, std::size_t count) {
    constexpr auto width = sizeof(T) / sizeof(double);
    if constexpr (windowed) {
      state.run(Bars<T>{{now->index, count / width}, columns, columns + K::inputs});
    } else if constexpr (sizeof(State) <= 256) {
      // In memory the state might be one of the columns; a copy runs in registers.
      auto own = state;
      for (std::size_t t = 0; t < count; t += width)
        advance<T>(own, columns, now, t);
      state = own;
    } else {
      for (std::size_t t = 0; t < count; t += width)
        advance<T>(state, columns, now, t);
    }
  }

  [[gnu::flatten]] static void step(const Link* link, std::byte* states, double* const* columns,
                                    const Now* now) {
    run_one<1>(states + link->state, columns + link->slots, now, 1);
    hand_on(link, states, columns, now);
  }

  template <std::size_t longest>
  static void run_one(std::byte* state, double* const* columns, const Now* now, std::size_t count) {
    K none;
    auto& kernel = stateless ? none : *reinterpret_cast<K*>(state);
    routed<longest>(columns, count, [&](double* const* to) { along<double>(kernel, to, now, count); });
  }

  static void run_together(std::byte* state, double* const* columns, const Now* now, std::size_t bars) {
    auto count = lanes * bars;
    if constexpr (stateless) {
      run_one<longest_run>(state, columns, now, count);
    } else if constexpr (woven) {
      static_assert(sizeof(Wide) == lanes * sizeof(K));
      routed<longest_run>(columns, count, [&](double* const* to) {
        along<Lanes>(*reinterpret_cast<Wide*>(state), to, now, count);
      });
    } else {
      auto* states = reinterpret_cast<K*>(state);
      routed<longest_run>(columns, count, [&](double* const* to) {
        for (std::size_t t = 0; t < count; t += lanes)
#pragma GCC unroll 4
          for (std::size_t lane = 0; lane < lanes; ++lane)
            advance<double>(states[lane], to, now, t + lane);
      });
    }
  }
};

/// Wraps a state type. `K::inputs` is its number of inputs; it has either `double update(In, const Now&)` or,
/// with `K::outputs`, `void update(In, const Now&, Out)`. A kernel made of windows has `void run(const
/// Bars<T>&)` instead.
///
/// Two things are only there for speed. A template over the type of its numbers (its last argument,
/// `double` by default) runs along four series at once, with `InOf<T>` and `OutOf<T>`; of `Now` it may read
/// the index alone, and it chooses with `pick`. With `K::parts`, `update` writes that many intermediate
/// values, and a static `finish(In parts, In in)` (with outputs: and `Out`) makes the result of them: what
/// needs no state, above all roots and quotients, is then computed for several bars at once.
template <class K>
Kernel kernel() {
  static_assert(std::is_trivially_copyable_v<K> && alignof(K) <= 32);
  using Loops = KernelLoops<K>;
  Kernel out;
  out.size = std::is_empty_v<K> ? 0 : static_cast<std::uint32_t>(sizeof(K));
  out.inputs = K::inputs;
  if constexpr (requires { K::outputs; })
    out.outputs = K::outputs;
  out.woven = Loops::woven;
  out.init = [](std::byte* state) {
    if constexpr (!std::is_empty_v<K>)
      new (state) K{};
  };
  out.step = Loops::step;
  out.run = Loops::template run_one<longest_run>;
  out.run_together = Loops::run_together;
  return out;
}

/// The loops of a formula without a state.
template <int inputs, class Formula>
struct FormulaLoops {
  static double at(double* const* columns, [[maybe_unused]] const Now* now, std::size_t t) {
    if constexpr (std::is_invocable_v<Formula, In>)
      return Formula{}(In{columns, t});
    else
      return Formula{}(In{columns, t}, now[t]);
  }

  [[gnu::flatten]] static void step(const Link* link, std::byte* states, double* const* columns,
                                    const Now* now) {
    columns[link->slots + inputs][0] = at(columns + link->slots, now, 0);
    hand_on(link, states, columns, now);
  }

  static void run(std::byte*, double* const* columns, const Now* now, std::size_t count) {
    double* given[inputs + 1];
    for (int i = 0; i <= inputs; ++i)
      given[i] = columns[i];
    std::size_t first = 0;
    if constexpr (std::is_invocable_v<Formula, InOf<Lanes>>)
      for (; first + lanes <= count; first += lanes)
        store(given[inputs] + first, Formula{}(InOf<Lanes>{given, first}));
        // No output is an input, so that bars may be computed side by side.
#pragma GCC ivdep
    for (std::size_t t = first; t < count; ++t)
      given[inputs][t] = at(given, now, t);
  }

  static void run_together(std::byte*, double* const* columns, const Now* now, std::size_t bars) {
    run(nullptr, columns, now, lanes * bars);
  }
};

/// Wraps a captureless lambda of (In) or (In, const Now&) as a stateless kernel with `inputs` inputs. A
/// lambda of (auto) also takes four values at once.
template <int inputs, class Formula>
Kernel formula(Formula) {
  using Loops = FormulaLoops<inputs, Formula>;
  Kernel out;
  out.inputs = inputs;
  out.init = [](std::byte*) {};
  out.step = Loops::step;
  out.run = Loops::run;
  out.run_together = Loops::run_together;
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
    ".prev_close", ".dollars", ".trades", ".signed", ".tick_signed", ".sqrt_flow", ".turnover",  ".minute"};
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
