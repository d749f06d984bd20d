/// Which instrument, kind and bar length a file holds, from what the user said, its content and its name.
#pragma once

#include "actors/feed/import/file_name.hpp"
#include "actors/feed/import/read_file.hpp"

namespace finch::feed {

/// Decides by, in this order: the user's --symbol and --venue; the symbol and exchange the rows name; the
/// file's name; and for the market what the shape of the file proves. Without a venue it is `import`, without
/// a market `spot`. For bars the length comes from the close times, else from the name, else from the least
/// distance of the sample's rows.
[[nodiscard]] Result<Target> decide_target(const Layout& layout, std::string_view sample,
                                           const NameHints& name, const ReadOptions& options,
                                           std::string_view label);

} // namespace finch::feed
