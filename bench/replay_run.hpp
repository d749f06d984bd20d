/// One replay in a process of its own, so that its memory can be told apart.
#pragma once

#include "schemas/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace finch::bench {

/// What a replay did and cost.
struct ReplayRun {
  std::string digest;
  std::uint64_t ticks = 0, rounds = 0, trades = 0; ///< trades of all books
  std::size_t instances = 0, strategies = 0;
  double wall = 0, cpu = 0;
  double open_seconds = 0; ///< opening the store, before the clock starts
  double peak_rss_mib = 0; ///< of the whole process
};

/// Replays everything in `data` with the strategies of `library` here and now.
[[nodiscard]] Result<ReplayRun> replay_here(const std::filesystem::path& data,
                                            const std::filesystem::path& library, std::size_t threads);
/// The same in a child process, which is this program again.
[[nodiscard]] Result<ReplayRun> replay_in_child(const std::filesystem::path& data,
                                                const std::filesystem::path& library, std::size_t threads);
/// What the child does: prints its run as one line.
int replay_child(const std::filesystem::path& data, const std::filesystem::path& library,
                 std::size_t threads);

} // namespace finch::bench
