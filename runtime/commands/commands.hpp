/// Every command, one line each, in the order `finch --help` lists them. `X(verb)` stands for
/// `register_<verb>` in `commands/<verb>.cpp`.
#pragma once

#include "runtime/cli.hpp"

#define FINCH_COMMANDS(X)                                                                                    \
  X(node)                                                                                                    \
  X(evolve)                                                                                                  \
  X(backtest)                                                                                                \
  X(replay)                                                                                                  \
  X(import)                                                                                                  \
  X(data)                                                                                                    \
  X(export)                                                                                                  \
  X(strategies)                                                                                              \
  X(features)                                                                                                \
  X(doctor)                                                                                                  \
  X(version)

namespace finch::runtime {

#define FINCH_DECLARE_COMMAND(verb) void register_##verb(Registry& registry);
FINCH_COMMANDS(FINCH_DECLARE_COMMAND)
#undef FINCH_DECLARE_COMMAND

} // namespace finch::runtime
