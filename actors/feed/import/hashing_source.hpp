/// The hash of a text, taken while it is read.
#pragma once

#include "actors/feed/import/byte_source.hpp"

namespace finch::feed {

/// XXH3 of all text given, whatever the pieces: the same for a file and its compressed copy.
class TextHash {
public:
  TextHash();
  TextHash(const TextHash&) = delete;
  TextHash& operator=(const TextHash&) = delete;
  ~TextHash();

  void add(const char* text, std::size_t size) noexcept;
  [[nodiscard]] std::uint64_t value() const noexcept;

private:
  void* state_;
};

/// Passes bytes on and adds them to a hash.
class HashingSource final : public ByteSource {
public:
  HashingSource(std::unique_ptr<ByteSource> source, TextHash& hash)
      : source_(std::move(source)), hash_(hash) {}

  Result<std::size_t> read(char* out, std::size_t size) override {
    auto count = source_->read(out, size);
    if (count)
      hash_.add(out, *count);
    return count;
  }
  std::uint64_t consumed() const noexcept override { return source_->consumed(); }

private:
  std::unique_ptr<ByteSource> source_;
  TextHash& hash_;
};

} // namespace finch::feed
