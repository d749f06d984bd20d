/// Plain memory of this build inside FlatBuffers.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace finch::features {

using Bytes = flatbuffers::Vector<std::uint8_t>;

template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] flatbuffers::Offset<Bytes> put_bytes(flatbuffers::FlatBufferBuilder& builder,
                                                   std::span<const T> values) {
  return builder.CreateVector(reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes());
}

template <class T>
[[nodiscard]] flatbuffers::Offset<Bytes> put_value(flatbuffers::FlatBufferBuilder& builder, const T& value) {
  return put_bytes(builder, std::span<const T>{&value, 1});
}

/// False where the bytes are not one T.
template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] bool get_value(const Bytes* bytes, T& value) {
  if (!bytes || bytes->size() != sizeof value)
    return false;
  std::memcpy(&value, bytes->data(), sizeof value);
  return true;
}

/// False where the bytes are not whole Ts.
template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] bool get_items(const Bytes* bytes, std::vector<T>& values) {
  if (!bytes || bytes->size() % sizeof(T) != 0)
    return false;
  values.resize(bytes->size() / sizeof(T));
  if (!values.empty())
    std::memcpy(values.data(), bytes->data(), bytes->size());
  return true;
}

} // namespace finch::features
