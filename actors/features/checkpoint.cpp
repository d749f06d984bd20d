#include "actors/features/checkpoint.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace finch::features {
namespace {

constexpr auto remedy = "drop it; it is written again from stored data";

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

} // namespace

std::string seal(const Frame<fb::FeatureCheckpoint>& checkpoint) {
  auto bytes = checkpoint.bytes();
  flatbuffers::FlatBufferBuilder builder{bytes.size() + 256};
  // The inner buffer is read in place, so it must lie as aligned as a buffer of its own.
  builder.ForceVectorAlignment(bytes.size(), 1, 16);
  auto inner = builder.CreateVector(bytes.data(), bytes.size());
  builder.Finish(fb::CreateSealedCheckpoint(builder, XXH3_64bits(bytes.data(), bytes.size()), inner));
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

Result<Frame<fb::FeatureCheckpoint>> unseal(std::string_view bytes) {
  auto sealed = Frame<fb::SealedCheckpoint>::adopt(bytes_of(bytes), nullptr);
  if (!sealed)
    return fail(Category::bad_input, fmt::format("a feature checkpoint of {} bytes is torn", bytes.size()),
                remedy);
  const auto* inner = (*sealed)->bytes();
  if (!inner || XXH3_64bits(inner->data(), inner->size()) != (*sealed)->check())
    return fail(
        Category::bad_input,
        fmt::format("a feature checkpoint of {} bytes is damaged: its checksum does not match", bytes.size()),
        remedy);
  return Frame<fb::FeatureCheckpoint>::adopt({inner->data(), inner->size()}, nullptr);
}

Result<std::optional<Frame<fb::FeatureCheckpoint>>>
checkpoint_of(const CheckpointShelf& shelf, market::InstrumentId instrument, std::int32_t day) {
  auto bytes = shelf.get(instrument, day);
  if (!bytes)
    return tl::unexpected(bytes.error());
  if (!*bytes)
    return std::optional<Frame<fb::FeatureCheckpoint>>{};
  auto opened = unseal(**bytes);
  if (!opened)
    return tl::unexpected(opened.error());
  return std::optional{std::move(*opened)};
}

} // namespace finch::features
