/// The journal's schema as numbered steps, each applied once, in order, in a transaction of its own.
#pragma once

#include <cstdint>
#include <span>

namespace finch::journal {

struct Migration {
  std::int64_t version;
  const char* subject;
  std::span<const char* const> statements;
};

/// All steps; version i is at index i - 1.
[[nodiscard]] std::span<const Migration> migrations() noexcept;

} // namespace finch::journal
