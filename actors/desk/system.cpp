#include "actors/desk/system.hpp"

namespace finch::desk {

SystemConfig::SystemConfig(std::size_t threads) {
  set("scheduler.max-threads", static_cast<std::int64_t>(threads));
  set("scheduler.max-throughput", std::int64_t{50});
  set("scheduler.policy", caf::atom("sharing"));
}

} // namespace finch::desk
