/// The account's fingerprint: XXH3-128 over packed little-endian records.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

struct XXH3_state_s;

namespace finch::broker {

/// What a record is about; the first byte of every record.
enum class RecordKind : std::uint8_t { order = 1, refusal, fill, funding, equity, control };

/// Two accounts that did the same have the same digest.
struct DigestValue {
  std::uint64_t low = 0, high = 0;

  bool operator==(const DigestValue&) const = default;
};

/// `0123…` in 32 hexadecimal digits, high half first.
[[nodiscard]] std::string format_digest(DigestValue digest);

/// A text inside a record: XXH3-64.
[[nodiscard]] std::uint64_t hash_of(std::string_view text);

/// Collects records and hashes them. Fields are packed without padding, least significant byte first.
class Digest {
public:
  Digest();
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  /// Appends the fields of one record.
  template <class... Fields>
  void add(RecordKind kind, Fields... fields) {
    put(static_cast<std::uint8_t>(kind));
    (put(fields), ...);
    if (pending_.size() >= 4'096)
      flush();
  }

  /// The digest of everything added so far; adding may go on afterwards.
  [[nodiscard]] DigestValue value() const;

private:
  template <class Field>
  void put(Field field) {
    static_assert(std::endian::native == std::endian::little && std::is_trivially_copyable_v<Field>);
    static_assert(std::is_integral_v<Field> || std::is_enum_v<Field> || std::is_same_v<Field, double>);
    auto at = pending_.size();
    pending_.resize(at + sizeof field);
    std::memcpy(pending_.data() + at, &field, sizeof field);
  }
  void flush() const;

  struct Free {
    void operator()(XXH3_state_s* state) const noexcept;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
  // Hashing in larger pieces is what makes a record cheap; the value does not depend on where they are cut.
  mutable std::vector<std::uint8_t> pending_;
};

} // namespace finch::broker
