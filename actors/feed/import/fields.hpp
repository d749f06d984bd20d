/// Cutting a line into fields and reading them: the hot path of every importer.
#pragma once

#include "actors/market/data.hpp"
#include "actors/market/decimal.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace finch::feed {

/// Why a row was not imported. `none` means it was.
enum class Reject : std::uint8_t {
  none,
  column_count,  ///< more or fewer fields than the format has
  line_too_long, ///< longer than LineReader::max_line
  bad_time,      ///< not a time, or one that does not exist in New York
  time_range,    ///< before 1990 or after 2099
  off_grid,      ///< a bar's open time that is not a multiple of its length
  not_a_number,  ///< text where a number should be
  missing_value, ///< empty, NaN or null
  too_large,     ///< more digits than 63 bits or 18 decimals hold
  not_positive,  ///< a price that is zero or negative
  bad_quantity,  ///< a traded quantity that is zero or negative, or a negative volume or size
  bad_bar,       ///< low above open, close or high, or high below one of them
  crossed_quote, ///< bid above ask
  bad_side,      ///< neither buy, sell, unknown nor true, false
  bad_id,        ///< an id that is not a whole number
  rate_range,    ///< a funding rate of more than 100 % per interval
  other_symbol,  ///< a row of another symbol than the file's first
  count_         ///< how many reasons there are
};

/// The reason in words, as `negative or zero price`.
[[nodiscard]] std::string_view describe(Reject reason) noexcept;

/// The fields of one line. Past `capacity` they are counted but not kept.
struct Fields {
  static constexpr int capacity = 32;
  std::array<std::string_view, capacity> at{};
  int count = 0;

  [[nodiscard]] std::string_view operator[](int index) const noexcept {
    return at[static_cast<std::size_t>(index)];
  }
};

/// Cuts `line` at `delimiter`. Double quotes around a field are taken off, and a delimiter inside them does
/// not cut.
void split(std::string_view line, char delimiter, Fields& out) noexcept;

/// Reads a whole number without sign; false on anything else and on overflow.
[[nodiscard]] inline bool read_unsigned(std::string_view text, std::uint64_t& out) noexcept {
  if (text.empty() || text.size() > 19)
    return false;
  std::uint64_t value = 0;
  for (auto symbol : text) {
    auto digit = static_cast<unsigned>(symbol - '0');
    if (digit > 9)
      return false;
    value = value * 10 + digit;
  }
  out = value;
  return true;
}

/// The odd shapes `read_decimal` leaves: signs, exponents, more digits, NaN, text.
[[nodiscard]] Reject read_odd_decimal(std::string_view text, market::Decimal& out) noexcept;

/// Reads a number keeping the decimals it was printed with, trailing zeros included.
[[nodiscard]] inline Reject read_decimal(std::string_view text, market::Decimal& out) noexcept {
  std::int64_t mantissa = 0;
  std::size_t point = text.size();
  if (text.empty() || text.size() > 18) [[unlikely]]
    return read_odd_decimal(text, out);
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto digit = static_cast<unsigned>(text[at] - '0');
    if (digit > 9) [[unlikely]] {
      if (text[at] != '.' || point != text.size() || text.size() == 1)
        return read_odd_decimal(text, out);
      point = at;
      continue;
    }
    mantissa = mantissa * 10 + digit;
  }
  out.mantissa = mantissa;
  out.decimals = static_cast<std::uint8_t>(point == text.size() ? 0 : text.size() - point - 1);
  return Reject::none;
}

/// A price: greater than zero.
[[nodiscard]] inline Reject read_price(std::string_view text, market::Decimal& out) noexcept {
  auto reason = read_decimal(text, out);
  return reason == Reject::none && out.mantissa <= 0 ? Reject::not_positive : reason;
}

/// A size or volume: not negative, and with `traded` not zero.
[[nodiscard]] inline Reject read_quantity(std::string_view text, market::Decimal& out, bool traded) noexcept {
  auto reason = read_decimal(text, out);
  return reason == Reject::none && (out.mantissa < 0 || (traded && out.mantissa == 0)) ? Reject::bad_quantity
                                                                                       : reason;
}

/// Reads an integer stamp (s, ms, µs or ns by magnitude), a stamp with a fraction, or ISO-8601 text.
[[nodiscard]] Reject read_odd_time(std::string_view text, market::TimeNs& out) noexcept;

/// Least and greatest event time a file may hold: 1990-01-01 and 2100-01-01.
inline constexpr market::TimeNs first_time_ns = 631'152'000 * market::ns_per_s;
inline constexpr market::TimeNs last_time_ns = 4'102'444'800 * market::ns_per_s;

/// Nanoseconds in one unit of a stamp, told by its magnitude: s below 1e11, ms below 1e14, µs below 1e17,
/// else ns.
[[nodiscard]] constexpr market::TimeNs stamp_unit_ns(std::uint64_t stamp) noexcept {
  return stamp < 100'000'000'000           ? market::ns_per_s
         : stamp < 100'000'000'000'000     ? market::ns_per_ms
         : stamp < 100'000'000'000'000'000 ? market::ns_per_us
                                           : 1;
}

[[nodiscard]] inline Reject read_time(std::string_view text, market::TimeNs& out) noexcept {
  std::uint64_t stamp = 0;
  if (!read_unsigned(text, stamp)) [[unlikely]]
    return read_odd_time(text, out);
  auto unit = static_cast<std::uint64_t>(stamp_unit_ns(stamp));
  // Compared before the product, which may not fit.
  if (stamp >= static_cast<std::uint64_t>(last_time_ns) / unit ||
      stamp * unit < static_cast<std::uint64_t>(first_time_ns))
    return Reject::time_range;
  out = static_cast<market::TimeNs>(stamp * unit);
  return Reject::none;
}

/// Reads `true`, `True`, `TRUE`, `1` and their opposites.
[[nodiscard]] bool read_flag(std::string_view text, bool& out) noexcept;
/// Reads `buy`, `sell` in any case, and `unknown` or nothing as `none`.
[[nodiscard]] bool read_side(std::string_view text, market::Side& out) noexcept;

} // namespace finch::feed
