/// `finch data salvage`.
#pragma once

#include "runtime/cli.hpp"

namespace finch::runtime {

void register_data_salvage(Command& data);

} // namespace finch::runtime
