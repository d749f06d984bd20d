/// How a tick store is opened.
#pragma once

#include "actors/storage/codec/column.hpp"

#include <cstddef>
#include <cstdint>

namespace finch::storage {

enum class Mode : std::uint8_t {
  write, ///< takes the writer's lease; creates the store when there is none
  read   ///< any number of processes, also while another writes; see TickStore::refresh
};

struct Options {
  /// `small` also tries zstd on every column: 5 % smaller on trades, half the scanning speed.
  Effort effort = Effort::fast;
  /// Rows an import may hold in memory, all days together, before it writes part-filled blocks.
  std::size_t import_rows_in_memory = std::size_t{2} << 20;
  /// Opens a store whose log or watermark is damaged with what is left; the days hit are quarantined.
  bool salvage = false;
};

} // namespace finch::storage
