#include "runtime/store_health.hpp"

#include "actors/storage/lease.hpp"
#include "actors/storage/tick_store.hpp"

#include <fmt/format.h>

namespace finch::runtime {

Check check_store(const Context& context) {
  const auto& data = context.options.data;
  std::error_code error;
  if (!std::filesystem::exists(data / "store", error))
    return {"store", Health::ok, "none yet; the first import makes it", {}};
  auto opened = storage::TickStore::open(data, storage::Mode::read);
  if (!opened) {
    auto remedy =
        opened.error().remedy.empty() ? "`finch data verify` names what is damaged" : opened.error().remedy;
    return {"store", Health::fail, opened.error().message, remedy};
  }
  const auto& store = **opened;
  std::uint64_t rows = 0;
  for (const auto& span : store.spans())
    rows += span.rows;
  auto found = fmt::format(
      "{} instruments, {} rows, {}", human_count(static_cast<std::int64_t>(store.instruments().size())),
      human_count(static_cast<std::int64_t>(rows)), human_bytes(static_cast<double>(store.bytes_on_disk())));
  if (storage::Lease::held(data))
    found += ", another process is writing";
  auto lost = store.losses();
  auto refused = store.quarantined();
  if (!lost.empty() || !refused.empty())
    return {
        "store", Health::warn,
        fmt::format("{}; {} days are quarantined, {} losses were found", found, refused.size(), lost.size()),
        "`finch data verify` names them; importing the days again with --replace restores them"};
  return {"store", Health::ok, found, {}};
}

} // namespace finch::runtime
