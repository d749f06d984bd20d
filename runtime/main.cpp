#include "runtime/commands/commands.hpp"

int main(int argc, char** argv) {
  using namespace finch::runtime;
  Stop::install();
  Registry registry;
#define FINCH_REGISTER_COMMAND(verb) register_##verb(registry);
  FINCH_COMMANDS(FINCH_REGISTER_COMMAND)
#undef FINCH_REGISTER_COMMAND
  return registry.run({argv + 1, argv + argc});
}
