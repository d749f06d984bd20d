#include "actors/broker/digest.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <new>

namespace finch::broker {

std::string format_digest(DigestValue digest) {
  return fmt::format("{:016x}{:016x}", digest.high, digest.low);
}

std::uint64_t hash_of(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

void Digest::Free::operator()(XXH3_state_s* state) const noexcept { XXH3_freeState(state); }

Digest::Digest() : state_{XXH3_createState()} {
  if (!state_)
    throw std::bad_alloc{};
  XXH3_128bits_reset(state_.get());
}

Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::flush() const {
  XXH3_128bits_update(state_.get(), pending_.data(), pending_.size());
  pending_.clear();
}

DigestValue Digest::value() const {
  flush();
  auto hash = XXH3_128bits_digest(state_.get());
  return {hash.low64, hash.high64};
}

} // namespace finch::broker
