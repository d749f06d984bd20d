#include "actors/feed/import/hashing_source.hpp"

#include <xxhash.h>

#include <new>

namespace finch::feed {
namespace {

XXH3_state_t* state_of(void* state) { return static_cast<XXH3_state_t*>(state); }

} // namespace

TextHash::TextHash() : state_(XXH3_createState()) {
  if (state_ == nullptr)
    throw std::bad_alloc{};
  XXH3_64bits_reset(state_of(state_));
}

TextHash::~TextHash() { XXH3_freeState(state_of(state_)); }

void TextHash::add(const char* text, std::size_t size) noexcept {
  XXH3_64bits_update(state_of(state_), text, size);
}

std::uint64_t TextHash::value() const noexcept { return XXH3_64bits_digest(state_of(state_)); }

} // namespace finch::feed
