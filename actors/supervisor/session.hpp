/// A live session on disk: what must be known, beside the recorded data, to bring a desk back to where it
/// was.
#pragma once

#include "actors/desk/desk.hpp"

#include <filesystem>
#include <optional>

namespace finch::supervisor {

/// The session's first trading round and every instance that was ever active in it, with its span. Together
/// with the recorded ticks it replays to the same digest.
struct Session {
  market::Round start = 0;
  std::vector<desk::DeskInstance> instances;
};

/// Reads the session file; nothing where there is none. Bad input names the file, also where an instance
/// reads a user's feature that `catalogue` lacks or defines otherwise than the session did.
[[nodiscard]] Result<std::optional<Session>> load_session(const std::filesystem::path& file,
                                                          const features::Catalogue& catalogue = {});
/// Writes it atomically: this is the journal entry that precedes every change.
[[nodiscard]] Status save_session(const std::filesystem::path& file, const Session& session);

/// Makes `active` the set in force from `round` on: instances that left end there, new ones begin there.
void switch_instances(Session& session, const std::vector<desk::DeskInstance>& active, market::Round round);

} // namespace finch::supervisor
