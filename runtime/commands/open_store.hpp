/// The tick store of a command.
#pragma once

#include "actors/storage/tick_store.hpp"
#include "runtime/cli.hpp"

namespace finch::runtime {

/// Opens the store in the data directory and warns of everything found missing in it.
[[nodiscard]] inline Result<std::unique_ptr<storage::TickStore>> open_store(const Context& context,
                                                                            storage::Mode mode) {
  auto store = storage::TickStore::open(context.options.data, mode);
  if (store)
    for (const auto& loss : (*store)->losses())
      context.console.warn(loss);
  return store;
}

} // namespace finch::runtime
