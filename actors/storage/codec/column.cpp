#include "actors/storage/codec/column.hpp"

#include "actors/market/decimal.hpp"
#include "actors/storage/codec/bit_packing.hpp"
#include "actors/storage/codec/vector_plan.hpp"

#include <immintrin.h>
#include <zstd.h>

#include <algorithm>
#include <array>

namespace finch::storage {
namespace {

enum class Mode : std::uint8_t { constant, linear, frame, delta };
constexpr std::uint8_t zstd_flag = 0x80;
/// Widths up to which 1,024 packed deltas sum to less than 2^32.
constexpr unsigned max_narrow_delta = 22;

constexpr auto u64(std::int64_t value) { return static_cast<std::uint64_t>(value); }
constexpr auto i64(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// Multiplicative inverses of 5^k modulo 2^64: exact division by 10^k is one multiplication and a shift.
constexpr std::array<std::uint64_t, 19> inverse_of_pow5 = [] {
  std::array<std::uint64_t, 19> table{};
  std::uint64_t power = 1;
  for (auto& inverse : table) {
    inverse = 1;
    for (int step = 0; step < 6; ++step)
      inverse *= 2 - power * inverse;
    power *= 5;
  }
  return table;
}();

std::int64_t divide_exactly(std::int64_t value, int k) {
  return i64(u64(value) * inverse_of_pow5[static_cast<std::size_t>(k)]) >> k;
}

/// Divides out the greatest common power of ten; returns its exponent.
int strip_zeros(std::span<const std::int64_t> values, std::vector<std::int64_t>& out) {
  auto fits = [](std::int64_t value, int k) {
    return value % market::pow10_int[static_cast<std::size_t>(k)] == 0;
  };
  int k = 18;
  // A few samples settle the exponent nearly always; the pass below corrects it where they did not.
  for (std::size_t i = 0; i < values.size() && k > 0; i += 1 + values.size() / 16)
    while (k > 0 && !fits(values[i], k))
      --k;
  out.resize(values.size());
  while (k > 0) {
    auto scale = u64(market::pow10_int[static_cast<std::size_t>(k)]);
    std::uint64_t wrong = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      out[i] = divide_exactly(values[i], k);
      wrong |= u64(out[i]) * scale ^ u64(values[i]);
    }
    if (wrong == 0)
      return k;
    --k;
  }
  std::copy(values.begin(), values.end(), out.begin());
  return 0;
}

void pack_one(std::span<const std::int64_t> values, const VectorPlan& plan, ByteWriter& out) {
  out.put(static_cast<std::uint8_t>(plan.width | (plan.exceptions > 0 ? 0x80 : 0)));
  out.varint(zigzag(plan.reference));
  auto mask = plan.width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << plan.width) - 1;
  if (values.size() == vector_rows && plan.width <= 32) {
    std::array<std::uint32_t, vector_rows> narrow;
    for (std::size_t i = 0; i < vector_rows; ++i)
      narrow[i] = static_cast<std::uint32_t>((u64(values[i]) - u64(plan.reference)) & mask);
    pack_vector(narrow.data(), plan.width, out.grow(vector_bytes(plan.width)));
  } else {
    std::array<std::uint64_t, vector_rows> wide;
    for (std::size_t i = 0; i < values.size(); ++i)
      wide[i] = (u64(values[i]) - u64(plan.reference)) & mask;
    pack_plain(wide.data(), values.size(), plan.width, out.grow(tail_bytes(values.size(), plan.width)));
  }
  if (plan.exceptions == 0)
    return;
  out.varint(plan.exceptions);
  std::size_t last = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (auto high = (u64(values[i]) - u64(plan.reference)) >> plan.width; high != 0) {
      out.varint(i - last);
      out.varint(high);
      last = i;
    }
}

/// Plans of all vectors of a column, and the bits they take together.
std::uint64_t plan_all(std::span<const std::int64_t> values, std::vector<VectorPlan>& plans) {
  plans.clear();
  std::uint64_t bits = 0;
  for (std::size_t at = 0; at < values.size(); at += vector_rows) {
    plans.push_back(plan_vector(values.subspan(at, std::min(vector_rows, values.size() - at))));
    bits += plans.back().bits;
  }
  return bits;
}

void write_section(Mode mode, int k, Effort effort, std::string& out, CodecScratch& scratch) {
  ByteWriter writer{out};
  auto& packed = scratch.packed;
  if (effort == Effort::small && packed.size() >= 256) {
    auto& compressed = scratch.compressed;
    compressed.resize(ZSTD_compressBound(packed.size()));
    auto size = ZSTD_compress(compressed.data(), compressed.size(), packed.data(), packed.size(), 1);
    if (!ZSTD_isError(size) && size + 8 < packed.size() - packed.size() / 8) {
      writer.put(static_cast<std::uint8_t>(static_cast<std::uint8_t>(mode) | zstd_flag));
      writer.put(static_cast<std::uint8_t>(k));
      std::string head;
      ByteWriter{head}.varint(packed.size());
      writer.varint(head.size() + size);
      out += head;
      out.append(compressed.data(), size);
      return;
    }
  }
  writer.put(static_cast<std::uint8_t>(mode));
  writer.put(static_cast<std::uint8_t>(k));
  writer.varint(packed.size());
  out += packed;
}

/// Inclusive prefix sums of 8 lanes of 32 bits.
__m256i prefix8(__m256i x) {
  x = _mm256_add_epi32(x, _mm256_slli_si256(x, 4));
  x = _mm256_add_epi32(x, _mm256_slli_si256(x, 8));
  // The low half's total is carried into the high half.
  auto low_total = _mm256_shuffle_epi32(_mm256_permute2x128_si256(x, x, 0x08), 0xff);
  return _mm256_add_epi32(x, low_total);
}

/// values[i] = start + step·(i+1) + scale·(packed[0] + … + packed[i]); the sum stays below 2^32, scale too.
/// Returns it.
std::uint32_t sum_narrow(const std::uint32_t* packed, std::uint64_t start, std::uint64_t step,
                         std::uint64_t scale, std::int64_t* values) {
  auto line = _mm256_set_epi64x(i64(start + 4 * step), i64(start + 3 * step), i64(start + 2 * step),
                                i64(start + step));
  auto stride = _mm256_set1_epi64x(i64(4 * step)), times = _mm256_set1_epi64x(i64(scale));
  auto carry = _mm256_setzero_si256(), last = _mm256_set1_epi32(7);
  for (std::size_t i = 0; i < vector_rows; i += 8) {
    auto sums =
        _mm256_add_epi32(prefix8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(packed + i))), carry);
    carry = _mm256_permutevar8x32_epi32(sums, last);
    auto low = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(sums));
    auto high = _mm256_cvtepu32_epi64(_mm256_extracti128_si256(sums, 1));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(values + i),
                        _mm256_add_epi64(line, _mm256_mul_epu32(low, times)));
    line = _mm256_add_epi64(line, stride);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(values + i + 4),
                        _mm256_add_epi64(line, _mm256_mul_epu32(high, times)));
    line = _mm256_add_epi64(line, stride);
  }
  return static_cast<std::uint32_t>(_mm256_cvtsi256_si32(carry));
}

/// values[i] = start + scale·packed[i]; scale below 2^32.
void shift_narrow(const std::uint32_t* packed, std::uint64_t start, std::uint64_t scale,
                  std::int64_t* values) {
  auto base = _mm256_set1_epi64x(i64(start)), times = _mm256_set1_epi64x(i64(scale));
  for (std::size_t i = 0; i < vector_rows; i += 4) {
    auto wide = _mm256_cvtepu32_epi64(_mm_loadu_si128(reinterpret_cast<const __m128i*>(packed + i)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(values + i),
                        _mm256_add_epi64(base, _mm256_mul_epu32(wide, times)));
  }
}

/// Adds the exceptions' high bits; false where they do not fit the vector.
bool patch(ByteReader& in, unsigned width, std::size_t rows, std::uint64_t* wide) {
  auto count = in.varint();
  std::uint64_t at = 0;
  if (!in.ok() || count > rows || width >= 64)
    return false;
  for (std::uint64_t n = 0; n < count; ++n) {
    at += in.varint();
    auto high = in.varint();
    if (!in.ok() || at >= rows)
      return false;
    wide[at] |= high << width;
  }
  return true;
}

/// One vector of frame or delta values. `previous` is the running unscaled value of a delta column.
bool unpack_one(ByteReader& in, Mode mode, std::size_t rows, std::uint64_t scale, std::uint64_t& previous,
                std::int64_t* values) {
  auto head = in.get<std::uint8_t>();
  auto reference = u64(unzigzag(in.varint()));
  auto width = head & 0x7fU;
  auto patched = (head & 0x80U) != 0;
  if (!in.ok() || width > 64)
    return false;
  auto interleaved = rows == vector_rows && width <= 32;
  auto packed = in.take(interleaved ? vector_bytes(width) : tail_bytes(rows, width));
  if (!in.ok())
    return false;
  alignas(32) std::array<std::uint32_t, vector_rows> narrow;
  if (interleaved) {
    unpack_vector(packed.data(), width, narrow.data());
    if (!patched && scale < (std::uint64_t{1} << 32)) {
      if (mode == Mode::frame) {
        shift_narrow(narrow.data(), reference * scale, scale, values);
        return true;
      }
      if (width <= max_narrow_delta) {
        auto total = sum_narrow(narrow.data(), previous * scale, reference * scale, scale, values);
        previous += reference * vector_rows + total;
        return true;
      }
    }
  }
  std::array<std::uint64_t, vector_rows> wide;
  if (interleaved)
    std::copy(narrow.begin(), narrow.end(), wide.begin());
  else
    unpack_plain(packed.data(), rows, width, wide.data());
  if (patched && !patch(in, width, rows, wide.data()))
    return false;
  for (std::size_t i = 0; i < rows; ++i) {
    auto value = wide[i] + reference;
    if (mode == Mode::delta)
      value = previous += value;
    values[i] = i64(value * scale);
  }
  return true;
}

bool unpack_section(Bytes bytes, Mode mode, std::size_t rows, std::uint64_t scale, std::int64_t* values) {
  ByteReader in{bytes};
  std::uint64_t previous = 0, step = 0;
  if (mode != Mode::frame)
    previous = in.get<std::uint64_t>();
  if (mode == Mode::linear)
    step = in.get<std::uint64_t>();
  if (!in.ok())
    return false;
  if (mode == Mode::constant || mode == Mode::linear) {
    for (std::size_t i = 0; i < rows; ++i)
      values[i] = i64((previous + step * i) * scale);
    return in.at_end();
  }
  for (std::size_t at = 0; at < rows; at += vector_rows)
    if (!unpack_one(in, mode, std::min(vector_rows, rows - at), scale, previous, values + at))
      return false;
  return in.at_end();
}

} // namespace

int encode_column(std::span<const std::int64_t> values, Effort effort, std::string& out,
                  CodecScratch& scratch) {
  auto& scaled = scratch.scaled;
  auto& delta = scratch.delta;
  auto k = strip_zeros(values, scaled);
  scratch.packed.clear();
  ByteWriter packed{scratch.packed};
  auto rows = values.size();
  delta.resize(rows);
  for (std::size_t i = 1; i < rows; ++i)
    delta[i] = i64(u64(scaled[i]) - u64(scaled[i - 1]));
  if (rows > 0)
    delta[0] = rows > 1 ? delta[1] : 0;
  if (std::all_of(delta.begin(), delta.end(), [&](auto step) { return step == delta[0]; })) {
    auto constant = rows == 0 || delta[0] == 0;
    packed.put(rows == 0 ? std::int64_t{0} : scaled[0]);
    if (!constant)
      packed.put(delta[0]);
    write_section(constant ? Mode::constant : Mode::linear, k, Effort::fast, out, scratch);
    return k;
  }
  auto by_delta = plan_all(delta, scratch.delta_plans) < plan_all(scaled, scratch.frame_plans);
  auto& source = by_delta ? delta : scaled;
  auto& plans = by_delta ? scratch.delta_plans : scratch.frame_plans;
  if (by_delta) // the first delta repeats the second, so the sum starts one step before the first value
    packed.put(i64(u64(scaled[0]) - u64(delta[0])));
  for (std::size_t v = 0; v < plans.size(); ++v) {
    auto at = v * vector_rows;
    pack_one(std::span{source}.subspan(at, std::min(vector_rows, rows - at)), plans[v], packed);
  }
  write_section(by_delta ? Mode::delta : Mode::frame, k, effort, out, scratch);
  return k;
}

bool decode_column(ByteReader& in, std::size_t rows, std::int64_t* values, CodecScratch& scratch) {
  auto head = in.get<std::uint8_t>();
  int k = in.get<std::uint8_t>();
  auto section = in.take(in.varint());
  auto mode = static_cast<Mode>(head & ~zstd_flag);
  if (!in.ok() || mode > Mode::delta || k > 18 || rows > max_block_rows)
    return false;
  if ((head & zstd_flag) != 0) {
    ByteReader inner{section};
    auto size = inner.varint();
    auto bound = 64 + rows * 40; // no plan of ours is wider
    if (!inner.ok() || size > bound)
      return false;
    scratch.raw.resize(size);
    std::string unused;
    ByteWriter{unused}.varint(size);
    auto body = section.subspan(unused.size());
    auto got = ZSTD_decompress(scratch.raw.data(), size, body.data(), body.size());
    if (ZSTD_isError(got) || got != size)
      return false;
    section = scratch.raw;
  }
  return unpack_section(section, mode, rows, u64(market::pow10_int[static_cast<std::size_t>(k)]), values);
}

bool rescale_column(std::span<std::int64_t> values, int shift) {
  if (shift == 0 || values.empty())
    return true;
  if (shift < -market::max_decimals || shift > market::max_decimals)
    return false;
  auto scale = market::pow10_int[static_cast<std::size_t>(shift < 0 ? -shift : shift)];
  if (shift < 0) {
    std::int64_t rest = 0;
    for (auto& value : values) {
      rest |= value % scale;
      value /= scale;
    }
    return rest == 0;
  }
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  std::int64_t unused = 0;
  if (__builtin_mul_overflow(*low, scale, &unused) || __builtin_mul_overflow(*high, scale, &unused))
    return false;
  for (auto& value : values)
    value *= scale;
  return true;
}

bool skip_column(ByteReader& in) {
  (void)in.get<std::uint16_t>();
  (void)in.take(in.varint());
  return in.ok();
}

} // namespace finch::storage
