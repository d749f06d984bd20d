#include "actors/features/checkpoint.hpp"

#include <fmt/format.h>
#include <xxhash.h>
#include <zstd.h>

namespace finch::features {
namespace {

constexpr auto remedy = "drop it; it is written again from stored data";

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

} // namespace

std::string seal(const Frame<fb::FeatureCheckpoint>& checkpoint) {
  auto bytes = checkpoint.bytes();
  std::vector<std::uint8_t> packed(ZSTD_compressBound(bytes.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 1));
  flatbuffers::FlatBufferBuilder builder{packed.size() + 256};
  auto inner = builder.CreateVector(packed);
  builder.Finish(fb::CreateSealedCheckpoint(builder, XXH3_64bits(packed.data(), packed.size()), inner,
                                            static_cast<std::uint32_t>(bytes.size())));
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

Result<Frame<fb::FeatureCheckpoint>> unseal(std::string_view bytes) {
  auto sealed = Frame<fb::SealedCheckpoint>::adopt(bytes_of(bytes), nullptr);
  if (!sealed)
    return fail(Category::bad_input, fmt::format("a feature checkpoint of {} bytes is torn", bytes.size()),
                remedy);
  const auto* packed = (*sealed)->bytes();
  if (!packed || XXH3_64bits(packed->data(), packed->size()) != (*sealed)->check())
    return fail(
        Category::bad_input,
        fmt::format("a feature checkpoint of {} bytes is damaged: its checksum does not match", bytes.size()),
        remedy);
  std::vector<std::uint8_t> whole((*sealed)->size());
  auto size = ZSTD_decompress(whole.data(), whole.size(), packed->data(), packed->size());
  if (ZSTD_isError(size) || size != whole.size())
    return fail(Category::bad_input,
                fmt::format("a feature checkpoint of {} bytes cannot be unpacked", bytes.size()), remedy);
  return Frame<fb::FeatureCheckpoint>::adopt(whole, nullptr);
}

Result<std::optional<std::vector<Frame<fb::FeatureCheckpoint>>>>
checkpoints_of(const CheckpointShelf& shelf, std::span<const market::Instrument> instruments,
               std::int32_t day) {
  std::optional<std::vector<Frame<fb::FeatureCheckpoint>>> all{std::in_place};
  for (const auto& instrument : instruments) {
    auto bytes = shelf.get(instrument.id, day);
    if (!bytes)
      return tl::unexpected(bytes.error());
    if (!*bytes)
      return std::optional<std::vector<Frame<fb::FeatureCheckpoint>>>{};
    auto opened = unseal(**bytes);
    if (!opened)
      return tl::unexpected(opened.error());
    all->push_back(std::move(*opened));
  }
  return all;
}

} // namespace finch::features
