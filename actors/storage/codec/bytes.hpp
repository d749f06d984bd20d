/// Little-endian reading and writing of bytes that never runs past an end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>

namespace finch::storage {

using Bytes = std::span<const std::uint8_t>;

[[nodiscard]] inline Bytes as_bytes(const char* data, std::size_t size) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(data), size};
}

[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t code) noexcept {
  return static_cast<std::int64_t>((code >> 1) ^ (~(code & 1) + 1));
}

/// Appends to a string owned by the caller.
class ByteWriter {
public:
  explicit ByteWriter(std::string& out) : out_{out} {}

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put(T value) { out_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  /// Seven bits a byte, least first.
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7)
      out_.push_back(static_cast<char>(value | 0x80));
    out_.push_back(static_cast<char>(value));
  }
  /// Makes room for `size` bytes and returns where they go; valid until the next append.
  [[nodiscard]] std::uint8_t* grow(std::size_t size) {
    auto at = out_.size();
    out_.resize(at + size);
    return reinterpret_cast<std::uint8_t*>(out_.data()) + at;
  }

private:
  std::string& out_;
};

/// Reads from a span. Past the end it yields zeros and remembers that it failed: check `ok` before using
/// values.
class ByteReader {
public:
  explicit ByteReader(Bytes bytes) : rest_{bytes} {}

  template <class T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] T get() {
    T value{};
    if (auto bytes = take(sizeof value); !bytes.empty())
      std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  [[nodiscard]] std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70 && !rest_.empty(); shift += 7) {
      auto byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= shift < 64 ? static_cast<std::uint64_t>(byte & 0x7f) << shift : 0;
      if (byte < 0x80)
        return value;
    }
    ok_ = false;
    return 0;
  }
  /// The next `size` bytes, or an empty span when there are fewer.
  [[nodiscard]] Bytes take(std::size_t size) {
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return {};
    }
    auto bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    return bytes;
  }
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

private:
  Bytes rest_;
  bool ok_ = true;
};

} // namespace finch::storage
