/// Writes and reads states as plain bytes of this build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace finch::features {

class ByteWriter {
public:
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void value(const T& x) { raw(std::as_bytes(std::span{&x, 1})); }
  /// A run of values, with its length before it.
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void run(std::span<const T> values) {
    value(static_cast<std::uint64_t>(values.size()));
    raw(std::as_bytes(values));
  }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

private:
  void raw(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  std::vector<std::byte> bytes_;
};

/// Every read says whether there were bytes enough.
class ByteReader {
public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_{bytes} {}

  template <class T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] bool value(T& x) {
    if (rest_.size() < sizeof x)
      return false;
    std::memcpy(&x, rest_.data(), sizeof x);
    rest_ = rest_.subspan(sizeof x);
    return true;
  }
  template <class T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] bool run(std::vector<T>& values) {
    std::uint64_t count = 0;
    if (!value(count) || count > rest_.size() / sizeof(T))
      return false;
    values.resize(count);
    if (count > 0)
      std::memcpy(values.data(), rest_.data(), count * sizeof(T));
    rest_ = rest_.subspan(count * sizeof(T));
    return true;
  }
  [[nodiscard]] bool done() const noexcept { return rest_.empty(); }

private:
  std::span<const std::byte> rest_;
};

} // namespace finch::features
