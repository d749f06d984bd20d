#include "actors/market/decimal.hpp"

#include <fmt/format.h>

#include <limits>

namespace finch::market {
namespace {

Error not_a_number(std::string_view text, std::string_view why) {
  auto shown = text.substr(0, 40);
  return {Category::bad_input, fmt::format("'{}' {}", shown, why), {}};
}

} // namespace

Result<Decimal> parse_decimal(std::string_view text) {
  auto rest = text;
  bool negative = false;
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) {
    negative = rest.front() == '-';
    rest.remove_prefix(1);
  }
  // Digits are gathered without trailing zeros, so that `1.500000000000000000000` still fits.
  std::uint64_t mantissa = 0;
  int scale = 0, zeros = 0;
  bool point = false, digits = false, overflow = false;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    auto symbol = rest[at];
    if (symbol == '.' && !point) {
      point = true;
      continue;
    }
    if (symbol < '0' || symbol > '9')
      break;
    digits = true;
    scale += point ? 1 : 0;
    if (symbol == '0') {
      ++zeros;
      continue;
    }
    for (; zeros > 0; --zeros)
      overflow |= mantissa != 0 && __builtin_mul_overflow(mantissa, 10ULL, &mantissa);
    overflow |= __builtin_mul_overflow(mantissa, 10ULL, &mantissa);
    overflow |= __builtin_add_overflow(mantissa, static_cast<std::uint64_t>(symbol - '0'), &mantissa);
  }
  if (!digits)
    return tl::unexpected(not_a_number(text, "is not a number"));
  scale -= zeros; // the dropped zeros: negative when they stood before the point
  if (at < rest.size()) {
    if (rest[at] != 'e' && rest[at] != 'E')
      return tl::unexpected(not_a_number(text, "is not a number"));
    auto exponent_text = rest.substr(at + 1);
    bool exponent_negative = false;
    if (!exponent_text.empty() && (exponent_text.front() == '-' || exponent_text.front() == '+')) {
      exponent_negative = exponent_text.front() == '-';
      exponent_text.remove_prefix(1);
    }
    if (exponent_text.empty() || exponent_text.size() > 4)
      return tl::unexpected(not_a_number(text, "is not a number"));
    int exponent = 0;
    for (auto symbol : exponent_text) {
      if (symbol < '0' || symbol > '9')
        return tl::unexpected(not_a_number(text, "is not a number"));
      exponent = exponent * 10 + (symbol - '0');
    }
    scale -= exponent_negative ? -exponent : exponent;
  }
  if (mantissa == 0 && !overflow)
    return Decimal{};
  for (; scale < 0 && !overflow; ++scale)
    overflow |= __builtin_mul_overflow(mantissa, 10ULL, &mantissa);
  if (overflow || mantissa > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return tl::unexpected(not_a_number(text, "has more digits than 63 bits hold"));
  if (scale > max_decimals)
    return tl::unexpected(not_a_number(text, "has more than 18 decimals"));
  auto value = static_cast<std::int64_t>(mantissa);
  return Decimal{negative ? -value : value, static_cast<std::uint8_t>(scale)};
}

std::string format_decimal(std::int64_t mantissa, int decimals) {
  while (decimals > 0 && mantissa % 10 == 0) {
    mantissa /= 10;
    --decimals;
  }
  auto sign = mantissa < 0 ? "-" : "";
  auto size = mantissa < 0 ? ~static_cast<std::uint64_t>(mantissa) + 1 : static_cast<std::uint64_t>(mantissa);
  if (decimals <= 0)
    return fmt::format("{}{}", sign, size);
  auto unit = static_cast<std::uint64_t>(pow10_int[static_cast<std::size_t>(decimals)]);
  return fmt::format("{}{}.{:0{}}", sign, size / unit, size % unit, decimals);
}

Result<std::int64_t> rescale(Decimal value, int decimals) {
  std::int64_t out = value.mantissa;
  auto shift = decimals - value.decimals;
  if (shift > max_decimals ||
      (shift > 0 && __builtin_mul_overflow(out, pow10_int[static_cast<std::size_t>(shift)], &out)))
    return fail(Category::bad_input, fmt::format("{} does not fit {} decimals",
                                                 format_decimal(value.mantissa, value.decimals), decimals));
  if (shift < 0) {
    auto divisor = pow10_int[static_cast<std::size_t>(-shift)];
    if (out % divisor != 0)
      return fail(Category::bad_input, fmt::format("{} has more than {} decimals",
                                                   format_decimal(value.mantissa, value.decimals), decimals));
    out /= divisor;
  }
  return out;
}

} // namespace finch::market
