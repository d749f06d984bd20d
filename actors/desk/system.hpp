/// The one way an actor system is configured.
#pragma once

#include "schemas/caf.hpp"

namespace finch::desk {

/// `threads` workers. A worker hands over after a few dozen messages, so that one long queue never holds up
/// the rest.
class SystemConfig : public caf::actor_system_config {
public:
  explicit SystemConfig(std::size_t threads);
};

} // namespace finch::desk
