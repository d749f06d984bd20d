#include "actors/expression/functions.hpp"

#include <algorithm>
#include <array>

namespace finch::expression {

namespace {

constexpr std::array table{
    Function{Builtin::abs, "abs", "abs(x)", "size without sign", 1, 1},
    Function{Builtin::sign, "sign", "sign(x)", "-1, 0 or 1", 1, 1},
    Function{Builtin::log, "log", "log(x)", "natural logarithm of a unitless value", 1, 1},
    Function{Builtin::exp, "exp", "exp(x)", "e to the power of a unitless value", 1, 1},
    Function{Builtin::sqrt, "sqrt", "sqrt(x)", "square root", 1, 1},
    Function{Builtin::min, "min", "min(a, b, ...)", "smallest of its arguments", 2, 8},
    Function{Builtin::max, "max", "max(a, b, ...)", "largest of its arguments", 2, 8},
    Function{Builtin::clamp, "clamp", "clamp(x, low, high)", "x, but not below low nor above high", 3, 3},
    Function{Builtin::select, "if", "if(condition, a, b)", "a where the condition holds, else b", 3, 3},
    Function{Builtin::lag, "lag", "lag(x, n)", "x as it was n rows earlier", 2, 2, 1},
    Function{Builtin::delta, "delta", "delta(x, n)", "x minus x n rows earlier", 2, 2, 1},
    Function{Builtin::cross_above, "cross_above", "cross_above(a, b)",
             "a is above b now and was not one row earlier", 2, 2},
    Function{Builtin::cross_below, "cross_below", "cross_below(a, b)",
             "a is below b now and was not one row earlier", 2, 2},
    Function{Builtin::mean, "mean", "mean(x, n)", "mean of the last n rows", 2, 2, 2},
    Function{Builtin::std, "std", "std(x, n)", "sample standard deviation of the last n rows", 2, 2, 2},
    Function{Builtin::lowest, "lowest", "lowest(x, n)", "minimum of the last n rows", 2, 2, 2},
    Function{Builtin::highest, "highest", "highest(x, n)", "maximum of the last n rows", 2, 2, 2},
    Function{Builtin::rank, "rank", "rank(x, n)",
             "mid-rank of x among the last n rows, 0 to 1: (rows below + half of the equal ones) / n", 2, 2,
             2},
    Function{Builtin::zscore, "zscore", "zscore(x, n)",
             "distance from the mean of the last n rows in standard deviations; 0 when they are all equal", 2,
             2, 2},
    Function{Builtin::ema, "ema", "ema(x, n)",
             "exponential mean, k = 2/(n+1), over the last 5n rows with weights summing to one", 2, 2, 2},
};

} // namespace

std::span<const Function> functions() noexcept { return table; }

const Function* find_function(std::string_view name) noexcept {
  auto found = std::find_if(table.begin(), table.end(), [&](const Function& f) { return f.name == name; });
  return found == table.end() ? nullptr : &*found;
}

} // namespace finch::expression
